// Deliveries of hooks that open no database, left for the monitor to record.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseObject } from "../../core/read.ts";
import { readDelivery, type Delivery } from "../../core/news/delivery.ts";
import { parseSessionId } from "../../core/session.ts";
import { readSmallFile } from "../files/read-small-file.ts";
import { ownSuffix, publishFile } from "../files/replace-file.ts";

const largestDelivery = 64 * 1024;

export function postDelivery(live: string, delivery: Delivery): void {
  // Whole from the start: the monitor, already awake, removes a file that it cannot read.
  publishFile(join(live, `${delivery.sessionId}.outbox.${ownSuffix()}`), JSON.stringify(delivery));
}

export interface OutboxEntry {
  file: string;
  delivery: Delivery | null;
}

export function readOutbox(live: string): OutboxEntry[] {
  return readdirSync(live)
    .flatMap((name) => {
      const [id, state, , draft] = name.split(".");
      if (state !== "outbox" || draft !== undefined || parseSessionId(id) === null) return [];
      const file = join(live, name);
      const delivery = readDelivery(parseObject(readSmallFile(file, largestDelivery)));
      return [{ file, delivery: delivery?.sessionId === id ? delivery : null }];
    })
    .toSorted((left, right) => (left.delivery?.at ?? 0) - (right.delivery?.at ?? 0));
}
