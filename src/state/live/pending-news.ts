// Claimed by rename, which only one process can do: each is delivered at most once.

import { closeSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pendingKinds, readPendingNews } from "../../core/news/pending-news.ts";
import type { PendingKind, PendingNews } from "../../core/news/pending-news.ts";
import { parseObject } from "../../core/read.ts";
import { parseSessionId } from "../../core/session.ts";
import { wakeMonitor } from "./lease.ts";
import { openSmallFile, readOpened, readSmallFile } from "../files/read-small-file.ts";
import { ownSuffix, publishFile } from "../files/replace-file.ts";

const largestFile = 256 * 1024;
const newsFile = (live: string, sessionId: string, kind: PendingKind): string =>
  join(live, `${sessionId}.${kind}`);

function moveAway(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Writes pending news. The previous one must have been withdrawn or claimed. */
export function publishNews(
  live: string,
  sessionId: string,
  kind: PendingKind,
  pending: PendingNews,
): void {
  publishFile(newsFile(live, sessionId, kind), JSON.stringify(pending));
}

export function withdrawNews(live: string, sessionId: string, kind: PendingKind): boolean {
  const file = newsFile(live, sessionId, kind);
  const away = `${file}.draft.${ownSuffix()}`;
  if (!moveAway(file, away)) return false;
  rmSync(away, { force: true });
  return true;
}

/** Claims the news to deliver it. Its file stays until the monitor has recorded the delivery. Null when there is none. */
export function claimNews(live: string, sessionId: string, kind: PendingKind): PendingNews | null {
  const file = newsFile(live, sessionId, kind);
  const delivered = join(live, `${sessionId}.delivered.${kind}.${ownSuffix()}`);
  // The monitor may record and remove the claimed file before it is read here; an open file stays readable.
  const opened = openSmallFile(file);
  if (opened === null) return null;
  try {
    if (!moveAway(file, delivered)) return null;
    wakeMonitor(live);
    // By its name first: the opened file may have been replaced before the claim.
    const text = readSmallFile(delivered, largestFile) ?? readOpened(opened, largestFile);
    return readPendingNews(parseObject(text));
  } finally {
    closeSync(opened);
  }
}

export function peekNews(live: string, sessionId: string, kind: PendingKind): PendingNews | null {
  return readPendingNews(parseObject(readSmallFile(newsFile(live, sessionId, kind), largestFile)));
}

export interface DeliveredNews {
  sessionId: string;
  kind: PendingKind;
  news: PendingNews;
  file: string;
}

/** The news that was delivered to one session or to all and is not recorded yet. Removes unreadable files. */
export function readDeliveredNews(live: string, ofSession?: string): DeliveredNews[] {
  return readdirSync(live).flatMap((name) => {
    const [id, state, kindText] = name.split(".");
    if (ofSession !== undefined && id !== ofSession) return [];
    const sessionId = parseSessionId(id);
    const kind = pendingKinds.find((one) => one === kindText);
    if (state !== "delivered" || sessionId === null || kind === undefined) return [];
    const file = join(live, name);
    const pending = readPendingNews(parseObject(readSmallFile(file, largestFile)));
    if (pending !== null) return [{ sessionId, kind, news: pending, file }];
    rmSync(file, { force: true });
    return [];
  });
}
