// What the hook of a tool call has delivered, left for the monitor to record: that hook opens no database.

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseObject } from "../../core/read.ts";
import { readDelivery, type Delivery } from "../../core/delivery.ts";
import { sessionIdOf } from "../../core/session.ts";
import { readSmallFile } from "../files/read-small-file.ts";

const largestDelivery = 64 * 1024;

/** Writes a delivery. Throws where the folder cannot be written. */
export function postDelivery(live: string, delivery: Delivery): void {
  const suffix = `${process.pid}-${delivery.at.toString(36)}`;
  const file = join(live, `${delivery.sessionId}.outbox.${suffix}`);
  writeFileSync(file, JSON.stringify(delivery), { mode: 0o600 });
}

export interface OutboxEntry {
  /** To be removed once it is recorded. */
  file: string;
  /** Null: not readable. */
  delivery: Delivery | null;
}

/** What is not recorded yet, oldest first. */
export function readOutbox(live: string): OutboxEntry[] {
  return readdirSync(live)
    .flatMap((name) => {
      const [id, state] = name.split(".");
      if (state !== "outbox" || sessionIdOf(id) === null) return [];
      const file = join(live, name);
      const delivery = readDelivery(parseObject(readSmallFile(file, largestDelivery)));
      return [{ file, delivery: delivery?.sessionId === id ? delivery : null }];
    })
    .toSorted((left, right) => (left.delivery?.at ?? 0) - (right.delivery?.at ?? 0));
}
