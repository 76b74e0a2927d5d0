import { readFileSync } from "node:fs";

/** Milliseconds since this process's start, monotonic. `performance` would cost a twentieth of the start. */
export const sinceStart = (): number => process.uptime() * 1000;

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

const maxStarvedMs = 2000;

/** Milliseconds that this process waited for a processor, at most two seconds; 0 if the system does not say. */
export function starvedMs(): number {
  try {
    const [, waited] = readFileSync("/proc/self/schedstat", "utf8").split(" ");
    return Math.min(maxStarvedMs, (Number(waited) || 0) / 1e6);
  } catch {
    return 0;
  }
}

/** Calls `leftMs` again when it has passed: waits for a busy processor do not count. */
export function startTimeLimit(leftMs: () => number, onPassed: () => void): () => void {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const arm = (ms: number): void => {
    timer = setTimeout(() => setImmediate(check), ms);
  };
  const check = (): void => {
    if (isOver) return;
    const left = leftMs();
    if (left > 0) arm(left);
    else onPassed();
  };
  arm(Math.max(1, leftMs()));
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
