// What sessions were told: what is kept in the cache, and what tool calls' hooks have left since the monitor's last turn.

import { existsSync } from "node:fs";
import { openCacheForReading } from "../state/cache/cache-file.ts";
import { readDeliveries } from "../state/cache/deliveries.ts";
import type { Delivery } from "../core/delivery.ts";
import { readOutbox } from "../state/live/outbox.ts";
import type { CommandContext } from "../config/context.ts";

const readTimeoutMs = 1000;
const mostOfOneSession = 1000;

/** To one session everything, to all the last `most`; oldest first. Throws as the cache does. */
export function deliveriesOf(
  context: CommandContext,
  sessionId: string | null,
  most: number,
): readonly Delivery[] {
  const { cache, live } = context.files;
  const limit = sessionId === null ? most : mostOfOneSession;
  const left = (existsSync(live) ? readOutbox(live) : [])
    .map((said) => said.delivery)
    .filter((delivery) => delivery !== null)
    .filter((delivery) => sessionId === null || delivery.sessionId === sessionId);
  if (!existsSync(cache)) return left.slice(-limit);
  const db = openCacheForReading(cache, readTimeoutMs);
  try {
    return [...readDeliveries(db, sessionId, limit), ...left]
      .toSorted((one, other) => one.at - other.at)
      .slice(-limit);
  } finally {
    db.close();
  }
}
