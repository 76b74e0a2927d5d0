// Variables of the environment: single values, with errors that name the variable, and a file of more that a person
// names. Nothing is read by itself, and what is set already stays as it is.

import { SitrepError } from "../core/errors.ts";
import type { Environment } from "./folders.ts";
import { parseEnv } from "node:util";
import { readSmallFile } from "../state/files/read-small-file.ts";

export function invalid(name: string, what: string): SitrepError {
  return new SitrepError("config-invalid", `environment variable ${name}: ${what}`, {
    hint: `Correct or unset ${name}; nothing was changed.`,
  });
}

/** `name` is needed because `beside` is set. */
export function missing(name: string, beside: string): SitrepError {
  return new SitrepError(
    "config-invalid",
    `environment variable ${name}: missing beside ${beside}`,
    { hint: `Set ${name}, or unset ${beside}; nothing was changed.` },
  );
}

/** Undefined where it is empty too. */
export function given(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === "" ? undefined : value;
}

/** Throws `config-invalid`. */
export function addressIn(env: Environment, name: string): URL | undefined {
  const text = given(env, name);
  if (text === undefined) return undefined;
  if (URL.canParse(text)) return new URL(text);
  throw invalid(name, `not an address: ${text}`);
}

const largestFile = 64 * 1024;

/** `env` with what the file adds. Throws `usage` when there is no such file. */
export function withEnvFile(env: Environment, file: string | undefined): Environment {
  if (file === undefined) return env;
  const text = readSmallFile(file, largestFile);
  if (text === null) {
    throw new SitrepError("usage", `There is no file ${file}.`, {
      hint: "--env-file names a file with lines such as DATABASE_URL=postgres://…",
    });
  }
  return { ...parseEnv(text), ...env };
}
