// The behavior that both test servers share, so that one suite can run over either line of the SDK.

import { setTimeout as sleep } from "node:timers/promises";

export const tasks: { id: string; title: string }[] = [
  { id: "T-1", title: "Fix login" },
  { id: "T-2", title: "Rotate keys" },
];

/** Counts of events inside a server in this process. */
export interface Witness {
  cancelled: number;
  /** The number of connections that sent `initialize` or `server/discover`, as far as a test needs it. */
  sessions: number;
}

export const newWitness = (): Witness => ({ cancelled: 0, sessions: 0 });

export type Content = { content: { type: "text"; text: string }[] };

export const text = (value: string): Content => ({ content: [{ type: "text", text: value }] });

export const listAnswer = (): Content & { structuredContent: { tasks: typeof tasks } } => ({
  ...text(JSON.stringify({ tasks })),
  structuredContent: { tasks },
});

/** A result with one content block of each kind. */
export const everything = () => ({
  content: [
    { type: "text" as const, text: "a chart", annotations: { priority: 0.5 }, _meta: { n: 1 } },
    { type: "image" as const, data: "aW1hZ2U=", mimeType: "image/png" },
    { type: "audio" as const, data: "c291bmQ=", mimeType: "audio/wav" },
    { type: "resource_link" as const, uri: "tasks://all", name: "all", title: "All", size: 7 },
    {
      type: "resource" as const,
      resource: { uri: "tasks://1", text: "one", mimeType: "text/plain" },
    },
    { type: "resource" as const, resource: { uri: "tasks://2", blob: "AAE=" } },
  ],
  _meta: { "example.org/cost": 3 },
});

/** Reports progress in `steps` steps, 100 ms apart. */
export async function work(
  steps: number,
  report: (progress: number, total: number) => Promise<void>,
): Promise<Content> {
  for (let step = 1; step <= steps; step += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    await report(step, steps);
    // A client may drop a progress notification that arrives together with the response.
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
