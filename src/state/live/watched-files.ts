// The files that other sessions changed, and notes of the files that each session's calls change.

import {
  appendFileSync,
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { matchFiles, readWatchedFiles } from "../../core/news/file-news.ts";
import type { ConcernedFile, WatchedFiles } from "../../core/news/file-news.ts";
import { parseObject, readNumber } from "../../core/read.ts";
import { fileSize } from "../files/file-stats.ts";
import { readSmallFile } from "../files/read-small-file.ts";
import { publishFile } from "../files/replace-file.ts";

const largestFile = 512 * 1024;
const largestEdits = 128 * 1024;

const watchedFile = (live: string, sessionId: string): string => join(live, `${sessionId}.files`);
const editsFile = (live: string, sessionId: string): string => join(live, `${sessionId}.edits`);

/** Publishes the watched files, or removes them (null). Unlike news they are not claimed: every call reads them. */
export function publishWatchedFiles(
  live: string,
  sessionId: string,
  watched: WatchedFiles | null,
): void {
  const file = watchedFile(live, sessionId);
  if (watched === null) return rmSync(file, { force: true });
  publishFile(file, JSON.stringify(watched));
}

export function readSessionFiles(live: string, sessionId: string): WatchedFiles | null {
  return readWatchedFiles(parseObject(readSmallFile(watchedFile(live, sessionId), largestFile)));
}

/** The path from the root, or null for a file elsewhere. */
export function pathWithin(root: string, file: string): string | null {
  if (!isAbsolute(file)) return null;
  const path = relative(root, file);
  return path === "" || path.startsWith("..") || isAbsolute(path) ? null : path;
}

/** FNV-1a, 32 bits, for the name of a mark: when two files share a name, one report is lost. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

const markFile = (live: string, sessionId: string, { key }: ConcernedFile): string =>
  join(live, `${sessionId}.file-reported.${hashOf(key)}`);

export const isFileReported = (live: string, sessionId: string, file: ConcernedFile): boolean =>
  existsSync(markFile(live, sessionId, file));

/** True once for each file and concern of a session, even among concurrent calls. */
export function markFileReported(live: string, sessionId: string, file: ConcernedFile): boolean {
  try {
    closeSync(openSync(markFile(live, sessionId, file), "wx", 0o600));
    return true;
  } catch {
    return false;
  }
}

/** Notes that a session's call is about to change this file (an absolute path). `at`: epoch milliseconds. */
export function noteEdit(live: string, sessionId: string, file: string, at: number): void {
  const notes = editsFile(live, sessionId);
  // git already shows the earlier edits.
  if (fileSize(notes) >= largestEdits) rmSync(notes, { force: true });
  appendFileSync(notes, `${JSON.stringify({ file, at })}\n`, { mode: 0o600 });
}

function readEdits(live: string, sessionId: string, file: string): number[] {
  const text = readSmallFile(editsFile(live, sessionId), 2 * largestEdits) ?? "";
  const start = `{"file":${JSON.stringify(file)},`;
  return text.split("\n").flatMap((line) => {
    const at = line.startsWith(start) ? readNumber(parseObject(line)?.["at"]) : undefined;
    return at === undefined ? [] : [at];
  });
}

/** Other sessions' changes to a file, as of `now`. `path`: from the root. */
export const findConcerns = (
  live: string,
  watched: WatchedFiles,
  path: string,
  now: number,
): ConcernedFile[] =>
  matchFiles(watched, path, {
    now,
    edits: (sessionId, file) => readEdits(live, sessionId, file),
    modifiedAt: (file) => lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null,
  });

/** The monitor removes these files when it has recorded their deliveries. */
const toBeRecorded: ReadonlySet<string | undefined> = new Set(["delivered", "outbox"]);

/** Removes the stamps, watched files and marks of sessions. Reads the folder once, and not at all for no session. */
export function removeSessionFiles(live: string, ...sessionIds: readonly string[]): void {
  if (sessionIds.length === 0) return;
  const ended = new Set(sessionIds);
  for (const name of readdirSync(live)) {
    const [id = "", state] = name.split(".");
    if (ended.has(id) && !toBeRecorded.has(state)) rmSync(join(live, name), { force: true });
  }
}
