// `/metrics` in Prometheus' text format. A library would bring a registry for the whole process and timers for the event
// loop, for a few counters.

import type { Observer } from "./observer.ts";

type Labels = Readonly<Record<string, string>>;

const escape = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const head = (name: string, help: string, type: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

/** More series are a mistake, and are not counted: memory must not grow with what callers send. */
const mostSeries = 1000;

function createCounter(name: string, help: string) {
  const counts = new Map<string, number>();
  return {
    add: (labels: Labels = {}): void => {
      const key = labelText(labels);
      if (counts.size < mostSeries || counts.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    render: (): string[] => [
      ...head(name, help, "counter"),
      ...[...counts].map(([labels, count]) => `${name}${labels} ${count}`),
    ],
  };
}

/** `bounds`: the upper ends of the buckets, ascending. */
function createHistogram(name: string, help: string, bounds: readonly number[]) {
  const start = (labels: Labels) => ({ labels, counts: bounds.map(() => 0), count: 0, sum: 0 });
  type Series = ReturnType<typeof start>;
  const all = new Map<string, Series>();
  const lines = ({ labels, counts, count, sum }: Series): string[] => [
    ...bounds.map(
      (bound, index) =>
        `${name}_bucket${labelText({ ...labels, le: String(bound) })} ${counts[index] ?? 0}`,
    ),
    `${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${count}`,
    `${name}_sum${labelText(labels)} ${sum}`,
    `${name}_count${labelText(labels)} ${count}`,
  ];
  return {
    observe: (labels: Labels, value: number): void => {
      const key = labelText(labels);
      const series = all.get(key) ?? start(labels);
      if (all.size >= mostSeries && !all.has(key)) return;
      all.set(key, series);
      series.count += 1;
      series.sum += value;
      for (const [index, bound] of bounds.entries()) {
        if (value <= bound) series.counts[index] = (series.counts[index] ?? 0) + 1;
      }
    },
    render: (): string[] => [...head(name, help, "histogram"), ...[...all.values()].flatMap(lines)],
  };
}

function renderGauge(
  name: string,
  help: string,
  values: readonly (readonly [labels: Labels, value: number])[],
): string[] {
  return [
    ...head(name, help, "gauge"),
    ...values.map(([labels, value]) => `${name}${labelText(labels)} ${value}`),
  ];
}

/** The current values. */
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

export type Metrics = Omit<Observer, "fault"> & {
  /** Prometheus' text format, version 0.0.4. */
  render(gauges: Gauges): string;
};

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
    request: ({ method, status }) => requests.add({ method, status: String(status) }),
    cacheLookup: (isHit) => (isHit ? hits : misses).add(),
    render: (gauges) =>
      `${[...all.flatMap((one) => one.render()), ...renderGauges(gauges)].join("\n")}\n`,
  };
}
