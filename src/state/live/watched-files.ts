// The files that a session's calls are compared with, which of them were reported to it, and which it changed itself.

import { appendFileSync, closeSync, existsSync, openSync, readdirSync, rmSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { readWatchedFiles, type ConcernedFile, type WatchedFiles } from "../../core/file-news.ts";
import { parseObject, readString } from "../../core/read.ts";
import { readSmallFile } from "../files/read-small-file.ts";
import { publishFile } from "../files/replace-file.ts";

const largestFile = 512 * 1024;
const largestEdits = 256 * 1024;

const watchedFile = (live: string, sessionId: string): string => join(live, `${sessionId}.files`);
const editsFile = (live: string, sessionId: string): string => join(live, `${sessionId}.edits`);

/** Publishes the watched files, or removes them (null). Unlike news they are not claimed: they hold for every call. */
export function publishWatchedFiles(
  live: string,
  sessionId: string,
  watched: WatchedFiles | null,
): void {
  const file = watchedFile(live, sessionId);
  if (watched === null) return rmSync(file, { force: true });
  publishFile(file, JSON.stringify(watched));
}

export function readWatchedFilesOf(live: string, sessionId: string): WatchedFiles | null {
  return readWatchedFiles(parseObject(readSmallFile(watchedFile(live, sessionId), largestFile)));
}

/** The path from the root, or null for a file elsewhere. */
export function pathWithin(root: string, file: string): string | null {
  if (!isAbsolute(file)) return null;
  const path = relative(root, file);
  return path === "" || path.startsWith("..") || isAbsolute(path) ? null : path;
}

/** FNV-1a, 32 bits: names a file for a mark; two that share a name cost one report. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

const markFile = (live: string, sessionId: string, { path, concern }: ConcernedFile): string =>
  join(live, `${sessionId}.file-reported.${hashOf(`${concern} ${path}`)}`);

export const isFileReported = (live: string, sessionId: string, file: ConcernedFile): boolean =>
  existsSync(markFile(live, sessionId, file));

/** True once for each file and concern of a session, whatever runs at the same time. */
export function markFileReported(live: string, sessionId: string, file: ConcernedFile): boolean {
  try {
    closeSync(openSync(markFile(live, sessionId, file), "wx", 0o600));
    return true;
  } catch {
    return false;
  }
}

/** Records that a session's call changes this file (an absolute path). */
export function noteEdit(live: string, sessionId: string, file: string): void {
  appendFileSync(editsFile(live, sessionId), `${JSON.stringify({ file })}\n`, { mode: 0o600 });
}

/** The absolute paths of the files that a session's calls changed. */
export function readEdits(live: string, sessionId: string): string[] {
  const text = readSmallFile(editsFile(live, sessionId), largestEdits) ?? "";
  return [...new Set(text.split("\n"))].flatMap((line) => {
    const file = readString(parseObject(line)?.["file"]);
    return file === undefined ? [] : [file];
  });
}

/** Deliveries are still to be recorded; whoever does that removes their files. */
const toBeRecorded: ReadonlySet<string | undefined> = new Set(["delivered", "outbox"]);

/** Removes what belongs to a session: its stamp, watched files and marks. */
export function removeSessionFiles(live: string, sessionId: string): void {
  for (const name of readdirSync(live)) {
    const [id, state] = name.split(".");
    if (id === sessionId && !toBeRecorded.has(state)) rmSync(join(live, name), { force: true });
  }
}
