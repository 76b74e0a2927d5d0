import type { SitrepError } from "../../core/errors.ts";
import { redraw } from "../../state/output/terminal.ts";

const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const frameAt = (ms: number): string => frames[Math.floor(ms / 100) % frames.length] ?? "";

/** Shorter work ends before anyone could read the line. */
const shownAfterMs = 500;

/** The start of the first step since the last question: consecutive steps count as one wait. */
let waitingSince: number | null = null;

export const resetSpinner = (): void => void (waitingSince = null);

/** Runs `work`, and shows a spinner once the wait has taken half a second. */
export async function withSpinner<T>(label: string, work: () => Promise<T> | T): Promise<T> {
  waitingSince ??= performance.now();
  const afterMs = Math.max(0, waitingSince + shownAfterMs - performance.now());
  using _ = showWhile(() => `  ${frameAt(performance.now())} ${label} …`, 100, afterMs);
  return await work();
}

/** `withSpinner` for one of several steps; a failed step leaves its line on the terminal. */
export async function step<T>(label: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await withSpinner(label, work);
  } catch (error) {
    redraw(`  ✗ failed: ${label}`, "\n");
    throw error;
  }
}

/** Draws the line after `afterMs` and redraws it every `everyMs`, until it is disposed of. */
function showWhile(line: () => string, everyMs = 1000, afterMs = 0): Disposable {
  if (!process.stderr.isTTY) return { [Symbol.dispose]: () => undefined };
  let timer: NodeJS.Timeout;
  let isShown = false;
  const show = (): void => {
    isShown = true;
    redraw(line());
    timer = setTimeout(show, everyMs).unref();
  };
  if (afterMs === 0) show();
  else timer = setTimeout(show, afterMs).unref();
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      if (isShown) redraw("");
      isShown = false;
    },
  };
}

/** Runs `work`. On Ctrl-C or SIGTERM it throws `stopped()` at once; the caller must end anything still running. */
export async function stoppable<T>(work: () => Promise<T>, stopped: () => SitrepError): Promise<T> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  const ended = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(stopped()));
  });
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const one of signals) process.once(one, end);
  try {
    return await Promise.race([work(), ended]);
  } catch (error) {
    // A child process receives the same signal and may have failed first.
    throw stop.signal.aborted ? stopped() : error;
  } finally {
    for (const one of signals) process.off(one, end);
  }
}

const secondsSince = (then: number): number => Math.round((performance.now() - then) / 1000);

export function countDown(label: string, ms: number): Disposable {
  const end = performance.now() + ms;
  return showWhile(() => `${label}: ${Math.max(0, -secondsSince(end))} s left. Ctrl-C cancels.`);
}

export function countUp(label: string): Disposable {
  const started = performance.now();
  return showWhile(() => `${label}: ${secondsSince(started)} s. Ctrl-C cancels.`);
}
