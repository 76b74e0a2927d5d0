// Opens one configured source: its address, its sign-in, its policy and its adapter. Nothing is contacted or started
// before it is asked for something.

import { originOf } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import type { ProjectScope, TaskSource } from "../../core/ports.ts";
import { projectNameOf } from "../../git/remote.ts";
import { renewingSignIn } from "../../mcp/renewing-sign-in.ts";
import { createHttpClient } from "../../resilience/http.ts";
import { createPolicy } from "../../resilience/policy.ts";
import type { Policy, PolicyMetrics } from "../../resilience/policy.ts";
import { presetSettings } from "../../resilience/presets.ts";
import { createMcpAdapter, createRestAdapter } from "../../sources/adapter.ts";
import { createLazyConnection } from "../../sources/lazy-connection.ts";
import type { LazyConnection } from "../../sources/lazy-connection.ts";
import type { CallTool } from "../../sources/mcp.ts";
import { createSend } from "../../sources/send.ts";
import { subjectOf } from "./person.ts";
import { mappingOf } from "./source-mapping.ts";
import { headersOf, requireSignIn } from "./source-sign-in.ts";
import type { SourceWorld } from "./source-sign-in.ts";
import { connectSource, requireSafe } from "./source-target.ts";

export { sourceWorldOf } from "./source-sign-in.ts";

export interface OpenedSource {
  source: TaskSource;
  metrics: () => PolicyMetrics;
  /** Null for what is not reached through MCP. */
  connection: LazyConnection | null;
}

const restTryMs = 5000;
const wholeCallMs = 25_000;
const idleConnectionMs = 60_000;

function policyOf(config: SourceConfig, world: SourceWorld, usual: number): Policy {
  const tryTimeoutMs = config.timeoutSeconds === undefined ? usual : config.timeoutSeconds * 1000;
  const delays = Array.from({ length: config.retries ?? 3 }, (_, at) => 100 * 2 ** at);
  return createPolicy(
    {
      ...presetSettings.resilient,
      tryTimeoutMs,
      deadlineMs: Math.max(wholeCallMs, tryTimeoutMs),
      retryDelaysMs: delays,
      requestsPerMinute: world.requestsPerMinute,
      shareInFlight: true,
    },
    {
      name: config.name,
      origin: originOf(config),
      now: () => performance.now(),
      random: Math.random,
      takePermit: world.takePermit,
    },
  );
}

function openRest(config: SourceConfig, scope: ProjectScope, world: SourceWorld): OpenedSource {
  const policy = policyOf(config, world, restTryMs);
  const signIn = headersOf(config, world);
  const http = renewingSignIn(createHttpClient({ name: config.name }), signIn);
  const deps = {
    name: config.name,
    origin: originOf(config),
    subject: config.with["userId"] ?? subjectOf(config, world),
    settings: config.with,
    close: () => http[Symbol.asyncDispose](),
  };
  const send = createSend({
    http,
    policy,
    url: config.url ?? "",
    headers: () => signIn({ isAfterRefusal: false }),
    timeoutMs: config.timeoutSeconds === undefined ? restTryMs : config.timeoutSeconds * 1000,
  });
  const source = createRestAdapter(config.type, { ...deps, send, projectNameOf });
  return { source, metrics: policy.metrics, connection: null };
}

function openMcp(config: SourceConfig, scope: ProjectScope, world: SourceWorld): OpenedSource {
  const policy = policyOf(config, world, wholeCallMs);
  const mapped = config.type === "mcp" ? mappingOf(config, scope) : null;
  const connection = createLazyConnection(
    () => connectSource(config, scope, world),
    idleConnectionMs,
  );
  const callTool: CallTool = async (kind, tool, args, signal) => {
    await requireSignIn(config, world);
    return policy.run({
      key: JSON.stringify([tool, args]),
      kind,
      signal,
      attempt: (attemptSignal) =>
        connection.use((server) => server.callTool(tool, args, { signal: attemptSignal })),
    });
  };
  const source = createMcpAdapter({
    name: config.name,
    origin: originOf(config),
    ...(mapped ?? { mapping: null, settings: config.with }),
    callTool,
    subject: subjectOf(config, world),
    close: () => connection[Symbol.asyncDispose](),
  });
  return { source, metrics: policy.metrics, connection };
}

/** True for what is reached through MCP: `manage-task` is REST unless a transport or a command is given. */
const isMcp = ({ type, transport, command }: SourceConfig): boolean =>
  type === "mcp" || (type === "manage-task" && (transport ?? command) !== undefined);

/** Throws `config-invalid` when it can never work as it is configured. */
export function openConfigured(
  config: SourceConfig,
  scope: ProjectScope,
  world: SourceWorld,
): OpenedSource {
  requireSafe(config, world);
  return isMcp(config) ? openMcp(config, scope, world) : openRest(config, scope, world);
}
