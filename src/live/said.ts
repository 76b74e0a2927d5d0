// What a tool call's hook has told a session, left for the monitor to keep: that hook opens no database.

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseObject } from "../core/read.ts";
import { readTelling } from "../core/telling.ts";
import type { Telling } from "../core/telling.ts";
import { sessionIdOf } from "../core/session.ts";
import { readSmallFile } from "../small-files/read-small-file.ts";

const largestTelling = 64 * 1024;

/** Leaves word. Throws where the folder cannot be written. */
export function leaveSaid(live: string, telling: Telling): void {
  const suffix = `${process.pid}-${telling.at.toString(36)}`;
  const file = join(live, `${telling.sessionId}.said.${suffix}`);
  writeFileSync(file, JSON.stringify(telling), { mode: 0o600 });
}

export interface Said {
  /** To be removed once it is kept. */
  file: string;
  /** Null: not readable. */
  telling: Telling | null;
}

/** What was left and not kept yet, oldest first. */
export function readSaid(live: string): Said[] {
  return readdirSync(live)
    .flatMap((name) => {
      const [id, state] = name.split(".");
      if (state !== "said" || sessionIdOf(id) === null) return [];
      const file = join(live, name);
      const telling = readTelling(parseObject(readSmallFile(file, largestTelling) ?? ""));
      return [{ file, telling: telling?.sessionId === id ? telling : null }];
    })
    .toSorted((left, right) => (left.telling?.at ?? 0) - (right.telling?.at ?? 0));
}
