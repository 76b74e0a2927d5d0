// Single values of the environment, with errors that name the variable.

import { SitrepError } from "../core/errors.ts";
import type { Environment } from "./folders.ts";

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
    {
      hint: `Set ${name}, or unset ${beside}; nothing was changed.`,
    },
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
