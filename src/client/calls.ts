// The calls of the library: their names in failures, their end with the client, and the events.

import { SitrepError } from "../core/errors.ts";
import { SourceError, withMessage } from "../core/source-error.ts";

/** The same failure, with the name of the library's call. */
export function namedBy(call: string, error: unknown): unknown {
  if (!(error instanceof SitrepError) || error.message.startsWith(`${call}: `)) return error;
  const message = `${call}: ${error.message}`;
  if (error instanceof SourceError) return withMessage(error, message);
  const { code, hint, cause } = error;
  return new SitrepError(code, message, { hint, cause });
}

/** Replaces a failed call's answer. It may throw. */
export type Fallback<F> = (failure: SourceError) => F | Promise<F>;

/** Names a client's calls in their failures, and refuses them once it is closed. */
export function callsOf(name: string) {
  let isClosed = false;
  return {
    /** Throws `usage` once it is closed. */
    run: async <T, F = never>(
      call: string,
      work: () => T | Promise<T>,
      fallback?: Fallback<F>,
    ): Promise<T | F> => {
      if (isClosed) throw new SitrepError("usage", `${call}: the client of ${name} was closed.`);
      try {
        return await work();
      } catch (error) {
        const failure = namedBy(call, error);
        if (fallback === undefined || !(failure instanceof SourceError)) throw failure;
        return fallback(failure);
      }
    },
    /** True the first time. */
    close: (): boolean => {
      const wasOpen = !isClosed;
      isClosed = true;
      return wasOpen;
    },
  };
}

type On<Events> = <E extends keyof Events>(event: E, listener: Events[E]) => () => void;

/** `on`, which throws `usage` for an event that is not one of `events`. */
export function knownEvents<Events extends object>(
  on: On<Events>,
  events: { readonly [E in keyof Events]: true },
): On<Events> {
  return (event, listener) => {
    if (Object.hasOwn(events, event) && typeof listener === "function") return on(event, listener);
    const what = `on: "${String(event)}" is not an event, or the listener is not a function.`;
    throw new SitrepError("usage", what, { hint: `Events: ${Object.keys(events).join(", ")}.` });
  };
}

export const connectionEvents = {
  connected: true,
  disconnected: true,
  error: true,
  maxReconnectAttemptsReached: true,
  listChanged: true,
} as const;
