// The source that the options of `sitrep source add` describe.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { CommandContext } from "../../config/context.ts";
import type { ProjectOptions } from "../program/verb-context.ts";
import { defined, issueText } from "../../core/read.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { presetForAddress } from "../../sources/presets/presets.ts";
import { needsFolder } from "../../sources/program-place.ts";

type Text =
  | ("url" | "transport" | "preset" | "mapping" | "timeout" | "retries" | "maxAnswer")
  | ("tokenEnv" | "tokenFile" | "tokenKeychain" | "header")
  | ("issuer" | "clientId" | "clientAuth" | "scope" | "audience" | "resource");
type Switch =
  | "login"
  | "device"
  | "browser"
  | "onlyHere"
  | "fallback"
  | "first"
  | "team"
  | "replace";

export type AddSourceOptions = ProjectOptions &
  Partial<Record<Text, string> & Record<Switch, boolean> & Record<"with" | "env", string[]>> & {
    type: string;
    test: boolean;
  };

function pairs(option: string, texts: readonly string[] = []): Record<string, string> {
  const entries = texts.map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new SitrepError("usage", `${option} must be NAME=VALUE, not "${text}"`);
  });
  return Object.fromEntries(entries);
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number)) return number;
  throw new SitrepError("usage", `${option} must be a number, not "${text}"`);
}

function secretOf({ cwd }: CommandContext, options: AddSourceOptions): string | undefined {
  const { tokenEnv, tokenKeychain, tokenFile } = options;
  if (tokenEnv !== undefined) return `\${env:${tokenEnv}}`;
  if (tokenKeychain !== undefined) return `\${keychain:${tokenKeychain}}`;
  return tokenFile && `\${file:${resolve(cwd, tokenFile)}}`;
}

function authOf(options: AddSourceOptions, secret: string | undefined): object | undefined {
  const { login, header, issuer, clientId, clientAuth, scope, audience, resource } = options;
  if (login === true) {
    if (secret === undefined)
      return { type: "login", ...defined({ issuer, clientId, scope, audience }) };
    throw new SitrepError(
      "usage",
      "Use --login or a token, not both: a source signs in with one of them.",
    );
  }
  if (issuer === undefined && clientId === undefined) {
    if (secret === undefined) return undefined;
    return header === undefined ? { type: "bearer", secret } : { type: "header", header, secret };
  }
  if (clientId === undefined || secret === undefined) {
    throw new SitrepError(
      "usage",
      "A service account needs --client-id and its secret: --token-env, --token-file or --token-keychain.",
      { hint: "Leave out --issuer to use the provider that the server names." },
    );
  }
  const named = defined({ method: clientAuth, issuer, scope, audience, resource });
  return { type: "oidc", clientId, secret, ...named };
}

/** Throws `usage` for an option that would be ignored without another one. */
function requireUsed(options: AddSourceOptions): void {
  const { login = false, header, issuer, clientId, device, browser, scope, audience } = options;
  const { tokenEnv, tokenFile, tokenKeychain, clientAuth, resource } = options;
  const tokens = [tokenEnv, tokenFile, tokenKeychain].filter((one) => one !== undefined);
  const isAccount = !login && (issuer ?? clientId) !== undefined;
  const hasToken = tokens.length === 1 && !login && !isAccount;
  const wrong = [
    tokens.length > 1 && "Use only one of --token-env, --token-file and --token-keychain.",
    header !== undefined && !hasToken && "--header needs a token, such as --token-env.",
    (device ?? browser) !== undefined && !login && "--device and --browser need --login.",
    (scope ?? audience) !== undefined &&
      !(login || isAccount) &&
      "--scope and --audience need --login, or a service account (--client-id).",
    (clientAuth ?? resource) !== undefined &&
      !isAccount &&
      "--client-auth and --resource need a service account (--client-id).",
  ].find((words) => words !== false);
  if (wrong !== undefined) throw new SitrepError("usage", wrong);
}

function mappingIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new SitrepError("usage", `${file} cannot be read as JSON.`, { cause });
  }
}

/** True with --only-here, and for a program that depends on the folder in which it starts. */
function isOfProject(command: readonly string[], options: AddSourceOptions): boolean {
  const [program, ...args] = command;
  if (options.onlyHere === true || program === undefined) return options.onlyHere === true;
  const preset = options.preset ?? presetForAddress(command.join(" "))?.name;
  return needsFolder({ name: "", command: program, args, ...defined({ preset }) }) !== null;
}

/** The source as config.json would have it, not yet checked. Throws `usage`. */
export function optionValue(
  context: CommandContext,
  name: string,
  command: readonly string[],
  options: AddSourceOptions,
  { path }: ProjectScope,
): Record<string, unknown> {
  requireUsed(options);
  const { type, url, transport, preset, mapping } = options;
  const [program, ...args] = command;
  return {
    name,
    type,
    with: pairs("--with", options.with),
    env: pairs("--env", options.env),
    ...defined({
      url,
      transport,
      preset,
      command: program,
      args: program && args,
      mapping: mapping && mappingIn(resolve(context.cwd, mapping)),
      auth: authOf(options, secretOf(context, options)),
      timeoutSeconds: numberOf("--timeout", options.timeout),
      retries: numberOf("--retries", options.retries),
      maxAnswerMiB: numberOf("--max-answer", options.maxAnswer),
      projects: isOfProject(command, options) ? [path] : undefined,
      fallback: options.fallback,
    }),
  };
}

/** Throws `usage` for a value that is not a source. */
export function readSource(value: unknown): SourceConfig {
  const result = SourceConfig.safeParse(value);
  if (result.success) return result.data;
  throw new SitrepError("usage", `Not a valid source: ${issueText(result.error)}`, {
    hint: "See the examples: sitrep source add --help",
  });
}
