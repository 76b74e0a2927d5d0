// Keeps the secret that a source signs in with.

import { putSecret } from "../config/secrets.ts";
import type { SecretPlace } from "../config/secrets.ts";
import { secretOriginOf } from "../config/source-address.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import type { CliWorld } from "./cli-world.ts";
import { findSource } from "./source-list.ts";

export interface KeptSecret {
  reference: string;
  /** The only one that it may be sent to. */
  origin: string;
  place: SecretPlace;
}

/**
 * Keeps what `read` gives for a source. Throws `source-unknown`, and `usage` for a source that signs in with no secret
 * and for an empty one.
 */
export async function keepSourceSecret(
  world: CliWorld,
  scope: ProjectScope,
  name: string,
  read: () => Promise<string>,
): Promise<KeptSecret> {
  const config = findSource(world, scope, name);
  const reference = config.auth?.secret;
  if (reference === undefined) {
    throw new SitrepError("usage", `${name} signs in with no secret.`, {
      hint: `Add it anew with --token-keychain ${name}, --token-env or --token-file.`,
    });
  }
  const secret = (await read()).trim();
  if (secret === "") throw new SitrepError("usage", "There was no secret on standard input.");
  const origin = secretOriginOf(config);
  const place = putSecret(world.files.secrets, { source: name, origin, reference }, secret);
  return { reference, origin, place };
}
