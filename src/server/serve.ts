// A task server that runs: the parts put together, from the port to the backend.

import { createAccess } from "./door.ts";
import { createServerApp } from "./http/app.ts";
import { startListening } from "./http/listener.ts";
import { createWork } from "./http/work.ts";
import { createEndpoints } from "./inside.ts";
import type { ServerLog } from "./observe/log.ts";
import { createMetrics } from "./observe/metrics.ts";
import type { Gauges } from "./observe/metrics.ts";
import type { Observer } from "./observe/observer.ts";
import { createRestRoutes } from "./rest/routes.ts";
import type { ServeParts, ServeSettings } from "./serve-parts.ts";
import { toolsFor } from "./tools/task-server.ts";

export interface RunningServer {
  readonly url: string;
  /** True when everything that was under way was finished. */
  stop(): Promise<boolean>;
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

/** Throws `serve-unsafe` and `serve-not-started`, and what the keys' database throws. */
export async function startServer(
  settings: ServeSettings,
  parts: ServeParts,
): Promise<RunningServer> {
  const { version } = settings;
  const { log, clock, breaker } = parts;
  const metrics = createMetrics();
  const observer = createObserver(log, metrics);
  const { gate, resource, authentication } = await createAccess(settings, parts, observer);
  const { backend, mcp, sockets } = createEndpoints(settings, parts, observer);
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
