// Opens one configured source: its address, its sign-in, its policy and its adapter. Nothing is contacted or started
// before it is asked for something.

import { originOf } from "../config/source-config.ts";
import type { SourceConfig } from "../config/source-config.ts";
import type { ProjectScope, TaskSource } from "../core/ports.ts";
import { remoteNameOf } from "../git/remote.ts";
import { renewingSignIn } from "../mcp/renewing-sign-in.ts";
import { createHttpClient } from "../resilience/http.ts";
import { createPolicy } from "../resilience/policy.ts";
import type { Policy, PolicyMetrics } from "../resilience/policy.ts";
import { presetSettings } from "../resilience/presets.ts";
import { createLazyConnection } from "../sources/lazy-connection.ts";
import type { LazyConnection } from "../sources/lazy-connection.ts";
import { createManageTaskSource } from "../sources/manage-task.ts";
import { createMapper } from "../sources/mapping/mapper.ts";
import { createMcpSource } from "../sources/mcp.ts";
import type { CallTool } from "../sources/mcp.ts";
import { actOverMcp, actOverRest, createSend } from "../sources/send.ts";
import { createTaskTrackingSource } from "../sources/task-tracking.ts";
import { createTicketSource } from "../sources/tickets.ts";
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
const mappingMs = 5000;

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
  const source =
    config.type === "tickets"
      ? createTicketSource({ ...deps, send })
      : config.type === "task-tracking"
        ? createTaskTrackingSource(
            { ...deps, send },
            ({ path, name }) => remoteNameOf(path)?.repo ?? name,
          )
        : createManageTaskSource({ ...deps, act: actOverRest(send) });
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
  const deps = {
    name: config.name,
    origin: originOf(config),
    subject: subjectOf(config, world),
    close: () => connection[Symbol.asyncDispose](),
  };
  const { name } = config;
  const source =
    mapped === null
      ? createManageTaskSource({ ...deps, settings: config.with, act: actOverMcp(name, callTool) })
      : createMcpSource({
          ...deps,
          ...mapped,
          callTool,
          mapper: createMapper({ name, timeoutMs: mappingMs }),
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
