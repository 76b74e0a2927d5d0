// Times whole processes in turn, so that drift in the machine's speed affects all of them alike.

import { spawnSync } from "node:child_process";

export interface Case {
  name: string;
  /** Absolute path and arguments; no shell is added. */
  command: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
  input?: string;
  /** Runs before each timed run and is not timed. */
  before?: (round: number) => void | Promise<void>;
  /** Throws when the run did not do what it is timed for. */
  check?: (stdout: string, status: number | null) => void;
  /** Timed only in every n-th round, for slow cases. */
  every?: number;
}

export interface Sample {
  name: string;
  /** Milliseconds of wall time, by round; skipped rounds are missing. */
  times: Map<number, number>;
}

function run(one: Case): number {
  const started = process.hrtime.bigint();
  const ran = spawnSync(one.command, one.args, {
    cwd: one.cwd,
    env: one.env,
    input: one.input ?? "",
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  // A hook may end without reading its input; the client accepts that too.
  if (ran.error !== undefined && !("code" in ran.error && ran.error.code === "EPIPE"))
    throw ran.error;
  one.check?.(ran.stdout, ran.status);
  return ms;
}

/** Runs every case once a round, after warm-up rounds that do not count. */
export async function measure(
  cases: readonly Case[],
  options: { rounds: number; warmUp: number; onRound?: (round: number) => void },
): Promise<Sample[]> {
  const samples = cases.map((one): Sample => ({ name: one.name, times: new Map() }));
  for (let round = -options.warmUp; round < options.rounds; round += 1) {
    options.onRound?.(round);
    for (const [index, one] of cases.entries()) {
      if (one.every !== undefined && round % one.every !== 0) continue;
      await one.before?.(round);
      const ms = run(one);
      if (round >= 0) samples[index]?.times.set(round, ms);
    }
  }
  return samples;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

export interface Ratio {
  median: number;
  p95: number;
  low: number;
  high: number;
}

/** Compares two samples round by round: median, 95th percentile, and the middle half of the ratios. */
export function ratio(sample: Sample, base: Sample): Ratio {
  const ratios = [...sample.times].flatMap(([round, ms]) => {
    const other = base.times.get(round);
    return other === undefined ? [] : [ms / other];
  });
  return {
    median: quantile(ratios, 0.5),
    p95: quantile(ratios, 0.95),
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
  };
}
