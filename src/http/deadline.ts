// One deadline for a whole exchange, and the error that says what ended it: time or the caller.

import { SourceError } from "../core/source-error.ts";

export interface Deadline {
  readonly signal: AbortSignal;
  failure(): SourceError | null;
}

/** The error of a call whose caller aborted it: the caller's own `SourceError`, else `cancelled`. */
export function cancelledError(name: string, { reason }: AbortSignal): SourceError {
  if (reason instanceof SourceError) return reason;
  return new SourceError("cancelled", `The call to ${name} was cancelled.`, { cause: reason });
}

export function startDeadline(name: string, timeoutMs: number, caller?: AbortSignal): Deadline {
  const time = AbortSignal.timeout(timeoutMs);
  return {
    signal: caller === undefined ? time : AbortSignal.any([caller, time]),
    failure: () => {
      if (caller?.aborted === true) return cancelledError(name, caller);
      if (!time.aborted) return null;
      return new SourceError("source-timeout", `${name} did not respond within ${timeoutMs} ms.`, {
        hint: "Check the server, or give it more time.",
      });
    },
  };
}

/** Rejects with the signal's reason as soon as it is aborted, even if `work` ignores it. */
export function abortable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort));
  });
}
