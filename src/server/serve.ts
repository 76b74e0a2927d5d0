// A task server that runs: the parts put together, from the port to the backend.

import type { ApiKeys } from "../store/api-keys.ts";
import { announceWrites } from "./announcing-backend.ts";
import type { Written } from "./announcing-backend.ts";
import type { TaskBackend } from "./backend.ts";
import { createLimits } from "./access/limits.ts";
import { createSignIn } from "./access/sign-in.ts";
import type { TokenSettings } from "./access/token-settings.ts";
import { createTokenVerifier } from "./access/tokens.ts";
import { createServerApp } from "./http/app.ts";
import { createGate } from "./http/gate.ts";
import { createHostRules, isLoopback } from "./http/hosts.ts";
import { startListening } from "./http/listener.ts";
import { createWork } from "./http/work.ts";
import { createMcpEndpoint } from "./mcp/http-endpoint.ts";
import type { MakeServer } from "./mcp/http-endpoint.ts";
import { createOrganizationBus } from "./mcp/organization-bus.ts";
import type { OrganizationBus } from "./mcp/organization-bus.ts";
import { createSocketEndpoint } from "./mcp/socket-endpoint.ts";
import type { ServerLog } from "./observe/log.ts";
import { createMetrics } from "./observe/metrics.ts";
import type { Gauges } from "./observe/metrics.ts";
import type { Observer } from "./observe/observer.ts";
import type { Principal } from "./principal.ts";
import { createRestRoutes } from "./rest/routes.ts";
import { createToolCache } from "./result-cache.ts";
import { requireSafeStart } from "./safe-start.ts";
import { taskUriOf } from "./tools/resources.ts";
import { createTaskServer, toolsFor } from "./tools/task-server.ts";
import type { Around } from "./tools/task-server.ts";

export interface ServeSettings {
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly isBehindProxy: boolean;
  /** Names that the server answers to besides its own. */
  readonly allowedHosts: readonly string[];
  readonly publicUrl: string | null;
  readonly tokens: TokenSettings;
  /** Of a principal; 0 for no limit. */
  readonly requestsPerMinute: number;
  /** How long results of reads are kept; 0 for not at all. */
  readonly toolCacheMs: number;
  /** How long requests under way may take when the server goes down. */
  readonly stopWithinMs: number;
}

export interface ServeParts {
  /** Stays the caller's. */
  readonly backend: TaskBackend;
  readonly keys: ApiKeys;
  readonly log: ServerLog;
  readonly breaker: () => Gauges["breaker"];
  /** The machine's own name. */
  readonly machine: string;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** In place of the task tools: for the tests of the transports. */
  readonly makeServer?: MakeServer;
}

export interface RunningServer {
  readonly url: string;
  /** True when everything that was under way was finished. */
  stop(): Promise<boolean>;
}

/** The ways to sign in that are set up; empty where everybody at this machine is let in. */
async function authenticationOf({ tokens }: ServeSettings, keys: ApiKeys): Promise<string[]> {
  const inForce = (await keys.list()).some(({ revokedAt }) => revokedAt === null);
  return [
    ...(inForce ? ["keys"] : []),
    ...(tokens.issuer === null ? [] : ["issuer"]),
    ...(tokens.secret === null ? [] : ["signed tokens"]),
  ];
}

function createObserver(log: ServerLog, metrics: ReturnType<typeof createMetrics>): Observer {
  return {
    toolCall: (call) => {
      metrics.toolCall(call);
      log.toolCall(call);
    },
    signIn: (seen) => {
      metrics.signIn(seen);
      log.signIn(seen);
    },
    request: metrics.request,
    cacheLookup: metrics.cacheLookup,
    fault: log.fault,
  };
}

function announceOn(bus: OrganizationBus, { organization, tasks, isAddition }: Written): void {
  if (isAddition) bus.publishTo(organization, { kind: "resources_list_changed" });
  for (const { project, id } of tasks) {
    bus.publishTo(organization, { kind: "resource_updated", uri: taskUriOf(project, id) });
  }
}

function serverMaker(
  { version }: ServeSettings,
  backend: TaskBackend,
  observer: Observer,
  around: Around,
): MakeServer {
  return (principal: Principal) =>
    createTaskServer({
      backend,
      principal,
      version,
      project: null,
      observe: observer.toolCall,
      around,
      // Every client of the organisation is told, by what announces the backend's writes.
      onChange: () => undefined,
    });
}

/** Throws `serve-unsafe` and `serve-not-started`, and what the keys' database throws. */
export async function startServer(
  settings: ServeSettings,
  parts: ServeParts,
): Promise<RunningServer> {
  const { host, isBehindProxy, publicUrl, tokens, tls, version } = settings;
  const { keys, log, clock, machine } = parts;
  const authentication = await authenticationOf(settings, keys);
  const isLocal = isLoopback(host);
  requireSafeStart({
    host,
    isLoopback: isLocal,
    hasTls: tls !== null,
    isBehindProxy,
    authentication,
  });
  const isOpen = isLocal && authentication.length === 0 && !(await keys.hasAny());

  const metrics = createMetrics();
  const observer = createObserver(log, metrics);
  const bus = createOrganizationBus();
  const cache = createToolCache(settings.toolCacheMs, clock, observer.cacheLookup);
  const backend = announceWrites(parts.backend, (written) => {
    cache.forget(written.organization);
    announceOn(bus, written);
  });
  const makeServer = parts.makeServer ?? serverMaker(settings, backend, observer, cache.around);
  const onReport = (error: unknown): void => log.report(error);
  const mcp = createMcpEndpoint(makeServer, bus, onReport);
  const sockets = createSocketEndpoint({ makeServer, bus, onFault: onReport });
  const limits = createLimits(settings.requestsPerMinute);
  const verifyToken = createTokenVerifier(tokens);
  const resource = { issuer: tokens.issuer, publicUrl };
  const gate = createGate({
    hosts: createHostRules({ host, allowed: settings.allowedHosts, publicUrl, machine }),
    signIn: createSignIn({ keys, verifyToken, limits, isOpenWithoutKeys: isOpen }),
    limits,
    resource,
    isBehindProxy,
    observer,
    clock,
  });
  const work = createWork();
  const app = createServerApp({
    gate,
    mcp,
    rest: createRestRoutes({ backend, version, onFailure: observer.fault }),
    resource,
    work,
    observer,
    check: (signal) => backend.check(signal),
    metrics: () =>
      metrics.render({
        version,
        backend: backend.kind,
        breaker: parts.breaker(),
        inFlight: work.inFlight,
        sockets: sockets.open,
      }),
    clock,
  });
  const listener = await startListening(
    { app, gate, sockets, work, closeStreams: () => mcp.close() },
    settings,
  );
  log.started({
    version,
    address: listener.url,
    transports: ["streamable-http", "websocket", "rest"],
    authentication: isOpen ? ["none (this machine only)"] : authentication,
    tools: toolsFor(null).length,
    backend: backend.kind,
  });
  return {
    url: listener.url,
    stop: async () => {
      log.stopping(work.inFlight + sockets.pending);
      const isComplete = await listener.stop(settings.stopWithinMs);
      log.stopped(isComplete);
      return isComplete;
    },
  };
}
