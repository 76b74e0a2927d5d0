// Measures this machine's speed, for time limits that depend on it.

import { execFileSync } from "node:child_process";

/** How many milliseconds `node -e 0` takes on this machine now, from start to exit: the median of five runs. */
export function bareNodeMs(): number {
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    execFileSync(process.execPath, ["-e", "0"]);
    return performance.now() - started;
  });
  return times.toSorted((one, other) => one - other)[2] ?? Number.NaN;
}
