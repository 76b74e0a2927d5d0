// What both test servers do, so that one suite can run over either line of the SDK.

import { setTimeout as sleep } from "node:timers/promises";

export const tasks: { id: string; title: string }[] = [
  { id: "T-1", title: "Fix login" },
  { id: "T-2", title: "Rotate keys" },
];

/** What happened inside a server in this process. */
export interface Witness {
  cancelled: number;
  /** Ids of the connections' `initialize` or `server/discover`, as far as a test needs to count them. */
  sessions: number;
}

export const newWitness = (): Witness => ({ cancelled: 0, sessions: 0 });

export type Content = { content: { type: "text"; text: string }[] };

export const text = (value: string): Content => ({ content: [{ type: "text", text: value }] });

export const listAnswer = (): Content & { structuredContent: { tasks: typeof tasks } } => ({
  ...text(JSON.stringify({ tasks })),
  structuredContent: { tasks },
});

/** Reports `steps` steps, 100 ms apart. */
export async function work(
  steps: number,
  report: (progress: number, total: number) => Promise<void>,
): Promise<Content> {
  for (let step = 1; step <= steps; step += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    await report(step, steps);
    // A client may drop the word of progress that comes together with the answer.
    // oxlint-disable-next-line no-await-in-loop
    await sleep(100);
  }
  return text("done");
}

/** Does not answer until it is cancelled. */
export function waitForCancel(signal: AbortSignal, witness: Witness): Promise<Content> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      witness.cancelled += 1;
      resolve(text("cancelled"));
    });
  });
}
