import { Worker } from "node:worker_threads";
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { readOutbox } from "../../../src/state/live/outbox.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const deliveries = 500;

test("deliveries are read whole while others are written, and none is lost", async () => {
  const live = temporaryFolder();
  const posting = new Worker(new URL("../../support/outbox-worker.ts", import.meta.url), {
    workerData: { live, deliveries },
  });
  const read = new Set<string>();
  let isOver = false;
  const ended = new Promise((resolve) => posting.once("exit", resolve)).then(() => (isOver = true));
  for (let isLast = false; !isLast;) {
    isLast = isOver;
    for (const { file, delivery } of readOutbox(live)) {
      expect(delivery).not.toBeNull();
      read.add(delivery?.cause ?? "");
      rmSync(file, { force: true });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  expect(read.size).toBe(deliveries);
});
