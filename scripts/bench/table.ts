// Turns samples into rows of ratios, and checks their limits.

import { limits } from "./rows.ts";
import { quantile, ratio } from "./measure.ts";
import type { Ratio, Sample } from "./measure.ts";

export interface Row {
  name: string;
  medianMs: number;
  p95Ms: number;
  /** The ratio to a bare start of Node, round by round. */
  ratio: Ratio;
  limits: { most: number; to: string; ratio: number; isKept: boolean }[];
}

/** `slack`: a factor for each limit. */
export function rowsOf(samples: readonly Sample[], baseName: string, slack = 1): Row[] {
  const named = (name: string): Sample => {
    const sample = samples.find((one) => one.name === name);
    if (sample === undefined) throw new Error(`"${name}" was not measured`);
    return sample;
  };
  return samples.map((sample) => {
    const times = [...sample.times.values()];
    return {
      name: sample.name,
      medianMs: quantile(times, 0.5),
      p95Ms: quantile(times, 0.95),
      ratio: ratio(sample, named(baseName)),
      limits: (limits[sample.name] ?? []).map(({ most: limit, to }) => {
        const most = limit * slack;
        const { median } = ratio(sample, named(to));
        return { most, to, ratio: median, isKept: median <= most };
      }),
    };
  });
}

const digits = (value: number, count: number): string => value.toFixed(count);

/** One row as a line for a terminal. */
export function lineOf(row: Row): string {
  const { median, low, high, p95 } = row.ratio;
  const held = row.limits.map(
    ({ most, to, ratio: own, isKept }) =>
      `  ${isKept ? "✓" : "✗"} ${digits(own, 3)} of at most ${digits(most, 3)} x ${to}`,
  );
  return `${row.name.padEnd(44)} ${digits(row.medianMs, 1).padStart(7)} ms  p95 ${digits(row.p95Ms, 1).padStart(7)} ms  x ${digits(median, 3).padStart(7)}  (${digits(low, 3)}-${digits(high, 3)}, p95 ${digits(p95, 3)})${held.join("")}`;
}

/** The rows as a table in Markdown. */
export function markdownOf(rows: readonly Row[]): string {
  const lines = rows.map(({ name, medianMs, p95Ms, ratio: own, limits: held }) => {
    const limit = held.map(
      ({ most, to, isKept }) => `${isKept ? "" : "**missed:** "}${most} x \`${to}\``,
    );
    return `| ${name} | ${digits(medianMs, 1)} | ${digits(p95Ms, 1)} | ${digits(own.median, 3)} | ${digits(own.low, 3)}-${digits(own.high, 3)} | ${digits(own.p95, 3)} | ${limit.join(", ")} |`;
  });
  return [
    "| what | median ms | p95 ms | x `node -e 0` | middle half | p95 | at most |",
    "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ...lines,
  ].join("\n");
}
