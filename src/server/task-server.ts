import type { ApiKeys } from "../store/api-keys.ts";
import type { WebSessions } from "../store/web-sessions.ts";
import type { StoreConnection, StoreNotice, StoreNotices } from "../store/database/connection.ts";
import type { TaskBackend } from "./backend.ts";
import { createServerApp } from "./http/app.ts";
import { createInFlight } from "./http/in-flight.ts";
import { openAccess } from "./http/open-access.ts";
import { openPorts } from "./http/open-ports.ts";
import type { ProbeDeps } from "./http/probes.ts";
import type { RequestGuard } from "./http/request-guard.ts";
import { afterWrites } from "./backends/wrap-calls.ts";
import { createChangeBus } from "./mcp/change-notifications.ts";
import { createMcpEndpoint, type MakeServer } from "./mcp/http-endpoint.ts";
import type { RunSingleCall } from "./mcp/single-message-call.ts";
import type { Principal } from "./principal.ts";
import { openBoard, type BoardAccess } from "./board/open-board.ts";
import { createLiveStreams } from "./board/live.ts";
import { createWebSocketEndpoint } from "./mcp/websocket.ts";
import type { ServerLog } from "./observe/server-log.ts";
import { createMetrics, createObserver, type Gauges, type Metrics } from "./observe/metrics.ts";
import type { Observer } from "./observe/observer.ts";
import { noTracing, type Tracing } from "./observe/tracing.ts";
import { createRestRoutes } from "./rest/routes.ts";
import { unauthenticatedWarning } from "./safe-start.ts";
import type { ServerSettings } from "./settings.ts";
import { createToolCache } from "./tool-result-cache.ts";
import {
  callTool,
  createToolServer,
  listTools,
  type ToolServerOptions,
} from "./tools/tool-server.ts";
import { isListed } from "./tools/tool.ts";

export interface ServerParts {
  readonly backend: TaskBackend;
  readonly keys: ApiKeys;
  /** For coordination with other servers on the store; null without a store. The caller closes it. */
  readonly store: Pick<StoreConnection, "listen" | "countRequests" | "poolCounts"> | null;
  /** Who is signed in to the board; null for no board. */
  readonly webSessions: WebSessions | null;
  readonly log: ServerLog;
  /** Default: none. */
  readonly tracing?: Tracing;
  readonly breaker: () => Gauges["breaker"];
  /** Replaces the task tools, for tests of the transports. */
  readonly makeServer?: MakeServer;
}

export interface RunningServer {
  readonly url: string;
  /** Address of `/metrics` and the probes without a key; null without `SITREP_METRICS_ADDRESS`. */
  readonly metricsUrl: string | null;
  stop(): Promise<boolean>;
}

type Changes = Awaited<ReturnType<typeof openChanges>>;

/** How often open connections are checked for expired tokens. */
const heldCheckMs = 30_000;

/** On a change by any server: publishes it, drops cached results, and cuts the connections of revoked keys. */
async function openChanges(
  { toolCacheMs }: ServerSettings,
  { backend, store, log }: ServerParts,
  observer: Observer,
  guard: RequestGuard,
) {
  const live = createLiveStreams();
  const bus = createChangeBus(live.publishWrite);
  const cutRevoked = (): void => void guard.cutRevoked().catch(log.fault);
  const onNotice = (notice: StoreNotice): void => {
    cache.forget(notice.organization);
    bus.publishWrite(notice);
    if (notice.ofKeys) cutRevoked();
  };
  let notices: StoreNotices | null = null;
  // If the server forwards to a service, the store has only keys.
  const caughtUp = async (): Promise<boolean> =>
    backend.kind !== "store" || notices === null || notices.caughtUp();
  const cache = createToolCache(toolCacheMs, observer.cacheLookup, caughtUp);
  notices = (await store?.listen(onNotice)) ?? null;
  const timer = setInterval(cutRevoked, heldCheckMs).unref();
  return {
    bus,
    live,
    cache,
    /** True if notices include our own writes. */
    hasOwn: backend.kind === "store" && notices?.hasOwn === true,
    close: async (): Promise<void> => {
      clearInterval(timer);
      await notices?.[Symbol.asyncDispose]();
    },
  };
}

function openEndpoints(
  settings: ServerSettings,
  parts: ServerParts,
  observer: Observer,
  { bus, cache, hasOwn, live }: Changes,
  access: Pick<BoardAccess, "guard" | "verifyToken" | "inFlight">,
) {
  const backend = afterWrites(parts.backend, (write, operation) => {
    observer.tasksWritten(operation, write.tasks?.length ?? 0);
    cache.forget(write.organization);
    if (!hasOwn) bus.publishWrite(write);
  });
  const { version, tools, webSocket } = settings;
  const { tracing = noTracing } = parts;
  const optionsFor = (principal: Principal): ToolServerOptions => ({
    backend,
    principal,
    version,
    project: null,
    tools,
    observe: observer.toolCall,
    middleware: (call, run) => tracing.tool(call.tool, () => cache.middleware(call, run)),
  });
  const makeServer = parts.makeServer ?? ((principal) => createToolServer(optionsFor(principal)));
  const runTool: RunSingleCall = (principal, call, signal) =>
    parts.makeServer === undefined ? callTool(optionsFor(principal), call, signal) : null;
  const onFault = (error: unknown): void => parts.log.report(error);
  const mcp = createMcpEndpoint(makeServer, bus, onFault, runTool);
  const board = openBoard(settings, parts, { ...access, backend, observer, live });
  return {
    mcp,
    board: board?.routes ?? null,
    sockets: createWebSocketEndpoint(makeServer, bus, onFault, webSocket),
    rest: createRestRoutes({ backend, version, onFailure: observer.fault }),
    closeStreams: async (): Promise<void> => {
      live.close();
      await board?.close();
      await mcp.close();
    },
  };
}

type OwnGauges = Omit<Gauges, "backend" | "breaker" | "pool">;

const createProbes = (
  { backend, breaker, store }: ServerParts,
  metrics: Metrics,
  now: () => OwnGauges,
): ProbeDeps => ({
  isDraining: () => now().isDraining,
  check: (signal) => backend.check(signal),
  metrics: async () => {
    const pool = store?.poolCounts?.() ?? null;
    const text = await metrics.render({
      ...now(),
      backend: backend.kind,
      breaker: breaker(),
      pool,
    });
    return { text, contentType: metrics.contentType };
  },
});

/** Throws `serve-unsafe` and `serve-not-started`, and what the keys' database throws. */
export async function startHttpServer(
  settings: ServerSettings,
  parts: ServerParts,
): Promise<RunningServer> {
  const { version } = settings;
  const { backend, log, tracing = noTracing } = parts;
  const metrics = createMetrics();
  const observer = createObserver(metrics, log);
  const inFlight = createInFlight();
  const access = await openAccess(settings, parts, observer);
  const { guard, resource, authentication } = access;
  const changes = await openChanges(settings, parts, observer, guard);
  const endpoints = openEndpoints(settings, parts, observer, changes, { ...access, inFlight });
  const { sockets, closeStreams } = endpoints;
  const probes = createProbes(parts, metrics, () => ({
    version,
    inFlight: inFlight.count,
    sockets: sockets.open,
    streams: inFlight.streams,
    isDraining: inFlight.isDraining,
  }));
  const app = createServerApp({
    ...probes,
    ...endpoints,
    guard,
    resource,
    inFlight,
    observer,
    tracing,
  });
  const deps = { app, guard, sockets, inFlight, closeStreams };
  const ports = await openPorts(deps, settings, probes).catch(async (error: unknown) => {
    await changes.close();
    throw error;
  });
  log.started({
    version,
    address: ports.url,
    metrics: ports.metricsUrl,
    transport: ["streamable-http", "websocket", "rest"],
    authentication,
    tools: listTools(null).filter((tool) => isListed(settings.tools, tool)).length,
    backend: backend.kind,
  });
  if (settings.opensTo !== "nobody") log.open(unauthenticatedWarning(settings.opensTo));
  return {
    url: ports.url,
    metricsUrl: ports.metricsUrl,
    stop: async () => {
      if (settings.drainMs > 0) log.draining(settings.drainMs);
      const isComplete = await ports.stop(() => log.stopping(inFlight.count + sockets.pending));
      await changes.close();
      log.stopped(isComplete);
      return isComplete;
    },
  };
}
