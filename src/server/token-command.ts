import type { CommandContext } from "../config/context.ts";
import { withEnvFile } from "../config/environment.ts";
import { SitrepError } from "../core/errors.ts";
import { ownAudience, signToken, tokenLifeSeconds } from "./access/verify-token.ts";
import { requireName, requirePermissions, defaultPermissions } from "./access/key-options.ts";
import { readPublicUrl, tokenSettings } from "./settings.ts";

export interface NewTokenOptions {
  user: string;
  organization?: string;
  permission?: string[];
  seconds?: string;
  publicUrl?: string;
  envFile?: string;
}

const maxLifeSeconds = 366 * 24 * 3600;

function secondsOf(given: string | undefined): number {
  const seconds = Number(given ?? tokenLifeSeconds);
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= maxLifeSeconds) return seconds;
  throw new SitrepError("usage", `--seconds must be 1 to ${maxLifeSeconds}, not "${given}".`);
}

/** Throws `secret-missing`, `usage` and `config-invalid`. */
export async function createToken(
  context: CommandContext,
  options: NewTokenOptions,
): Promise<string> {
  const env = withEnvFile(context.env, options.envFile);
  const settings = tokenSettings(env, readPublicUrl(env, options.publicUrl));
  if (settings.secret === null) {
    throw new SitrepError("secret-missing", "SITREP_TOKEN_SECRET is not set.", {
      hint: "Set it for this command and for the server. Make one with: openssl rand -base64 48",
    });
  }
  await requirePermissions(options.permission);
  const token = {
    organization: requireName("--organization", options.organization ?? ""),
    user: requireName("--user", options.user),
    permissions: options.permission ?? defaultPermissions,
    audience: ownAudience(settings),
    lifeSeconds: secondsOf(options.seconds),
  };
  return signToken(token, settings.secret, new Date());
}
