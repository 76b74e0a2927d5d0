import { mkdirSync } from "node:fs";
import { insecureAddress, sourceOrigin } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { isReference } from "../config/secrets.ts";
import { mebibyte, defaultResponseMiB } from "../core/mapping/response-bounds.ts";
import { SitrepError } from "../core/errors.ts";
import { defined } from "../core/read.ts";
import type { ProjectScope } from "../core/ports.ts";
import { presetSettings, type PolicySettings } from "../http/policy-settings.ts";
import type { McpConnection } from "./mcp/mcp-connection.ts";
import { createHeaders, resolveValue, readSubject, type SourceContext } from "./credentials.ts";
import { openServer, type OpenedServer } from "./open-server.ts";
import { locateProgram } from "./locate-program.ts";
import { connectServer, speaksMcp, type ServerAddress } from "./server-address.ts";

const connectMs = 10_000;
const requestMs = 30_000;
const wholeCallMs = 25_000;
const idleConnectionMs = 60_000;

/** Throws `config-invalid` for an address without TLS that is not allowed. */
export function requireTls(config: SourceConfig, context: SourceContext): void {
  const found = insecureAddress(config, context.allowInsecureHosts);
  if (found === null) return;
  throw new SitrepError("config-invalid", `${config.name}: ${found.path.join(".")}: ${found.why}`);
}

export function policyChanges(
  { timeoutSeconds, retries }: SourceConfig,
  { requestsPerMinute }: Pick<SourceContext, "requestsPerMinute">,
): Partial<PolicySettings> {
  const tryTimeoutMs = timeoutSeconds === undefined ? null : timeoutSeconds * 1000;
  const retryDelaysMs = Array.from({ length: retries ?? 0 }, (_, at) => 100 * 2 ** at);
  return {
    requestsPerMinute,
    ...(tryTimeoutMs === null
      ? {}
      : { tryTimeoutMs, deadlineMs: Math.max(wholeCallMs, tryTimeoutMs) }),
    ...(retries === undefined ? {} : { retryDelaysMs }),
  };
}

function startOf(config: SourceConfig, scope: ProjectScope, context: SourceContext) {
  const own = Object.fromEntries(
    Object.entries(config.env).map(([key, value]) => [key, resolveValue(config, context, value)]),
  );
  const given = { neutral: context.state, path: own["PATH"] ?? process.env["PATH"] ?? "" };
  const { command, cwd, path } = locateProgram(config, scope, given);
  // A new machine has no state folder yet.
  if (cwd === context.state) mkdirSync(cwd, { recursive: true, mode: 0o700 });
  return { command, cwd, env: { ...context.network(), ...own, PATH: path } };
}

/** Throws `config-invalid` for an address without TLS that is not allowed. */
export function configuredServer(
  config: SourceConfig,
  scope: ProjectScope,
  context: SourceContext,
): ServerAddress {
  requireTls(config, context);
  const { name, type, url, transport, command, args, preset, mapping, timeoutSeconds } = config;
  const { maxResponseMiB = defaultResponseMiB } = config;
  const program = () => ({
    ...startOf(config, scope, context),
    args,
    secrets: Object.values(config.env)
      .filter(isReference)
      .map((value) => resolveValue(config, context, value)),
  });
  const place = {
    type,
    transport,
    url: url ?? "",
    program: command === undefined ? null : program,
  };
  return {
    ...place,
    name,
    origin: sourceOrigin(config),
    subject: () => readSubject(config, context),
    headers: createHeaders(config, { ...context, project: scope.path }),
    preset,
    mapping,
    settings: config.with,
    connect: {
      connectTimeoutMs: Math.max(connectMs, (timeoutSeconds ?? 0) * 1000),
      requestTimeoutMs: timeoutSeconds === undefined ? requestMs : timeoutSeconds * 1000,
      idleMs: idleConnectionMs,
      ...defined({ signal: context.signal }),
    },
    largestResponse: maxResponseMiB * mebibyte,
    policy: {
      ...presetSettings.resilient,
      shareInFlight: true,
      ...(speaksMcp(place) ? { tryTimeoutMs: wholeCallMs } : {}),
      ...policyChanges(config, context),
    },
    takePermit: context.takePermit,
  };
}

/** Throws `SourceError`, `secret-missing`, `secret-unsafe`. */
export const connectSource = async (
  config: SourceConfig,
  scope: ProjectScope,
  context: SourceContext,
): Promise<McpConnection> => connectServer(configuredServer(config, scope, context));

/** Throws `config-invalid` if the configuration cannot work. */
export const openConfigured = (
  config: SourceConfig,
  scope: ProjectScope,
  context: SourceContext,
): OpenedServer => openServer(configuredServer(config, scope, context), scope);
