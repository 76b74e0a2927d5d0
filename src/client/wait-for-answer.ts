// Waits until a server answers, as at the start of a program whose server starts beside it.

import { setTimeout as sleep } from "node:timers/promises";
import { SourceError } from "../core/source-error.ts";
import { abortable, startDeadline } from "../http/deadline.ts";

const betweenMs = 200;
/** What passes when the server has come up. */
const passing = new Set(["source-unreachable", "source-timeout", "source-cooldown"]);

/** Throws `source-timeout` after `ms`; what asking fails with at once, where waiting would not help. */
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
