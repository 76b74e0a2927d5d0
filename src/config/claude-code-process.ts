// The process of each session's client, kept beside its stamp, so that a monitor or a hook that comes later knows of its
// end too. A pid says something only where it was given: among the processes of one boot and one pid namespace, since a
// state folder may be shared with a container or another machine.

import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { publishFile } from "../state/files/replace-file.ts";
import { clientFileOf, listLive, readClients } from "../state/live/stamps.ts";
import { processMark } from "./process-identity.ts";

/** A process that was seen alive. */
export interface ClientProcess {
  pid: number;
  /** See `processMark`. */
  mark: string;
}

/** Which processes this one's pids number; null where that is not told, as elsewhere than on Linux. */
function pidSpace(): string | null {
  if (process.platform !== "linux") return null;
  try {
    // A /proc of another namespace than one's own numbers others.
    if (readlinkSync("/proc/self") !== String(process.pid)) return null;
    const boot = readSmallFile("/proc/sys/kernel/random/boot_id", 4096, { hasSize: false });
    return boot === null ? null : `${boot.trim()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return null;
  }
}

export function keepClient(live: string, sessionId: string, { pid, mark }: ClientProcess): void {
  const space = pidSpace();
  if (space === null) return;
  try {
    publishFile(join(live, clientFileOf(sessionId)), `${pid}\0${mark}\0${space}`);
  } catch {
    // A full disk: whoever has seen it alive knows of its end all the same.
  }
}

/** The client as it was seen alive, by whoever saw the same processes as we; else null. */
export function readKeptClient(live: string, sessionId: string): ClientProcess | null {
  const text = readSmallFile(join(live, clientFileOf(sessionId)), 4096);
  if (text === null) return null;
  const [pid, mark, space] = text.split("\0");
  return mark !== undefined && space === pidSpace() ? { pid: Number(pid), mark } : null;
}

/** True where a session's client, as its last stamp or start names it, was seen alive and is no more. */
export function isClaudeCodeGone(live: string, sessionId: string): boolean {
  const kept = readKeptClient(live, sessionId);
  if (kept === null) return false;
  const [client] = readClients(listLive(live, [sessionId, `${sessionId}.start`]));
  return client?.pid === kept.pid && processMark(kept.pid) !== kept.mark;
}
