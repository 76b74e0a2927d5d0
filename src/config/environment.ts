import { isAbsolute } from "node:path";
import { parseEnv } from "node:util";
import * as z from "zod";
import { SitrepError } from "../core/errors.ts";
import { quoted } from "../core/quote.ts";
import { readString } from "../core/read.ts";
import { isSecretName } from "../core/secrets/secret-names.ts";
import { maskSecrets } from "../core/secrets/secret-text.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { Environment } from "./folders.ts";

/** The trimmed value; undefined when it is empty or not set. */
export const variable = (env: Environment, name: string): string | undefined =>
  env[name]?.trim() || undefined;

/** `config-invalid`: `NAME must be …, not "x"`. A value that may be secret is left out. */
export function invalidVariable(
  env: Environment,
  name: string,
  what: string,
  hint = `Fix or unset ${name}; nothing was changed.`,
): SitrepError {
  const value = isSecretName(name) ? "" : `, not ${quoted(maskSecrets(env[name] ?? ""), 100)}`;
  return new SitrepError("config-invalid", `${name} ${what}${value}.`, { hint });
}

/** `config-invalid`: `needs` is set and requires `name`. */
export const missingVariable = (name: string, needs: string): SitrepError =>
  new SitrepError("config-invalid", `${name} is not set, and ${needs} needs it.`, {
    hint: `Set ${name}, or unset ${needs}; nothing was changed.`,
  });

/** Trimmed; empty counts as not set. A schema's message continues the name (`must be …`). */
export function readVariables<Shape extends z.ZodRawShape>(
  env: Environment,
  shape: Shape,
): z.output<z.ZodObject<Shape>> {
  const given = Object.keys(shape).map((name) => [name, variable(env, name)]);
  const read = z.object(shape).safeParse(Object.fromEntries(given), { jitless: true });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const hint = issue?.code === "custom" ? readString(issue.params?.["hint"]) : undefined;
  throw invalidVariable(env, String(issue?.path[0]), issue?.message ?? "is invalid", hint);
}

export const numberText = (
  least: number,
  most: number,
  kind: "number" | "whole number" = "number",
): z.ZodType<number, string> =>
  z
    .string()
    .transform(Number)
    .refine((value) => value >= least && value <= most && (kind === "number" || value % 1 === 0), {
      error: `must be a ${kind} from ${least} to ${most}`,
    });

export const wordText = <const Word extends string>(
  words: readonly Word[],
  otherNames: Readonly<Record<string, Word>> = {},
): z.ZodType<Word, string> =>
  z
    .string()
    .transform((text) => otherNames[text.toLowerCase()] ?? text.toLowerCase())
    .pipe(z.enum(words, { error: `must be one of ${words.join(", ")}` }));

export const pathText: z.ZodType<string, string> = z
  .string()
  .refine(isAbsolute, { error: "must be an absolute path" });

export const addressText = (
  protocols: readonly string[] = ["http:", "https:"],
): z.ZodType<URL, string> =>
  z
    .string()
    .refine((text) => protocols.includes(URL.parse(text)?.protocol ?? ""), {
      error: `must be an address with ${protocols.join(" or ")}`,
    })
    .transform((text) => new URL(text));

/** `HOST:PORT`; IPv6 in brackets. */
export const hostPortText: z.ZodType<{ host: string; port: number }, string> = z
  .string()
  .refine((text) => /^[^\s/@]+:\d+$/.test(text) && URL.canParse(`http://${text}`), {
    error: "must be an address with a port, such as 127.0.0.1:9464",
  })
  .transform((text) => {
    const at = text.lastIndexOf(":");
    return { host: text.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(text.slice(at + 1)) };
  });

export const listText: z.ZodType<string[], string> = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter(Boolean));

/** Some of `words`, with commas or spaces between them. */
export const wordsText = <const Word extends string>(
  words: readonly Word[],
): z.ZodType<Word[], string> =>
  listText.pipe(z.array(z.enum(words, { error: `must be one or more of ${words.join(", ")}` })));

const largestFile = 64 * 1024;

/** `env` with the variables of the file that it does not set itself. Throws `usage` when there is no such file. */
export function withEnvFile(env: Environment, file: string | undefined): Environment {
  if (file === undefined) return env;
  const text = readSmallFile(file, largestFile);
  if (text === null) {
    throw new SitrepError("usage", `${file} does not exist.`, {
      hint: "--env-file names a file with lines such as DATABASE_URL=postgres://…",
    });
  }
  return { ...parseEnv(text), ...env };
}
