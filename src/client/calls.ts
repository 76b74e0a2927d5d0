// The calls of the library: their names in failures, their end with the client, and the events that there are.

import { SitrepError } from "../core/errors.ts";
import { defined } from "../core/read.ts";
import { SourceError } from "../core/source-error.ts";

/** The same failure, with the call of the library that failed. Branch on its `code`. */
export function namedBy(call: string, error: unknown): unknown {
  if (!(error instanceof SitrepError) || error.message.startsWith(`${call}: `)) return error;
  const { hint, cause } = error;
  const message = `${call}: ${error.message}`;
  if (!(error instanceof SourceError)) {
    return new SitrepError(error.code, message, defined({ hint, cause }));
  }
  const { code, status, retryAfterMs, isUnsent, challenge, bodyStart } = error;
  const known = { hint, cause, status: status ?? undefined, bodyStart: bodyStart ?? undefined };
  const rest = { isUnsent, challenge, retryAfterMs: retryAfterMs ?? undefined };
  return new SourceError(code, message, defined({ ...known, ...rest }));
}

/** Names a client's calls in their failures, and refuses them once it is closed. */
export interface CallsOfClient {
  /** Throws `usage` once it is closed. */
  run<T>(call: string, work: () => T | Promise<T>): Promise<T>;
  /** True the first time. */
  close(): boolean;
}

export function callsOf(name: string): CallsOfClient {
  let isClosed = false;
  return {
    run: async (call, work) => {
      if (isClosed) throw new SitrepError("usage", `${call}: the client of ${name} was closed.`);
      try {
        return await work();
      } catch (error) {
        throw namedBy(call, error);
      }
    },
    close: () => {
      const wasOpen = !isClosed;
      isClosed = true;
      return wasOpen;
    },
  };
}

type On<Events> = <E extends keyof Events>(event: E, listener: Events[E]) => () => void;

/** `on`, which throws `usage` for an event that there is not. `events` says each of them. */
export function knownEvents<Events extends object>(
  on: On<Events>,
  events: { readonly [E in keyof Events]: true },
): On<Events> {
  return (event, listener) => {
    if (Object.hasOwn(events, event) && typeof listener === "function") return on(event, listener);
    throw new SitrepError("usage", `on: no event "${String(event)}", or no function to tell.`, {
      hint: `There are: ${Object.keys(events).join(", ")}.`,
    });
  };
}

export const connectionEvents = {
  connected: true,
  disconnected: true,
  error: true,
  maxReconnectAttemptsReached: true,
  listChanged: true,
} as const;
