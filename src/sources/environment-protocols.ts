// Keeps the sources that a command's environment names, because the monitor does not read such variables.

import { environmentSources, keepSources, readKeptSources } from "../config/environment-sources.ts";
import type { EnvironmentSource } from "../config/environment-sources.ts";
import { isReference, findReferences, secretLocation, signInSecret } from "../config/secrets.ts";
import { insecureBecause, sourceOrigin } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { codeOf } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { withoutSecrets } from "../core/secrets/secret-names.ts";
import { loadOwnConfig } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { abortable } from "../http/deadline.ts";
import { requireAuthHeaders } from "../http/header-source.ts";
import { createSourceContext, type SourceContext } from "./credentials.ts";
import { presetForTools } from "./presets/presets.ts";
import { serverConnection, type ServerAddress } from "./server-address.ts";

/** Timeout for detecting one source's protocol, unless it sets `timeoutSeconds`. Milliseconds. */
const settleMs = 10_000;

/** The source with the issuer that exists, if its address may mean two issuers. */
async function withIssuer(
  { config, otherIssuer }: EnvironmentSource,
  allowInsecureHosts: readonly string[],
  signal: AbortSignal,
): Promise<SourceConfig> {
  const { auth } = config;
  if (auth?.type !== "oidc" || otherIssuer === undefined) return config;
  const issuers = [auth.issuer, otherIssuer];
  const { findIssuer } = await import("./auth/issuer/metadata.ts");
  const issuer = await abortable(signal, () =>
    findIssuer(issuers, (url) => insecureBecause(url, allowInsecureHosts)),
  ).catch(() => auth.issuer);
  return { ...config, auth: { ...auth, issuer } };
}

const withPreset = (config: SourceConfig, preset: string): SourceConfig => ({
  ...config,
  type: "mcp",
  preset,
});

function overRest({ transport: _mcp, ...config }: SourceConfig): SourceConfig {
  return { ...config, url: new URL(config.url ?? "").origin };
}

/** The source with the protocol that an earlier command detected; null if unknown: MCP without a preset may have been a guess. */
function detectedBefore(kept: readonly SourceConfig[], config: SourceConfig): SourceConfig | null {
  const before = kept.find(({ name }) => name === config.name);
  if (before === undefined || sourceOrigin(before) !== sourceOrigin(config)) return null;
  if (before.preset !== undefined) return withPreset(config, before.preset);
  return before.transport === undefined ? overRest(config) : null;
}

/** The source with the protocol of its server: MCP, with a preset if one fits, else REST. Throws if the server cannot be asked now. */
async function probe(
  config: SourceConfig,
  server: ServerAddress,
  signal: AbortSignal,
): Promise<SourceConfig> {
  // Checked separately, because an issuer's failure says nothing about the server's protocol.
  await requireAuthHeaders(server);
  try {
    await using connection = serverConnection(server);
    const tools = (await connection.listTools({ signal })).map(({ name }) => name);
    const preset = tools.includes("manage_task") ? null : presetForTools(tools);
    return preset === null ? config : withPreset(config, preset.name);
  } catch (error) {
    // The server answers, but with another protocol.
    if (["source-failed", "source-invalid-response"].includes(codeOf(error)))
      return overRest(config);
    throw error;
  }
}

/** Contacts the server only if neither its address nor an earlier command shows its protocol. On failure, keeps the guess. */
export async function detectProtocol(
  named: EnvironmentSource,
  kept: readonly SourceConfig[],
  { allowInsecureHosts }: Pick<SourceContext, "allowInsecureHosts">,
  serverOf: (config: SourceConfig) => ServerAddress,
): Promise<SourceConfig> {
  const { timeoutSeconds } = named.config;
  const ms = timeoutSeconds === undefined ? settleMs : timeoutSeconds * 1000;
  const signal = AbortSignal.timeout(ms);
  const config = await withIssuer(named, allowInsecureHosts, signal);
  if (!named.mustProbe) return config;
  const ask = async (): Promise<SourceConfig> => probe(config, serverOf(config), signal);
  return detectedBefore(kept, config) ?? abortable(signal, ask).catch(() => config);
}

/** Keeps the source's secret if it can be read now. Otherwise it is reported when it is needed. */
function keepSecret(config: SourceConfig, context: SourceContext): void {
  const reference = config.auth?.secret;
  if (reference === undefined || !isReference(reference)) return;
  try {
    signInSecret(config, context, reference);
  } catch (error) {
    if (!["secret-missing", "keychain-failed"].includes(codeOf(error))) throw error;
  }
}

/** Also keeps the secrets of configured sources with variables. Throws `config-invalid`. */
export async function keepSourcesFromEnvironment(
  context: CommandContext,
  scope: ProjectScope,
): Promise<void> {
  const config = loadOwnConfig(context);
  const found = environmentSources(context.env);
  const kept = readKeptSources(context.files.keptSources);
  const sources = createSourceContext(context.files, config, context.env, null);
  let settled: readonly SourceConfig[] = [];
  if (found.length > 0) {
    // Loaded only now: nearly every command gets here, and few have such a variable.
    const { configuredServer } = await import("./configured-server.ts");
    const serverOf = (named: SourceConfig) => configuredServer(named, scope, sources);
    settled = await Promise.all(found.map((one) => detectProtocol(one, kept, sources, serverOf)));
  }
  keepSources(context.files.keptSources, settled);
  for (const one of [...config.sources, ...settled]) keepSecret(one, sources);
}

/** The command's environment without secrets, for programs that need none, such as a browser. Throws `config-invalid`. */
export function environmentForOthers(context: CommandContext): Record<string, string | undefined> {
  const sources = [
    ...loadOwnConfig(context).sources,
    ...readKeptSources(context.files.keptSources),
  ];
  const known = sources.flatMap(findReferences).flatMap((one) => secretLocation("env", one) ?? []);
  return withoutSecrets(context.env, known);
}
