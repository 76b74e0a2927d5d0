import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, SitrepError } from "../core/errors.ts";
import { SourceError, withMessage } from "../core/source-error.ts";
import { abortable, startDeadline } from "../http/deadline.ts";
import { checkOptions } from "./option-checks.ts";

/** Returns the same failure with the name of the library's call in front of its message. */
export function prefixError(call: string, error: unknown): unknown {
  if (!(error instanceof SitrepError) || error.message.startsWith(`${call}: `)) return error;
  const message = `${call}: ${error.message}`;
  if (error instanceof SourceError) return withMessage(error, message);
  const { code, hint, cause } = error;
  return new SitrepError(code, message, { hint, cause });
}

export type Fallback<F> = (failure: SourceError) => F | Promise<F>;

/** Adds the name of a client's call to its failures, and refuses calls once the client is closed. */
export function createCalls(name: string) {
  let isClosed = false;

  /** Throws `usage` once the client is closed. */
  async function run<T, F = never>(
    call: string,
    work: () => T | Promise<T>,
    fallback?: Fallback<F>,
  ): Promise<T | F> {
    if (isClosed) throw new SitrepError("usage", `${call}: the client for ${name} was closed.`);
    try {
      return await work();
    } catch (error) {
      const failure = prefixError(call, error);
      if (fallback === undefined || !(failure instanceof SourceError)) throw failure;
      return fallback(failure);
    }
  }

  return {
    run,
    /** The `waitForConnection` of a client. `ask` queries its server once. */
    waitFor:
      (ask: (signal: AbortSignal) => Promise<void>) =>
      (ms = 10_000): Promise<void> =>
        run("waitForConnection", () => {
          checkOptions("waitForConnection", { ms });
          return awaitResponse(name, ask, ms);
        }),
    /** Returns true for the first call only. */
    close: (): boolean => {
      const wasOpen = !isClosed;
      isClosed = true;
      return wasOpen;
    },
  };
}

type On<Events> = <E extends keyof Events>(event: E, listener: Events[E]) => () => void;

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

export interface ConnectionTest {
  isConnected: boolean;
  /** The duration of the attempt in milliseconds. */
  ms: number;
  /** Null after a success. */
  code: string | null;
  message: string | null;
  hint: string | null;
}

/** Runs `attempt`. Never throws: the result describes a failure. */
export async function testConnection(attempt: () => Promise<void>): Promise<ConnectionTest> {
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  try {
    await attempt();
    return { isConnected: true, ms: took(), code: null, message: null, hint: null };
  } catch (error) {
    return {
      isConnected: false,
      ms: took(),
      code: codeOf(error),
      message: error instanceof Error ? error.message : String(error),
      hint: error instanceof SitrepError ? (error.hint ?? null) : null,
    };
  }
}

const betweenMs = 200;
/** Failures that may end once the server has started. */
const passing = new Set(["source-unreachable", "source-timeout", "source-cooldown"]);

/** Asks until the server answers. Throws `source-timeout` after `ms`, and at once if waiting cannot end the failure. */
async function awaitResponse(
  name: string,
  ask: (signal: AbortSignal) => Promise<void>,
  ms: number,
): Promise<void> {
  const deadline = startDeadline(name, ms);
  try {
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        return await abortable(deadline.signal, () => ask(deadline.signal));
      } catch (error) {
        const isPassing = error instanceof SourceError && passing.has(error.code);
        if (deadline.signal.aborted || !isPassing) throw error;
      }
      // oxlint-disable-next-line no-await-in-loop
      await sleep(betweenMs, undefined, { signal: deadline.signal });
    }
  } catch (error) {
    throw deadline.failure() ?? error;
  }
}
