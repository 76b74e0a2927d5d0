// Which failure is tried again, and after what wait.

import { SourceError } from "../core/source-error.ts";
import type { PolicyCall, PolicySettings } from "./policy-settings.ts";

/** Failures that may pass by themselves: refused, reset, timeout, 429 and 5xx. No other 4xx. */
const isPassing = ({ code, status }: SourceError): boolean =>
  ["source-unreachable", "source-timeout", "source-rate-limited"].includes(code) ||
  (code === "source-failed" && status !== null && status >= 500);

/** True when the server can have done what a call asked for, so that asking again could do it twice. */
function mayHaveHappened(call: PolicyCall<unknown>, error: SourceError): boolean {
  if (call.kind === "read" || call.hasIdempotencyKey === true || error.isUnsent) return false;
  // 429 is an answer in place of the work.
  return error.code !== "source-rate-limited";
}

/** The server's own wish, as far as it is heeded. Milliseconds; 0 without one. */
export const wishedWaitMs = (settings: PolicySettings, error: SourceError): number =>
  Math.min(error.retryAfterMs ?? 0, settings.longestRetryAfterMs);

/** The wait before repetition `attempt` (from 1): half to one and a half times the setting, or the server's longer wish. */
export function waitBefore(
  settings: PolicySettings,
  attempt: number,
  error: unknown,
  random: number,
): number {
  const base = settings.retryDelaysMs[attempt - 1] ?? settings.retryDelaysMs.at(-1) ?? 0;
  const wish = error instanceof SourceError ? wishedWaitMs(settings, error) : 0;
  return Math.max(base * (0.5 + random), wish);
}

/** `leftMs` is what is left of the whole call: a wait that would outlast it is not begun. */
export function mayRetry(
  settings: PolicySettings,
  call: PolicyCall<unknown>,
  error: unknown,
  leftMs: number,
): boolean {
  return (
    error instanceof SourceError &&
    isPassing(error) &&
    !mayHaveHappened(call, error) &&
    wishedWaitMs(settings, error) < leftMs
  );
}
