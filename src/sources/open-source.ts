// Opens one configured source: its address, its sign-in, its policy and its adapter. Nothing is contacted or started
// before it is asked for something.

import { originOf } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import type { ProjectScope, TaskSource } from "../core/ports.ts";
import { projectNameOf } from "../git/remote.ts";
import { renewingSignIn } from "../http/header-source.ts";
import { createHttpClient } from "../http/http.ts";
import { createPolicy } from "../http/policy.ts";
import type { Policy, PolicyMetrics } from "../http/policy-settings.ts";
import { presetSettings } from "../http/policy-settings.ts";
import { createMcpAdapter, createRestAdapter } from "./adapters/adapter.ts";
import { createLazyConnection } from "./lazy-connection.ts";
import type { LazyConnection } from "./lazy-connection.ts";
import type { CallTool } from "./adapters/mcp.ts";
import { createSend } from "./adapters/send.ts";
import { subjectOf } from "./auth/person.ts";
import { mappingOf } from "./source-mapping.ts";
import { headersOf, requireSignIn } from "./credentials.ts";
import type { SourceContext } from "./credentials.ts";
import { connectSource, requireSafe } from "./connect-source.ts";

export { sourceContextOf } from "./credentials.ts";

export interface OpenedSource {
  source: TaskSource;
  metrics: () => PolicyMetrics;
  /** Null for what is not reached through MCP. */
  connection: LazyConnection | null;
}

const restTryMs = 5000;
const wholeCallMs = 25_000;
const idleConnectionMs = 60_000;

function policyOf(config: SourceConfig, context: SourceContext, usual: number): Policy {
  const tryTimeoutMs = config.timeoutSeconds === undefined ? usual : config.timeoutSeconds * 1000;
  const delays = Array.from({ length: config.retries ?? 3 }, (_, at) => 100 * 2 ** at);
  return createPolicy(
    {
      ...presetSettings.resilient,
      tryTimeoutMs,
      deadlineMs: Math.max(wholeCallMs, tryTimeoutMs),
      retryDelaysMs: delays,
      requestsPerMinute: context.requestsPerMinute,
      shareInFlight: true,
    },
    {
      name: config.name,
      origin: originOf(config),
      now: () => performance.now(),
      random: Math.random,
      takePermit: context.takePermit,
    },
  );
}

function openRest(config: SourceConfig, scope: ProjectScope, context: SourceContext): OpenedSource {
  const policy = policyOf(config, context, restTryMs);
  const signIn = headersOf(config, context);
  const http = renewingSignIn(createHttpClient({ name: config.name }), signIn);
  const deps = {
    name: config.name,
    origin: originOf(config),
    subject: config.with["userId"] ?? subjectOf(config, context),
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

function openMcp(config: SourceConfig, scope: ProjectScope, context: SourceContext): OpenedSource {
  const policy = policyOf(config, context, wholeCallMs);
  const mapped = config.type === "mcp" ? mappingOf(config, scope) : null;
  const connection = createLazyConnection(
    () => connectSource(config, scope, context),
    idleConnectionMs,
  );
  const callTool: CallTool = async (kind, tool, args, signal) => {
    await requireSignIn(config, context);
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
    subject: subjectOf(config, context),
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
  context: SourceContext,
): OpenedSource {
  requireSafe(config, context);
  return isMcp(config) ? openMcp(config, scope, context) : openRest(config, scope, context);
}
