import * as z from "zod";
import { numberText, readVariables } from "../../config/environment.ts";
import type { Environment } from "../../config/folders.ts";
import { SitrepError } from "../../core/errors.ts";
import type { TokenSettings } from "../access/verify-token.ts";
import type { IdentitySettings } from "./identity-provider.ts";

export interface BoardSettings {
  /** Null: people sign in by a key. */
  readonly identity: IdentitySettings | null;
  /** How long a session lasts. */
  readonly sessionMs: number;
}

const boardVariables = {
  SITREP_BOARD_CLIENT_ID: z.string().nullable().default(null),
  SITREP_BOARD_CLIENT_SECRET: z.string().nullable().default(null),
  SITREP_BOARD_SCOPE: z.string().default("openid mcp.tools mcp.resources"),
  SITREP_BOARD_SESSION_HOURS: numberText(0.01, 31 * 24).default(8),
};

/** Throws `config-invalid`. */
export function boardSettings(
  env: Environment,
  { issuer, audiences }: TokenSettings,
): BoardSettings {
  const given = readVariables(env, boardVariables);
  const { SITREP_BOARD_CLIENT_ID: clientId, SITREP_BOARD_CLIENT_SECRET: clientSecret } = given;
  if (clientId !== null && issuer === null) {
    throw new SitrepError("config-invalid", "SITREP_BOARD_CLIENT_ID needs SITREP_ISSUER.", {
      hint: "Set it to the identity provider at which the board is a client.",
    });
  }
  const scope = given.SITREP_BOARD_SCOPE;
  const isByIssuer = clientId !== null && issuer !== null;
  return {
    identity: isByIssuer
      ? { issuer, clientId, clientSecret, scope, resource: audiences[0] ?? null }
      : null,
    sessionMs: given.SITREP_BOARD_SESSION_HOURS * 60 * 60 * 1000,
  };
}
