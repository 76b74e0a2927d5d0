import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, SitrepError } from "../core/errors.ts";
import { SourceError, withMessage } from "../core/source-error.ts";
import { abortable, startDeadline } from "../http/deadline.ts";
import { checkOptions } from "./option-checks.ts";

/** The same failure, with the name of the library's call. */
export function prefixError(call: string, error: unknown): unknown {
  if (!(error instanceof SitrepError) || error.message.startsWith(`${call}: `)) return error;
  const message = `${call}: ${error.message}`;
  if (error instanceof SourceError) return withMessage(error, message);
  const { code, hint, cause } = error;
  return new SitrepError(code, message, { hint, cause });
}

export type Fallback<F> = (failure: SourceError) => F | Promise<F>;

/** Names a client's calls in their failures, and refuses them once it is closed. */
export function createCalls(name: string) {
  let isClosed = false;

  /** Throws `usage` once it is closed. */
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
    /** `waitForConnection` of a client that asks its server by `ask`. */
    waitFor:
      (ask: (signal: AbortSignal) => Promise<void>) =>
      (ms = 10_000): Promise<void> =>
        run("waitForConnection", () => {
          checkOptions("waitForConnection", { ms });
          return awaitResponse(name, ask, ms);
        }),
    /** True the first time. */
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
  /** How long it took. Milliseconds. */
  ms: number;
  /** Null after a success. */
  code: string | null;
  message: string | null;
  hint: string | null;
}

/** Never throws: a failure of `attempt` is the result. */
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
/** Failures that end when the server has started. */
const passing = new Set(["source-unreachable", "source-timeout", "source-cooldown"]);

/** Asks until the server answers. Throws `source-timeout` after `ms`, and at once a failure that waiting would not end. */
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
