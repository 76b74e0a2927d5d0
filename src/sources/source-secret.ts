// Keeps the secret that a source signs in with.

import { isReference, putSecret } from "../config/secrets.ts";
import type { SecretPlace } from "../config/secrets.ts";
import { originOf, secretOriginOf } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import type { CommandContext } from "../config/context.ts";
import { findSource } from "./source-list.ts";

export interface KeptSecret {
  reference: string;
  /** The only one that it may be sent to. */
  origin: string;
  place: SecretPlace;
}

/** The reference of the sign-in, else the only one among the variables of a command, with where alone it may go. */
function secretOf(config: SourceConfig): { reference: string; origin: string } | null {
  const reference = config.auth?.secret;
  if (reference !== undefined) return { reference, origin: secretOriginOf(config) };
  const [given, ...others] = new Set(Object.values(config.env).filter(isReference));
  if (others.length > 0) {
    throw new SitrepError("usage", `${config.name} has several secrets, each in its variable.`, {
      hint: "Set the variables for one run of: sitrep source test",
    });
  }
  return given === undefined ? null : { reference: given, origin: originOf(config) };
}

/**
 * Keeps what `read` gives for a source. Throws `source-unknown`, and `usage` for a source that signs in with no secret
 * and for an empty one.
 */
export async function keepSourceSecret(
  context: CommandContext,
  scope: ProjectScope,
  name: string,
  read: () => Promise<string>,
): Promise<KeptSecret> {
  const config = findSource(context, scope, name);
  const use = secretOf(config);
  if (use === null) {
    throw new SitrepError("usage", `${name} signs in with no secret.`, {
      hint: `Add it anew with --token-keychain ${name}, --token-env or --token-file.`,
    });
  }
  const secret = (await read()).trim();
  if (secret === "") throw new SitrepError("usage", "There was no secret on standard input.");
  const place = putSecret(context.files.secrets, { source: name, ...use }, secret);
  return { ...use, place };
}
