// A pid only counts within one boot and one pid namespace: containers may share a state folder.

import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { publishFile } from "../state/files/replace-file.ts";
import { processFile, listLive, readClaudeCodePids } from "../state/live/stamps.ts";
import { bootId, processMark } from "./process-identity.ts";

export interface ClaudeCodeProcess {
  pid: number;
  mark: string;
}

/** The namespace of this process's pids; null when the system does not say, as on macOS and Windows. */
function pidSpace(): string | null {
  if (process.platform !== "linux") return null;
  try {
    // /proc may be mounted from another namespace.
    if (readlinkSync("/proc/self") !== String(process.pid)) return null;
    const boot = bootId();
    return boot === null ? null : `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return null;
  }
}

export function keepProcess(live: string, sessionId: string, kept: ClaudeCodeProcess): void {
  const space = pidSpace();
  if (space === null) return;
  try {
    publishFile(join(live, processFile(sessionId)), `${kept.pid}\0${kept.mark}\0${space}`);
  } catch {
    // On a full disk, only the monitor that saw the process alive notices its end.
  }
}

export function readKeptProcess(live: string, sessionId: string): ClaudeCodeProcess | null {
  const text = readSmallFile(join(live, processFile(sessionId)), 4096);
  const [pid, mark, space] = text?.split("\0") ?? [];
  return mark !== undefined && space === pidSpace() ? { pid: Number(pid), mark } : null;
}

/** True when the Claude Code process that the session's last stamp or start names was seen alive and has ended. */
export function isClaudeCodeGone(live: string, sessionId: string): boolean {
  const kept = readKeptProcess(live, sessionId);
  if (kept === null) return false;
  const [client] = readClaudeCodePids(listLive(live, [sessionId, `${sessionId}.start`]));
  return client?.pid === kept.pid && processMark(kept.pid) !== kept.mark;
}
