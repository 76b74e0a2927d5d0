// The measure for a bound that a slower machine moves.

import { execFileSync } from "node:child_process";

/** Milliseconds that `node -e 0` takes on this machine now, from start to end: the median of five. */
export function bareNodeMs(): number {
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    execFileSync(process.execPath, ["-e", "0"]);
    return performance.now() - started;
  });
  return times.toSorted((one, other) => one - other)[2] ?? Number.NaN;
}
