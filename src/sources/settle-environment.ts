// Keeps the sources that the environment of a command names, so that the monitor, which reads no such variable, has them.

import {
  environmentSources,
  keepSources,
  keptSpeech,
  readKeptSources,
  sourceThatSpeaks,
} from "../config/environment-sources.ts";
import type { EnvironmentSource, Speech } from "../config/environment-sources.ts";
import { signInSecret, placeOf } from "../config/secrets.ts";
import { insecureBecause } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { codeOf } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { withoutSecrets } from "../core/secrets/secret-names.ts";
import { configOf } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { abortable } from "../http/deadline.ts";
import { requireSignIn } from "../http/header-source.ts";
import { sourceContextOf, type SourceContext } from "./credentials.ts";
import { recognise } from "./presets/presets.ts";
import { connectServer, type ServerAddress } from "./server-address.ts";

/** For all of settling one source, where nothing says how long a call of its server may take. */
const settleMs = 10_000;

/** The source with the issuer that there is, where its address may mean two. */
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

/** MCP where the server answers as that, else `manage_task` over REST. Throws where it cannot be asked now. */
async function probe(server: ServerAddress, signal: AbortSignal): Promise<Speech> {
  // Apart: what an issuer fails with says nothing of how the server speaks.
  await requireSignIn(server);
  const inTime = AbortSignal.any([
    signal,
    ...(server.connect.signal ? [server.connect.signal] : []),
  ]);
  try {
    await using connection = await connectServer({
      ...server,
      connect: { ...server.connect, signal: inTime },
    });
    const tools = (await connection.listTools({ signal })).map(({ name }) => name);
    // No preset for a server with the tool `manage_task`, nor for one that none fits.
    const preset = tools.includes("manage_task") ? null : recognise(tools);
    return { over: "mcp", preset: preset?.name ?? null };
  } catch (error) {
    // It is there, and speaks something else.
    if (["source-failed", "source-invalid-answer"].includes(codeOf(error))) return { over: "rest" };
    throw error;
  }
}

/**
 * What a variable names, with the issuer that it means and how its server speaks. That is asked, signed in as `serverOf`
 * says, where the address does not say it and no earlier command has kept it, and within the time of one call of the
 * server (10 s where none is set). Where it cannot be asked now, the guess stays.
 */
export async function settleSource(
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
  const speech =
    keptSpeech(kept, config) ??
    (await abortable(signal, async () => probe(serverOf(config), signal)).catch(() => null));
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
  let settled: readonly SourceConfig[] = [];
  if (found.length > 0) {
    // Loaded where a variable names a server: nearly every command comes by here.
    const { configuredServer } = await import("./configured-server.ts");
    const serverOf = (named: SourceConfig) => configuredServer(named, scope, sources);
    settled = await Promise.all(found.map((one) => settleSource(one, kept, sources, serverOf)));
  }
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
