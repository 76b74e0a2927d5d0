import { orElse, readNumber, readString, recordOf, shape, type Read } from "../../core/read.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { getStaleEntry, setEntry } from "./cache-entries.ts";

const failuresKey = "last failures";
const nextKey = "next refresh";
const keptMs = 14 * 86_400_000;

const readLastFailure = shape({ code: readString, at: readNumber });
export type LastFailure = Read<typeof readLastFailure>;

const readFailures = orElse(recordOf(readLastFailure), {});
const readAll = (db: Sqlite) => readFailures(getStaleEntry(db, failuresKey, 0)?.value);
const nameOf = (project: string, source: string): string => `${project}\n${source}`;

export function noteFailure(
  db: Sqlite,
  { project, source }: { project: string; source: string },
  { code, at }: LastFailure,
): void {
  const all = Object.entries({ ...readAll(db), [nameOf(project, source)]: { code, at } });
  const value = Object.fromEntries(all.filter(([, one]) => at - one.at < keptMs));
  setEntry(db, { key: failuresKey, kind: "setting", value, ttlMs: 0 }, at);
}

export function lastFailures(db: Sqlite): (project: string, source: string) => LastFailure | null {
  const all = readAll(db);
  return (project, source) => all[nameOf(project, source)] ?? null;
}

export function noteNextRefresh(db: Sqlite, at: number, now: number): void {
  setEntry(db, { key: nextKey, kind: "setting", value: at, ttlMs: 0 }, now);
}

export function nextRefresh(db: Sqlite, now: number): number | null {
  const at = readNumber(getStaleEntry(db, nextKey, now)?.value);
  return at === undefined || at < now ? null : at;
}
