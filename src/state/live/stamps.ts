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

/** What lies in the live folder, looked at once however often it is asked. */
export interface LiveListing {
  readonly folder: string;
  readonly names: readonly string[];
  /** The modification time of a file of it, epoch milliseconds; the beginning of time when it is gone. */
  changedAt(name: string): number;
}

/** `names`: the files to look at where they are known. */
export function listLive(
  folder: string,
  names: readonly string[] = readdirSync(folder),
): LiveListing {
  const known = new Map<string, number>();
  const look = (name: string): number =>
    statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
  return {
    folder,
    names,
    changedAt: (name) => {
      const at = known.get(name) ?? look(name);
      known.set(name, at);
      return at;
    },
  };
}

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
export function readStamps(live: LiveListing, since: number, known?: KnownStamps): Stamp[] {
  return live.names.flatMap((name) => {
    const sessionId = sessionIdOf(name);
    if (sessionId === null) return [];
    const at = live.changedAt(name);
    return at < since ? [] : [readStamp(live.folder, name, { sessionId, at, known })];
  });
}

/**
 * The starts whose hook has not come to the point of writing: a brief's run leaves its claim just before it does. Those
 * since `since`, and those of the sessions in `alive`.
 */
export function readSilentStarts(
  live: LiveListing,
  since: number,
  alive: ReadonlySet<string>,
): Stamp[] {
  const claimedAt = new Map<string, number>();
  const starts: Stamp[] = [];
  // A claim comes before its session's start in the order of names.
  for (const name of live.names.toSorted()) {
    const [id, state, event = ""] = name.split(".");
    const sessionId = sessionIdOf(id);
    if (sessionId === null) continue;
    if (state === "claim" && !event.startsWith("agent-")) {
      const at = Math.max(claimedAt.get(sessionId) ?? 0, live.changedAt(name));
      claimedAt.set(sessionId, at);
    }
    if (state !== "start") continue;
    const at = live.changedAt(name);
    const isOfUse = at >= since || (at > 0 && alive.has(sessionId));
    if (isOfUse && (claimedAt.get(sessionId) ?? 0) < at)
      starts.push(readStamp(live.folder, name, { sessionId, at }));
  }
  return starts;
}

/** Dates the stamps that are later than `now` and a slack as of `now`. True where there was any. */
export function bringStampsBack(live: LiveListing, now: number, slackMs: number): boolean {
  const ahead = readStamps(live, now + slackMs);
  for (const { sessionId } of ahead)
    utimesSync(join(live.folder, sessionId), now / 1000, now / 1000);
  return ahead.length > 0;
}

/** Names the file that keeps which process a session's client is. */
export const clientFileOf = (sessionId: string): string => `${sessionId}.client`;

/** The client's process of each session, by its last stamp or its start, whichever is later. */
export function readClients(
  live: LiveListing,
  known?: KnownStamps,
): { sessionId: string; pid: number }[] {
  const there = new Set(live.names);
  for (const name of known?.keys() ?? []) if (!there.has(name)) known?.delete(name);
  const latest = new Map<string, string>();
  for (const name of live.names) {
    const sessionId = sessionIdOf(name.replace(/\.start$/, ""));
    if (sessionId === null) continue;
    const other = latest.get(sessionId);
    if (other === undefined || live.changedAt(other) < live.changedAt(name))
      latest.set(sessionId, name);
  }
  return [...latest].flatMap(([sessionId, name]) => {
    const pid = Number(fieldsOf(live.folder, name, live.changedAt(name), known)[2]);
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
  live: LiveListing,
  ending: ".ended" | ".turn",
): Pick<Stamp, "sessionId" | "at">[] {
  return live.names.flatMap((name) => {
    if (!name.endsWith(ending)) return [];
    const sessionId = sessionIdOf(name.slice(0, -ending.length));
    const at = live.changedAt(name);
    return sessionId === null || at < 0 ? [] : [{ sessionId, at: Math.floor(at) }];
  });
}

/** Takes a mark away: a session that begins again has not ended. */
export function removeMark(live: string, sessionId: string, ending: ".ended" | ".turn"): void {
  rmSync(join(live, `${sessionId}${ending}`), { force: true });
}
