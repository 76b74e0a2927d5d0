// `outbox.test.ts` runs this as a thread: it posts `deliveries` deliveries, one after the other.

import { workerData } from "node:worker_threads";
import { noData } from "../../src/core/news/delivery.ts";
import { postDelivery } from "../../src/state/live/outbox.ts";

const { live, deliveries } = workerData as { live: string; deliveries: number };

for (let at = 0; at < deliveries; at += 1) {
  postDelivery(live, {
    sessionId: "s1",
    project: null,
    at: Date.now(),
    event: "PreToolUse",
    cause: `call ${at}`,
    text: "x".repeat(4000),
    data: noData,
  });
}
