import { SourceError } from "../core/source-error.ts";
import type { PolicyCall, PolicySettings } from "./policy-settings.ts";

/** True for a refused or reset connection, a timeout, 429 and 5xx, but no other 4xx. */
const isTransient = ({ code, status }: SourceError): boolean =>
  ["source-unreachable", "source-timeout", "source-rate-limited"].includes(code) ||
  (code === "source-failed" && status !== null && status >= 500);

/** True if the server may have done what the call asks for, so that a retry could do it twice. */
function mayHaveHappened(call: PolicyCall<unknown>, error: SourceError): boolean {
  if (call.kind === "read" || call.hasIdempotencyKey === true || error.isUnsent) return false;
  // A server that answers 429 has not done the work.
  return error.code !== "source-rate-limited";
}

/** The wait that the server asks for, at most `maxRetryAfterMs`. Milliseconds; 0 without one. */
export const requestedWaitMs = (settings: PolicySettings, error: SourceError): number =>
  Math.min(error.retryAfterMs ?? 0, settings.maxRetryAfterMs);

/** The wait before retry `attempt` (from 1): 0.5 to 1.5 times the setting, or longer if the server asks for it. */
export function waitBefore(
  settings: PolicySettings,
  attempt: number,
  error: unknown,
  random: number,
): number {
  const base = settings.retryDelaysMs[attempt - 1] ?? settings.retryDelaysMs.at(-1) ?? 0;
  const wish = error instanceof SourceError ? requestedWaitMs(settings, error) : 0;
  return Math.max(base * (0.5 + random), wish);
}

/** `leftMs`: the time left for the whole call. False if the wait would outlast it. */
export function mayRetry(
  settings: PolicySettings,
  call: PolicyCall<unknown>,
  error: unknown,
  leftMs: number,
): boolean {
  return (
    error instanceof SourceError &&
    isTransient(error) &&
    !mayHaveHappened(call, error) &&
    requestedWaitMs(settings, error) < leftMs
  );
}
