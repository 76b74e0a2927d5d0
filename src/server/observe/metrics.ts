// A library would bring a registry for the whole process and timers, for a few counters.

import type { ServerLog } from "./log.ts";
import type { Observer } from "./observer.ts";

type Labels = Readonly<Record<string, string>>;

const escape = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** More series are a mistake, and are not counted: memory must not grow with what callers send. */
const maxSeries = 1000;

function createMetric(name: string, type: "counter" | "gauge" | "histogram", help: string) {
  const series = new Map<string, number>();
  return {
    add: (labels: Labels, amount = 1, suffix = ""): void => {
      const key = `${name}${suffix}${labelText(labels)}`;
      const known = series.get(key);
      if (known !== undefined || series.size < maxSeries) series.set(key, (known ?? 0) + amount);
    },
    render: (): string[] => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...[...series].map(([key, value]) => `${key} ${value}`),
    ],
  };
}

/** Its lines are written only when they are read: a call costs one look-up. `bounds`: the ends of the buckets, ascending. */
function createHistogram(name: string, help: string, bounds: readonly number[]) {
  const start = (labels: Labels) => ({ labels, counts: bounds.map(() => 0), count: 0, sum: 0 });
  const series = new Map<string, ReturnType<typeof start>>();
  return {
    observe: (labels: Labels, value: number): void => {
      const key = labelText(labels);
      const one = series.get(key) ?? start(labels);
      if (series.size >= maxSeries && !series.has(key)) return;
      series.set(key, one);
      one.count += 1;
      one.sum += value;
      one.counts = one.counts.map((count, at) => (value <= (bounds[at] ?? 0) ? count + 1 : count));
    },
    render: (): string[] => {
      const { add, render } = createMetric(name, "histogram", help);
      for (const { labels, counts, count, sum } of series.values()) {
        for (const [at, bound] of bounds.entries()) {
          add({ ...labels, le: String(bound) }, counts[at], "_bucket");
        }
        add({ ...labels, le: "+Inf" }, count, "_bucket");
        add(labels, sum, "_sum");
        add(labels, count, "_count");
      }
      return render();
    },
  };
}

export interface Gauges {
  readonly version: string;
  readonly backend: string;
  /** `off` without a service behind. */
  readonly breaker: "closed" | "open" | "half-open" | "off";
  readonly inFlight: number;
  readonly sockets: number;
}

const secondBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const breakerStates = ["closed", "half-open", "open", "off"] as const;

function renderGauges({ version, backend, breaker, inFlight, sockets }: Gauges): string[] {
  const info = createMetric("sitrep_info", "gauge", "Version and backend of this server.");
  info.add({ version, backend });
  const state = createMetric(
    "sitrep_breaker_state",
    "gauge",
    "Circuit breaker state of the backend service (1 = current state).",
  );
  for (const one of breakerStates) state.add({ state: one }, one === breaker ? 1 : 0);
  const numbers = [
    ["sitrep_requests_in_flight", "Requests in progress.", inFlight],
    ["sitrep_websockets", "Open WebSockets.", sockets],
    ["process_resident_memory_bytes", "Process memory.", process.memoryUsage.rss()],
  ] as const;
  return [
    ...info.render(),
    ...state.render(),
    ...numbers.flatMap(([name, help, value]) => {
      const gauge = createMetric(name, "gauge", help);
      gauge.add({}, value);
      return gauge.render();
    }),
  ];
}

export type Metrics = Omit<Observer, "fault"> & {
  render(gauges: Gauges): string;
};

const counter = (name: string, help: string) => createMetric(name, "counter", help);

export function createMetrics(): Metrics {
  const calls = counter("sitrep_tool_calls_total", "Tool calls.");
  const failures = counter("sitrep_tool_failures_total", "Failed tool calls.");
  const latency = createHistogram("sitrep_tool_seconds", "Duration of tool calls.", secondBounds);
  const signIns = counter("sitrep_sign_ins_total", "Sign-ins by outcome.");
  const requests = counter("sitrep_http_requests_total", "HTTP requests.");
  const hits = counter("sitrep_cache_hits_total", "Reads answered from the cache.");
  const misses = counter("sitrep_cache_misses_total", "Reads not found in the cache.");
  const all = [calls, failures, latency, signIns, requests, hits, misses];
  return {
    toolCall: ({ tool, code, durationMs }) => {
      calls.add({ tool });
      if (code !== null) failures.add({ tool, code });
      latency.observe({ tool }, durationMs / 1000);
    },
    signIn: ({ principal, code }) =>
      signIns.add({ by: principal?.by ?? "nobody", outcome: code ?? "ok" }),
    request: ({ method, status }) => requests.add({ method, status: String(status) }),
    cacheLookup: (isHit) => (isHit ? hits : misses).add({}),
    render: (gauges) =>
      `${[...all.flatMap((one) => one.render()), ...renderGauges(gauges)].join("\n")}\n`,
  };
}

const both =
  <Seen>(one: (seen: Seen) => void, other: (seen: Seen) => void) =>
  (seen: Seen): void => {
    one(seen);
    other(seen);
  };

export const observeBy = ({ cacheLookup, ...metrics }: Metrics, log: ServerLog): Observer => ({
  toolCall: both(metrics.toolCall, log.toolCall),
  signIn: both(metrics.signIn, log.signIn),
  request: both(metrics.request, log.request),
  cacheLookup,
  fault: log.fault,
});
