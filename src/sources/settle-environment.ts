// Keeps the sources that the environment of a command names, so that the monitor, which reads no such variable, has them.

import {
  environmentSources,
  keepSources,
  keptAnswer,
  readKeptSources,
  sourceThatSpeaks,
} from "../config/environment-sources.ts";
import { resolveSecret, variableName } from "../config/secrets.ts";
import { secretOriginOf } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { withoutSecrets } from "../core/secret-names.ts";
import { withIssuer } from "./settle-issuer.ts";
import { probeSpeech } from "./probe.ts";
import { configOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { sourceContextOf } from "./credentials.ts";
import type { SourceContext } from "./credentials.ts";
import { connectSource } from "./connect-source.ts";

/**
 * How a server speaks whose address has no path: MCP at `/mcp` when it answers there, else `manage_task` over REST. A
 * server that cannot be asked now stays as guessed, and is asked again by the next command.
 */
async function probe(
  config: SourceConfig,
  scope: ProjectScope,
  context: SourceContext,
): Promise<SourceConfig> {
  const speech = await probeSpeech(() => connectSource(config, scope, context));
  return speech === null ? config : sourceThatSpeaks(config, speech);
}

/** Keeps a secret that is at hand; one that is not is found missing when it is needed. */
function keepSecret(config: SourceConfig, context: SourceContext): void {
  const reference = config.auth?.secret;
  if (reference === undefined) return;
  try {
    const use = { source: config.name, origin: secretOriginOf(config), reference };
    resolveSecret(context.secrets, use, context.env);
  } catch (error) {
    const isUnavailable =
      error instanceof SitrepError && ["secret-missing", "keychain-failed"].includes(error.code);
    if (!isUnavailable) throw error;
  }
}

/**
 * Keeps what `MCP_SERVER_URL` and its like name, and the secrets of configured sources whose variables are set. Throws
 * `config-invalid`, which names the variable.
 */
export async function settleEnvironment(
  context: CommandContext,
  scope: ProjectScope,
): Promise<void> {
  const config = configOf(context);
  const found = environmentSources(context.env);
  const kept = readKeptSources(context.files.keptSources);
  const sources = sourceContextOf(context.files, config, context.env, null);
  const settled = await Promise.all(
    found.map(async (one) => {
      const named = await withIssuer(one, sources.allowInsecureHosts);
      if (!one.mustProbe) return named;
      const before = keptAnswer(kept, { ...one, config: named });
      return before ?? (await probe(named, scope, sources));
    }),
  );
  keepSources(context.files.keptSources, settled);
  for (const one of [...config.sources, ...settled]) keepSecret(one, sources);
}

/**
 * The command's environment without secrets, for programs that we start and that need none, such as a browser. Throws
 * `config-invalid`.
 */
export function environmentForOthers(context: CommandContext): Record<string, string | undefined> {
  const sources = [...configOf(context).sources, ...readKeptSources(context.files.keptSources)];
  const references = sources.flatMap(({ auth, env }) => [
    auth?.secret ?? "",
    ...Object.values(env),
  ]);
  const known = references.map(variableName).filter((name) => name !== null);
  return withoutSecrets(context.env, known);
}
