// What sessions were told: what is kept in the cache, and what tool calls' hooks have left since the monitor's last turn.

import { existsSync } from "node:fs";
import { openCacheForReading } from "../cache/cache-file.ts";
import { readTellings } from "../cache/tellings.ts";
import type { Telling } from "../core/telling.ts";
import { readSaid } from "../live/said.ts";
import type { CliWorld } from "./cli-world.ts";

const readTimeoutMs = 1000;
const mostOfOneSession = 1000;

/** To one session everything, to all the last `most`; oldest first. Throws as the cache does. */
export function tellingsOf(
  world: CliWorld,
  sessionId: string | null,
  most: number,
): readonly Telling[] {
  const { cache, live } = world.files;
  const limit = sessionId === null ? most : mostOfOneSession;
  const left = (existsSync(live) ? readSaid(live) : [])
    .map((said) => said.telling)
    .filter((telling) => telling !== null)
    .filter((telling) => sessionId === null || telling.sessionId === sessionId);
  if (!existsSync(cache)) return left.slice(-limit);
  const db = openCacheForReading(cache, readTimeoutMs);
  try {
    return [...readTellings(db, sessionId, limit), ...left]
      .toSorted((one, other) => one.at - other.at)
      .slice(-limit);
  } finally {
    db.close();
  }
}
