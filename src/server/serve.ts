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
import type { Gate } from "./http/gate.ts";
import { createHostRules, isLoopback } from "./http/hosts.ts";
import { startListening } from "./http/listener.ts";
import type { ResourceSettings } from "./http/metadata.ts";
import { createWork } from "./http/work.ts";
import { createMcpEndpoint } from "./mcp/http-endpoint.ts";
import type { MakeServer, McpEndpoint } from "./mcp/http-endpoint.ts";
import { createOrganizationBus } from "./mcp/organization-bus.ts";
import type { OrganizationBus } from "./mcp/organization-bus.ts";
import { createSocketEndpoint } from "./mcp/socket-endpoint.ts";
import type { SocketEndpoint } from "./mcp/socket-endpoint.ts";
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

interface Door {
  readonly gate: Gate;
  readonly resource: ResourceSettings;
  /** For the log. */
  readonly authentication: readonly string[];
}

/** Throws `serve-unsafe`. */
async function createDoor(
  settings: ServeSettings,
  { keys, machine, clock }: ServeParts,
  observer: Observer,
): Promise<Door> {
  const { host, isBehindProxy, publicUrl, tokens, tls } = settings;
  const authentication = await authenticationOf(settings, keys);
  const isLocal = isLoopback(host);
  const hasTls = tls !== null;
  requireSafeStart({ host, isLoopback: isLocal, hasTls, isBehindProxy, authentication });
  const isOpen = isLocal && authentication.length === 0 && !(await keys.hasAny());
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
  return { gate, resource, authentication: isOpen ? ["none (this machine only)"] : authentication };
}

interface Inside {
  readonly backend: TaskBackend;
  readonly mcp: McpEndpoint;
  readonly sockets: SocketEndpoint;
}

/** What is behind the door: every write, by whichever way, empties the cache and is told to who listens. */
function createInside(settings: ServeSettings, parts: ServeParts, observer: Observer): Inside {
  const bus = createOrganizationBus();
  const cache = createToolCache(settings.toolCacheMs, parts.clock, observer.cacheLookup);
  const backend = announceWrites(parts.backend, (written) => {
    cache.forget(written.organization);
    announceOn(bus, written);
  });
  const makeServer = parts.makeServer ?? serverMaker(settings, backend, observer, cache.around);
  const onFault = (error: unknown): void => parts.log.report(error);
  return {
    backend,
    mcp: createMcpEndpoint(makeServer, bus, onFault),
    sockets: createSocketEndpoint({ makeServer, bus, onFault }),
  };
}

/** Throws `serve-unsafe` and `serve-not-started`, and what the keys' database throws. */
export async function startServer(
  settings: ServeSettings,
  parts: ServeParts,
): Promise<RunningServer> {
  const { version } = settings;
  const { log, clock, breaker } = parts;
  const metrics = createMetrics();
  const observer = createObserver(log, metrics);
  const { gate, resource, authentication } = await createDoor(settings, parts, observer);
  const { backend, mcp, sockets } = createInside(settings, parts, observer);
  const work = createWork();
  const gauges = (): Gauges => ({
    version,
    backend: backend.kind,
    breaker: breaker(),
    inFlight: work.inFlight,
    sockets: sockets.open,
  });
  const rest = createRestRoutes({ backend, version, onFailure: observer.fault });
  const check = (signal: AbortSignal): Promise<void> => backend.check(signal);
  const text = (): string => metrics.render(gauges());
  const app = createServerApp({
    gate,
    mcp,
    rest,
    resource,
    work,
    observer,
    check,
    metrics: text,
    clock,
  });
  const closeStreams = (): Promise<void> => mcp.close();
  const listener = await startListening({ app, gate, sockets, work, closeStreams }, settings);
  log.started({
    version,
    address: listener.url,
    transports: ["streamable-http", "websocket", "rest"],
    authentication,
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
