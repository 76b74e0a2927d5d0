// News for a session, as files that change hands by rename: whoever renames a sheet has it, so each is told at most
// once, also when tool calls run in parallel and when the monitor takes a sheet back to better it.

import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readNewsSheet } from "../core/news-json.ts";
import type { NewsSheet } from "../core/news-json.ts";
import { parseObject } from "../core/read.ts";
import { sessionIdOf } from "../core/session.ts";
import { sheetKinds } from "../core/told.ts";
import type { SheetKind } from "../core/told.ts";
import { wakeMonitor } from "./lease.ts";
import { readSmallFile } from "../small-files/read-small-file.ts";

const largestSheet = 256 * 1024;
const sheetFile = (live: string, sessionId: string, kind: SheetKind): string =>
  join(live, `${sessionId}.${kind}`);

let moves = 0;
/** A name that no other process and no other move gives. */
const ownSuffix = (): string => `${process.pid}-${Date.now().toString(36)}-${(moves += 1)}`;

function moveAway(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Lays out a sheet. The one before must have been withdrawn or claimed. */
export function publishSheet(
  live: string,
  sessionId: string,
  kind: SheetKind,
  sheet: NewsSheet,
): void {
  const file = sheetFile(live, sessionId, kind);
  const draft = `${file}.draft.${ownSuffix()}`;
  writeFileSync(draft, JSON.stringify(sheet), { mode: 0o600 });
  renameSync(draft, file);
}

/** Takes a sheet back that nobody has claimed. False when there is none (any more). */
export function withdrawSheet(live: string, sessionId: string, kind: SheetKind): boolean {
  const file = sheetFile(live, sessionId, kind);
  const away = `${file}.draft.${ownSuffix()}`;
  if (!moveAway(file, away)) return false;
  rmSync(away, { force: true });
  return true;
}

/** Takes a sheet to tell it; it stays as a told one until the monitor has noted it. Null when there is none. */
export function claimSheet(live: string, sessionId: string, kind: SheetKind): NewsSheet | null {
  const told = join(live, `${sessionId}.told.${kind}.${ownSuffix()}`);
  if (!moveAway(sheetFile(live, sessionId, kind), told)) return null;
  wakeMonitor(live);
  return readNewsSheet(parseObject(readSmallFile(told, largestSheet) ?? ""));
}

/** The sheet that waits for a session, left where it is. */
export function peekSheet(live: string, sessionId: string, kind: SheetKind): NewsSheet | null {
  const text = readSmallFile(sheetFile(live, sessionId, kind), largestSheet);
  return readNewsSheet(parseObject(text ?? ""));
}

export interface ToldSheet {
  sessionId: string;
  kind: SheetKind;
  sheet: NewsSheet;
  /** To be removed once it is noted. */
  file: string;
}

/** The sheets that were told, to one session or to all, and are not yet noted. Unreadable ones are removed. */
export function readToldSheets(live: string, ofSession?: string): ToldSheet[] {
  return readdirSync(live).flatMap((name) => {
    const [id, state, kindText] = name.split(".");
    if (ofSession !== undefined && id !== ofSession) return [];
    const sessionId = sessionIdOf(id);
    const kind = sheetKinds.find((one) => one === kindText);
    if (state !== "told" || sessionId === null || kind === undefined) return [];
    const file = join(live, name);
    const sheet = readNewsSheet(parseObject(readSmallFile(file, largestSheet) ?? ""));
    if (sheet !== null) return [{ sessionId, kind, sheet, file }];
    rmSync(file, { force: true });
    return [];
  });
}
