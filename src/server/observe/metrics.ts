// What `/metrics` shows.

import type { Observer } from "./observer.ts";
import { createCounter, createHistogram, renderGauge } from "./prometheus.ts";

/** What is asked for when somebody looks. */
export interface Gauges {
  readonly version: string;
  readonly backend: string;
  /** `off` where there is no service behind. */
  readonly breaker: "closed" | "open" | "half-open" | "off";
  readonly inFlight: number;
  readonly sockets: number;
}

export interface Metrics extends Omit<Observer, "fault"> {
  /** Prometheus' text format, version 0.0.4. */
  render(gauges: Gauges): string;
}

const secondBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const breakerStates = ["closed", "half-open", "open", "off"] as const;

function renderGauges(gauges: Gauges): string[] {
  const { version, backend, breaker, inFlight, sockets } = gauges;
  return [
    ...renderGauge("sitrep_info", "Which server this is.", [[{ version, backend }, 1]]),
    ...renderGauge(
      "sitrep_breaker_state",
      "The breaker towards the service behind: 1 for the state that it is in.",
      breakerStates.map((state) => [{ state }, state === breaker ? 1 : 0] as const),
    ),
    ...renderGauge("sitrep_requests_in_flight", "Requests being answered.", [[{}, inFlight]]),
    ...renderGauge("sitrep_websockets", "Open WebSockets.", [[{}, sockets]]),
    ...renderGauge("process_resident_memory_bytes", "Memory of the process.", [
      [{}, process.memoryUsage.rss()],
    ]),
  ];
}

export function createMetrics(): Metrics {
  const calls = createCounter("sitrep_tool_calls_total", "Calls of tools.");
  const failures = createCounter("sitrep_tool_failures_total", "Calls of tools that failed.");
  const latency = createHistogram("sitrep_tool_seconds", "How long tools took.", secondBounds);
  const signIns = createCounter("sitrep_sign_ins_total", "Sign-ins, by their outcome.");
  const requests = createCounter("sitrep_http_requests_total", "HTTP requests.");
  const hits = createCounter("sitrep_cache_hits_total", "Reads answered from the cache.");
  const misses = createCounter("sitrep_cache_misses_total", "Reads that the cache did not have.");
  const all = [calls, failures, latency, signIns, requests, hits, misses];
  return {
    toolCall: ({ tool, code, durationMs }) => {
      calls.add({ tool });
      if (code !== null) failures.add({ tool, code });
      latency.observe({ tool }, durationMs / 1000);
    },
    signIn: ({ principal, code }) =>
      signIns.add({ by: principal?.by ?? "nobody", outcome: code ?? "ok" }),
    request: (method, status) => requests.add({ method, status: String(status) }),
    cacheLookup: (isHit) => (isHit ? hits : misses).add(),
    render: (gauges) =>
      `${[...all.flatMap((one) => one.render()), ...renderGauges(gauges)].join("\n")}\n`,
  };
}
