// The files that the gates leave: a stamp at each tool call, which says that a session lives and where, and a mark when
// it has ended.

import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { sessionIdOf } from "../../core/session.ts";
import { readSmallFile } from "../files/read-small-file.ts";
import { leaseFile, wakeFile } from "./lease.ts";

export interface Stamp {
  sessionId: string;
  /** Epoch milliseconds of its last tool call. */
  at: number;
  /** The folder in which it was; empty when not known. */
  cwd: string;
}

const changedAt = (file: string): number =>
  statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;

/** What stood in each file at its last change: whoever looks again and again reads what is new. */
export type KnownStamps = Map<string, { at: number; fields: string[] }>;

/** Its fields: the project's folder, the working folder, the client's process. */
function fieldsOf(live: string, name: string, at: number, known?: KnownStamps): string[] {
  const before = known?.get(name);
  if (before?.at === at) return before.fields;
  const fields = (readSmallFile(join(live, name), 8192) ?? "").split("\0");
  known?.set(name, { at, fields });
  return fields;
}

function readStamp(
  live: string,
  name: string,
  { sessionId, at, known }: { sessionId: string; at: number; known?: KnownStamps | undefined },
): Stamp {
  const [projectDir, cwd] = fieldsOf(live, name, at, known);
  return { sessionId, at: Math.floor(at), cwd: cwd || projectDir || "" };
}

/** The stamps set since `since`. Sessions whose file cannot be read are left out. */
export function readStamps(live: string, since: number, known?: KnownStamps): Stamp[] {
  return readdirSync(live).flatMap((name) => {
    const sessionId = sessionIdOf(name);
    if (sessionId === null) return [];
    const at = changedAt(join(live, name));
    return at < since ? [] : [readStamp(live, name, { sessionId, at, known })];
  });
}

/**
 * The starts whose hook has not come to the point of writing: a brief's run leaves its claim just before it does. Those
 * since `since`, and those of the sessions in `alive`.
 */
export function readSilentStarts(live: string, since: number, alive: ReadonlySet<string>): Stamp[] {
  const claimedAt = new Map<string, number>();
  const starts: Stamp[] = [];
  // A claim comes before its session's start in the order of names.
  for (const name of readdirSync(live).toSorted()) {
    const [id, state, event = ""] = name.split(".");
    const sessionId = sessionIdOf(id);
    if (sessionId === null) continue;
    if (state === "claim" && !event.startsWith("agent-")) {
      const at = Math.max(claimedAt.get(sessionId) ?? 0, changedAt(join(live, name)));
      claimedAt.set(sessionId, at);
    }
    if (state !== "start") continue;
    const at = changedAt(join(live, name));
    const isOfUse = at >= since || (at > 0 && alive.has(sessionId));
    if (isOfUse && (claimedAt.get(sessionId) ?? 0) < at)
      starts.push(readStamp(live, name, { sessionId, at }));
  }
  return starts;
}

/** Dates the stamps that are later than `now` and a slack as of `now`. */
export function bringStampsBack(live: string, now: number, slackMs: number): void {
  for (const { sessionId } of readStamps(live, now + slackMs)) {
    utimesSync(join(live, sessionId), now / 1000, now / 1000);
  }
}

/** The client's process of each session, by its last stamp or its start. */
export function readClients(
  live: string,
  known?: KnownStamps,
): { sessionId: string; pid: number }[] {
  const names = readdirSync(live);
  const there = new Set(names);
  for (const name of known?.keys() ?? []) if (!there.has(name)) known?.delete(name);
  return names.flatMap((name) => {
    const sessionId = sessionIdOf(name.replace(/\.start$/, ""));
    if (sessionId === null) return [];
    const pid = Number(fieldsOf(live, name, changedAt(join(live, name)), known)[2]);
    return Number.isSafeInteger(pid) && pid > 1 ? [{ sessionId, pid }] : [];
  });
}

/** Removes everything that belongs to sessions not seen since `before`. */
export function removeOldStamps(live: string, before: number): void {
  for (const name of readdirSync(live)) {
    if (join(live, name) === leaseFile(live) || join(live, name) === wakeFile(live)) continue;
    const at = statSync(join(live, name), { throwIfNoEntry: false })?.mtimeMs;
    if (at !== undefined && at < before) rmSync(join(live, name), { force: true, recursive: true });
  }
}

/** How long a call of git is taken to be under way: nothing tells its end. */
const gitCallMs = 2000;

/** True when a session has just called git, by the mark that the gate of such calls leaves. */
export function isCallingGit(live: string, sessionId: string, now: number): boolean {
  const mark = statSync(join(live, `${sessionId}.git-call`), { throwIfNoEntry: false });
  return mark !== undefined && Math.abs(now - mark.mtimeMs) < gitCallMs;
}

/** The sessions that have left a mark with this ending, and when: `.ended`, or `.turn` at a turn's end. */
export function readMarks(
  live: string,
  ending: ".ended" | ".turn",
): Pick<Stamp, "sessionId" | "at">[] {
  return readdirSync(live).flatMap((name) => {
    if (!name.endsWith(ending)) return [];
    const sessionId = sessionIdOf(name.slice(0, -ending.length));
    const at = statSync(join(live, name), { throwIfNoEntry: false })?.mtimeMs;
    return sessionId === null || at === undefined ? [] : [{ sessionId, at: Math.floor(at) }];
  });
}

/** Takes a mark away: a session that begins again has not ended. */
export function removeMark(live: string, sessionId: string, ending: ".ended" | ".turn"): void {
  rmSync(join(live, `${sessionId}${ending}`), { force: true });
}
