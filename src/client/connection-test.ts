// Whether a server is there and lets us in: tried once, or until it answers.

import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, SitrepError } from "../core/errors.ts";
import { SourceError } from "../core/source-error.ts";
import { abortable, startDeadline } from "../http/deadline.ts";

export interface ConnectionTest {
  isConnected: boolean;
  /** How long it took. Milliseconds. */
  ms: number;
  /** Null when it went well. */
  code: string | null;
  message: string | null;
  hint: string | null;
}

/** Never throws: what `check` throws is the result. */
export async function testConnection(check: () => Promise<void>): Promise<ConnectionTest> {
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  try {
    await check();
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
/** What passes when the server has come up. */
const passing = new Set(["source-unreachable", "source-timeout", "source-cooldown"]);

/** Asks until the server answers, as at the start of a program whose server starts beside it. Throws `source-timeout` after `ms`; what asking fails with at once, where waiting would not help. */
export async function awaitAnswer(
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
