import { SourceError } from "../core/source-error.ts";
import type { PolicyCall, PolicySettings } from "./policy-settings.ts";

/** Refused, reset, timeout, 429 and 5xx; no other 4xx. */
const isTransient = ({ code, status }: SourceError): boolean =>
  ["source-unreachable", "source-timeout", "source-rate-limited"].includes(code) ||
  (code === "source-failed" && status !== null && status >= 500);

/** True if the server may have done what the call asks for, so that a retry could do it twice. */
function mayHaveHappened(call: PolicyCall<unknown>, error: SourceError): boolean {
  if (call.kind === "read" || call.hasIdempotencyKey === true || error.isUnsent) return false;
  // 429 comes instead of the work.
  return error.code !== "source-rate-limited";
}

/** The wait that the server asks for, as far as it is heeded. Milliseconds; 0 without one. */
export const requestedWaitMs = (settings: PolicySettings, error: SourceError): number =>
  Math.min(error.retryAfterMs ?? 0, settings.maxRetryAfterMs);

/** The wait before retry `attempt` (from 1): 0.5 to 1.5 times the setting, or the server's longer wish. */
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

/** `leftMs`: of the whole call. A wait that would outlast it is not started. */
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
