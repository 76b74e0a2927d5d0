// Parses metrics as strictly as Prometheus does.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (Na[nN]|[+-]Inf|[-+\d.e]+)$/;
const labelPart = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/y;

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  labelPart.lastIndex = 0;
  while (labelPart.lastIndex < text.length) {
    const [, name, value] = labelPart.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error(`labels: ${text}`);
    labels[name] = value;
  }
  return labels;
}

/** Parses the samples. Throws for an invalid line, a duplicate series, or a metric without help or type. */
export function readMetrics(text: string): Sample[] {
  const described = { HELP: new Set<string>(), TYPE: new Set<string>() };
  const seen = new Set<string>();
  const samples: Sample[] = [];
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const [, kind, about] = /^# (HELP|TYPE) (\S+) ./.exec(line) ?? [];
    if (kind !== undefined && about !== undefined) {
      described[kind as keyof typeof described].add(about);
      continue;
    }
    const [, name, labels = "", value] = sampleLine.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not a sample: ${line}`);
    const family = name.replace(/_(?:bucket|sum|count)$/, "");
    for (const known of Object.values(described)) {
      if (!known.has(name) && !known.has(family)) throw new Error(`not described: ${line}`);
    }
    const series = line.slice(0, line.lastIndexOf(" "));
    if (seen.has(series)) throw new Error(`twice: ${line}`);
    seen.add(series);
    samples.push({
      name,
      labels: labelsOf(labels),
      value: Number(value.replace("Inf", "Infinity")),
    });
  }
  return samples;
}

/** Returns the sum of the samples with these labels; null if there are none. */
export function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number | null {
  const found = samples.filter(
    (one) =>
      one.name === name &&
      Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
  return found.length === 0 ? null : found.reduce((sum, { value }) => sum + value, 0);
}
