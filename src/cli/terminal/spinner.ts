// What a terminal shows while a person waits, and that Ctrl-C ends the wait.

import type { SitrepError } from "../../core/errors.ts";
import { redraw } from "../../state/output/terminal.ts";

const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const frameAt = (ms: number): string => frames[Math.floor(ms / 100) % frames.length] ?? "";

/** What takes no longer is over before it could be read. */
const shownAfterMs = 500;

/** When a person was asked last, or the first step began: steps in a row are one wait. */
let waitingSince: number | null = null;

/** A person was asked, and begins to wait anew. */
export const asked = (): void => void (waitingSince = null);

/** Does the work while a terminal shows that it runs, once that has taken half a second; in a pipe nothing. */
export async function turning<T>(label: string, work: () => Promise<T> | T): Promise<T> {
  waitingSince ??= performance.now();
  const afterMs = Math.max(0, waitingSince + shownAfterMs - performance.now());
  using _ = showWhile(() => `  ${frameAt(performance.now())} ${label} …`, 100, afterMs);
  return await work();
}

/** `turning`, for one step of several: which one failed stays there. */
export async function step<T>(label: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await turning(label, work);
  } catch (error) {
    redraw(`  ✗ failed: ${label}`, "\n");
    throw error;
  }
}

/** Shows what `label` gives on a terminal from `afterMs` on, anew each `everyMs`, until it is disposed of; in a pipe nothing. */
function showWhile(label: () => string, everyMs = 1000, afterMs = 0): Disposable {
  if (!process.stderr.isTTY) return { [Symbol.dispose]: () => undefined };
  let timer: NodeJS.Timeout | null = null;
  let isShown = false;
  const show = (): void => {
    isShown = true;
    redraw(label());
    timer = setTimeout(show, everyMs).unref();
  };
  if (afterMs === 0) show();
  else timer = setTimeout(show, afterMs).unref();
  return {
    [Symbol.dispose]: () => {
      if (timer === null) return;
      clearTimeout(timer);
      timer = null;
      if (isShown) redraw("");
    },
  };
}

/**
 * Does work that a person can stop: at Ctrl-C or SIGTERM it throws what `stopped` gives and waits for the work no longer, which
 * the program then has to end.
 */
export async function stoppable<T>(work: () => Promise<T>, stopped: () => SitrepError): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (): void => controller.abort();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const one of signals) process.once(one, stop);
  try {
    return await Promise.race([
      work(),
      new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(stopped()));
      }),
    ]);
  } catch (error) {
    // A program that was under way has had the same signal, and may have failed first.
    throw signal.aborted ? stopped() : error;
  } finally {
    for (const one of signals) process.off(one, stop);
  }
}

/** How long there is still to wait. */
export function countDown(label: string, ms: number): Disposable {
  const end = performance.now() + ms;
  const left = (): number => Math.max(0, Math.round((end - performance.now()) / 1000));
  return showWhile(() => `${label}: ${left()} s left. Ctrl-C cancels.`);
}

/** How long it has taken so far. */
export function countUp(label: string): Disposable {
  const started = performance.now();
  return showWhile(
    () => `${label}: ${Math.round((performance.now() - started) / 1000)} s. Ctrl-C cancels.`,
  );
}
