// Keeps the sources that the environment of a command names, so that the monitor, which reads no such variable, has them.

import {
  environmentSources,
  keepSources,
  keptAnswer,
  readKeptSources,
  sourceThatSpeaks,
} from "../config/environment-sources.ts";
import type { EnvironmentSource } from "../config/environment-sources.ts";
import { signInSecret, placeOf } from "../config/secrets.ts";
import { insecureBecause } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { codeOf } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { withoutSecrets } from "../core/secret-names.ts";
import { findIssuer } from "./auth/issuer/metadata.ts";
import { configOf, type CommandContext } from "../config/context.ts";
import { connectSource } from "./configured-server.ts";
import { sourceContextOf, type SourceContext } from "./credentials.ts";
import type { McpConnection } from "./mcp/connection.ts";
import { recognise } from "./presets/presets.ts";

/** The source with the issuer that there is, where its address may mean two. */
async function withIssuer(
  { config, otherIssuer }: EnvironmentSource,
  allowInsecureHosts: readonly string[],
): Promise<SourceConfig> {
  const { auth } = config;
  if (auth?.type !== "oidc" || otherIssuer === undefined) return config;
  const issuer = await findIssuer([auth.issuer, otherIssuer], (url) =>
    insecureBecause(url, allowInsecureHosts),
  );
  return { ...config, auth: { ...auth, issuer } };
}

/** MCP where the server answers as that, else `manage_task` over REST; null where it cannot be asked now. */
async function probe(
  connect: () => Promise<McpConnection>,
): Promise<Parameters<typeof sourceThatSpeaks>[1] | null> {
  try {
    await using connection = await connect();
    const tools = (await connection.listTools()).map(({ name }) => name);
    // No preset for a server with the tool `manage_task`, nor for one that none fits.
    const preset = tools.includes("manage_task") ? null : recognise(tools);
    return { over: "mcp", preset: preset?.name ?? null };
  } catch (error) {
    // It is there, and speaks something else.
    const isOther = ["source-failed", "source-invalid-answer"].includes(codeOf(error));
    return isOther ? { over: "rest" } : null;
  }
}

/**
 * What a variable names, with the issuer that it means and how its server speaks, which is asked by `connect` where the
 * address does not say it and no earlier command has kept it. Where it cannot be asked now, the guess stays.
 */
export async function settleSource(
  named: EnvironmentSource,
  kept: readonly SourceConfig[],
  { allowInsecureHosts }: Pick<SourceContext, "allowInsecureHosts">,
  connect: (config: SourceConfig) => Promise<McpConnection>,
): Promise<SourceConfig> {
  const config = await withIssuer(named, allowInsecureHosts);
  if (!named.mustProbe) return config;
  const before = keptAnswer(kept, { ...named, config });
  if (before !== null) return before;
  const speech = await probe(() => connect(config));
  return speech === null ? config : sourceThatSpeaks(config, speech);
}

/** Keeps a secret that can be read now. One that cannot is reported when it is needed. */
function keepSecret(config: SourceConfig, context: SourceContext): void {
  const reference = config.auth?.secret;
  if (reference === undefined) return;
  try {
    signInSecret(config, context, reference);
  } catch (error) {
    if (!["secret-missing", "keychain-failed"].includes(codeOf(error))) throw error;
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
    found.map((one) =>
      settleSource(one, kept, sources, (named) => connectSource(named, scope, sources)),
    ),
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
  const known = references.flatMap((one) => placeOf("env", one) ?? []);
  return withoutSecrets(context.env, known);
}
