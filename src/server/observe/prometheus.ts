// Counters and histograms in Prometheus' text format. A few lines of our own: a library would bring a registry for the
// whole process and timers for the event loop, and all we show is counted anyway.

type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(labels?: Labels): void;
  render(): string[];
}

export interface Histogram {
  observe(labels: Labels, value: number): void;
  render(): string[];
}

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

/** More series than this are a mistake, and counted no further: memory must not grow with what callers send. */
const mostSeries = 1000;

export function createCounter(name: string, help: string): Counter {
  const counts = new Map<string, number>();
  return {
    add: (labels = {}) => {
      const key = labelText(labels);
      if (counts.size < mostSeries || counts.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    render: () => [
      ...head(name, help, "counter"),
      ...[...counts].map(([labels, count]) => `${name}${labels} ${count}`),
    ],
  };
}

interface Series {
  readonly labels: Labels;
  readonly counts: number[];
  count: number;
  sum: number;
}

/** `bounds`: the upper ends of the buckets, rising. */
export function createHistogram(name: string, help: string, bounds: readonly number[]): Histogram {
  const all = new Map<string, Series>();
  function seriesOf(labels: Labels): Series | null {
    const key = labelText(labels);
    const known = all.get(key);
    if (known !== undefined) return known;
    if (all.size >= mostSeries) return null;
    const made: Series = { labels, counts: bounds.map(() => 0), count: 0, sum: 0 };
    all.set(key, made);
    return made;
  }
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
    observe: (labels, value) => {
      const series = seriesOf(labels);
      if (series === null) return;
      series.count += 1;
      series.sum += value;
      for (const [index, bound] of bounds.entries()) {
        if (value <= bound) series.counts[index] = (series.counts[index] ?? 0) + 1;
      }
    },
    render: () => [...head(name, help, "histogram"), ...[...all.values()].flatMap(lines)],
  };
}

/** One gauge, its values as they are now. */
export function renderGauge(
  name: string,
  help: string,
  values: readonly (readonly [labels: Labels, value: number])[],
): string[] {
  return [
    ...head(name, help, "gauge"),
    ...values.map(([labels, value]) => `${name}${labelText(labels)} ${value}`),
  ];
}
