// Metrics for Prometheus. Labels have a few values that are fixed here: none names a task, a person or an organization.

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ConnectionCounts } from "../../store/database/connection.ts";
import type { ServerLog } from "./server-log.ts";
import type { Observer } from "./observer.ts";

export interface Gauges {
  readonly version: string;
  readonly backend: string;
  /** `off` unless the server forwards to a service. */
  readonly breaker: "closed" | "open" | "half-open" | "off";
  readonly inFlight: number;
  readonly sockets: number;
  /** Open streams that notify clients of changes. */
  readonly streams: number;
  readonly isDraining: boolean;
  /** Null on SQLite. */
  readonly pool: ConnectionCounts | null;
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const breakerStates = ["closed", "half-open", "open", "off"] as const;
/** A client may send any method that Node can parse. */
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

function createGauges(register: Registry) {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers: [register] });
  const info = gauge("sitrep_info", "Version and backend of this server.", "version", "backend");
  const breaker = gauge(
    "sitrep_breaker_state",
    "Circuit breaker state of the backend service (1 = current state).",
    "state",
  );
  const inFlight = gauge("sitrep_requests_in_flight", "Requests in progress.");
  const sockets = gauge("sitrep_websockets", "Open WebSockets.");
  const streams = gauge("sitrep_event_streams", "Open streams of change notifications.");
  const draining = gauge("sitrep_draining", "1 while the server is about to stop.");
  const connections = gauge(
    "sitrep_database_connections",
    "Connections to PostgreSQL in the pool.",
    "state",
  );
  const most = gauge("sitrep_database_connections_max", "The size of the pool.");
  const waiting = gauge("sitrep_database_waiting", "Queries that wait for a connection.");
  return (now: Gauges): void => {
    info.set({ version: now.version, backend: now.backend }, 1);
    for (const state of breakerStates) breaker.set({ state }, state === now.breaker ? 1 : 0);
    inFlight.set(now.inFlight);
    sockets.set(now.sockets);
    streams.set(now.streams);
    draining.set(now.isDraining ? 1 : 0);
    const { pool } = now;
    if (pool === null) return;
    connections.set({ state: "idle" }, pool.idle);
    connections.set({ state: "active" }, pool.total - pool.idle);
    most.set(pool.most);
    waiting.set(pool.waiting);
  };
}

export type Metrics = Omit<Observer, "fault"> & {
  readonly contentType: string;
  render(gauges: Gauges): Promise<string>;
};

export function createMetrics(): Metrics {
  const register = new Registry();
  const registers = [register];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const duration = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const calls = counter("sitrep_tool_calls_total", "Tool calls.", "tool");
  const failures = counter("sitrep_tool_failures_total", "Failed tool calls.", "tool", "code");
  const latency = duration("sitrep_tool_seconds", "Duration of tool calls.", "tool");
  const signIns = counter("sitrep_sign_ins_total", "Sign-ins by outcome.", "by", "outcome");
  const requests = duration(
    "sitrep_http_request_seconds",
    "Duration of HTTP requests, until the response begins.",
    ...(["method", "route", "status"] as const),
  );
  const written = counter("sitrep_tasks_written_total", "Tasks added or changed.", "operation");
  const hits = counter("sitrep_cache_hits_total", "Reads answered from the cache.");
  const misses = counter("sitrep_cache_misses_total", "Reads not found in the cache.");
  const setGauges = createGauges(register);
  let hasDefaults = false;
  return {
    contentType: register.contentType,
    toolCall: ({ tool, code, durationMs }) => {
      calls.inc({ tool });
      if (code !== null) failures.inc({ tool, code });
      latency.observe({ tool }, durationMs / 1000);
    },
    signIn: ({ principal, code }) =>
      signIns.inc({ by: principal?.by ?? "nobody", outcome: code ?? "ok" }),
    request: ({ method, route, status, durationMs }) =>
      requests.observe(
        { method: methods.has(method) ? method : "other", route: route ?? "other", status },
        durationMs / 1000,
      ),
    tasksWritten: (operation, count) => written.inc({ operation }, count),
    cacheLookup: (isHit) => (isHit ? hits : misses).inc(),
    render: (gauges) => {
      // Default metrics watch the event loop and garbage collection, so they start with the first reader.
      if (!hasDefaults) collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 20 });
      hasDefaults = true;
      setGauges(gauges);
      return register.metrics();
    },
  };
}

const both =
  <Seen>(one: (seen: Seen) => void, other: (seen: Seen) => void) =>
  (seen: Seen): void => {
    one(seen);
    other(seen);
  };

export const createObserver = (
  { cacheLookup, tasksWritten, ...metrics }: Metrics,
  log: ServerLog,
): Observer => ({
  toolCall: both(metrics.toolCall, log.toolCall),
  signIn: both(metrics.signIn, log.signIn),
  request: both(metrics.request, log.request),
  cacheLookup,
  tasksWritten,
  fault: log.fault,
});
