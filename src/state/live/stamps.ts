// The files that the gates leave: a stamp at each tool call, which shows that a session is alive and where, and marks.

import { readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseSessionId } from "../../core/session.ts";
import { readChangedAt } from "../files/file-stats.ts";
import { readSmallFile } from "../files/read-small-file.ts";
import { leaseFile, wakeFile } from "./lease.ts";

export interface Stamp {
  sessionId: string;
  at: number;
  cwd: string;
}

/** The content of each stamp at its last change, kept from one listing to the next. */
export type KnownStamps = Map<string, { at: number; fields: string[] }>;

/** The live folder's files. Each one is read at most once. */
export interface LiveListing {
  readonly folder: string;
  readonly names: readonly string[];
  /** A file's modification time, epoch milliseconds; the beginning of time when it is gone. */
  changedAt(name: string): number;
  /** A stamp's fields: the project's folder, the working folder, the pid of Claude Code. */
  fieldsOf(name: string): string[];
}

export function listLive(
  folder: string,
  names: readonly string[] = readdirSync(folder),
  stamps: KnownStamps = new Map(),
): LiveListing {
  const there = new Set(names);
  for (const name of stamps.keys()) if (!there.has(name)) stamps.delete(name);
  const times = new Map<string, number>();
  function timeOf(name: string): number {
    const at = times.get(name) ?? readChangedAt(join(folder, name)) ?? Number.NEGATIVE_INFINITY;
    times.set(name, at);
    return at;
  }
  return {
    folder,
    names,
    changedAt: timeOf,
    fieldsOf: (name) => {
      const at = timeOf(name);
      const before = stamps.get(name);
      if (before?.at === at) return before.fields;
      const fields = (readSmallFile(join(folder, name), 8192) ?? "").split("\0");
      stamps.set(name, { at, fields });
      return fields;
    },
  };
}

function readStamp(live: LiveListing, name: string, sessionId: string): Stamp {
  const [projectDir, cwd] = live.fieldsOf(name);
  return { sessionId, at: Math.floor(live.changedAt(name)), cwd: cwd || projectDir || "" };
}

export const readStamps = (live: LiveListing, since: number): Stamp[] =>
  live.names.flatMap((name) => {
    const sessionId = parseSessionId(name);
    const isRecent = sessionId !== null && live.changedAt(name) >= since;
    return isRecent ? [readStamp(live, name, sessionId)] : [];
  });

/** Starts since `since`, or of sessions in `alive`, whose hook ended before its claim, which comes just before the brief. */
export function readUnclaimedStarts(
  live: LiveListing,
  since: number,
  alive: ReadonlySet<string>,
): Stamp[] {
  const claimedAt = new Map<string, number>();
  const starts: Stamp[] = [];
  // In sorted order, a session's claims precede its start.
  for (const name of live.names.toSorted()) {
    const [id, state, event = ""] = name.split(".");
    const sessionId = parseSessionId(id);
    if (sessionId === null) continue;
    if (state === "claim" && !event.startsWith("agent-")) {
      const at = Math.max(claimedAt.get(sessionId) ?? 0, live.changedAt(name));
      claimedAt.set(sessionId, at);
    }
    if (state !== "start") continue;
    const at = live.changedAt(name);
    const isOfUse = at >= since || (at > 0 && alive.has(sessionId));
    if (isOfUse && (claimedAt.get(sessionId) ?? 0) < at)
      starts.push(readStamp(live, name, sessionId));
  }
  return starts;
}

/** Resets stamps dated more than `slackMs` after `now` to `now`. Returns true if it changed any. */
export function clampFutureStamps(live: LiveListing, now: number, slackMs: number): boolean {
  const ahead = readStamps(live, now + slackMs);
  for (const { sessionId } of ahead)
    utimesSync(join(live.folder, sessionId), now / 1000, now / 1000);
  return ahead.length > 0;
}

/** The file with the process that runs a session's Claude Code. */
export const processFile = (sessionId: string): string => `${sessionId}.process`;

/** The pid of each session's Claude Code, by its last stamp or its start, whichever is later. */
export function readClaudeCodePids(live: LiveListing): { sessionId: string; pid: number }[] {
  const latest = new Map<string, string>();
  for (const name of live.names) {
    const sessionId = parseSessionId(name.replace(/\.start$/, ""));
    if (sessionId === null) continue;
    const other = latest.get(sessionId);
    if (other === undefined || live.changedAt(other) < live.changedAt(name))
      latest.set(sessionId, name);
  }
  return [...latest].flatMap(([sessionId, name]) => {
    const pid = Number(live.fieldsOf(name)[2]);
    return Number.isSafeInteger(pid) && pid > 1 ? [{ sessionId, pid }] : [];
  });
}

export function removeOldLiveFiles(live: string, before: number): void {
  for (const file of readdirSync(live).map((name) => join(live, name))) {
    if (file === leaseFile(live) || file === wakeFile(live)) continue;
    const at = readChangedAt(file);
    if (at !== undefined && at < before) rmSync(file, { force: true, recursive: true });
  }
}

/** How long a call of git is assumed to take: nothing reports its end. */
const gitCallMs = 2000;

/** True when a session has just called git, by the mark that the gate of such calls leaves. */
export function isCallingGit(live: string, sessionId: string, now: number): boolean {
  const at = readChangedAt(join(live, `${sessionId}.git-call`));
  return at !== undefined && Math.abs(now - at) < gitCallMs;
}

/** Leaves the same mark as the gate at the end of a turn. */
export const requestHandoff = (live: string, sessionId: string): void =>
  writeFileSync(join(live, `${sessionId}.turn`), "", { mode: 0o600 });

/** The sessions that have left a mark with this ending, and when: `.ended`, or `.turn` at the end of a turn. */
export const readMarks = (
  live: LiveListing,
  ending: ".ended" | ".turn",
): Pick<Stamp, "sessionId" | "at">[] =>
  live.names.flatMap((name) => {
    if (!name.endsWith(ending)) return [];
    const sessionId = parseSessionId(name.slice(0, -ending.length));
    const at = live.changedAt(name);
    return sessionId === null || at < 0 ? [] : [{ sessionId, at: Math.floor(at) }];
  });

export function removeSessionMark(
  live: string,
  sessionId: string,
  ending: ".ended" | ".turn",
): void {
  rmSync(join(live, `${sessionId}${ending}`), { force: true });
}
