// The sessions that have ended: the gate of SessionEnd leaves a file, the monitor takes it.

import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { sessionIdOf } from "../../core/session.ts";

const ending = ".ended";

export interface EndedSession {
  sessionId: string;
  /** Epoch milliseconds. */
  at: number;
}

export function readEnded(live: string): EndedSession[] {
  return readdirSync(live).flatMap((name) => {
    if (!name.endsWith(ending)) return [];
    const sessionId = sessionIdOf(name.slice(0, -ending.length));
    const at = statSync(join(live, name), { throwIfNoEntry: false })?.mtimeMs;
    return sessionId === null || at === undefined ? [] : [{ sessionId, at: Math.floor(at) }];
  });
}

/** A session that begins again has not ended. */
export function forgetEnded(live: string, sessionId: string): void {
  rmSync(join(live, `${sessionId}${ending}`), { force: true });
}
