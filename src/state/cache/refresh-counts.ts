// Counts the refreshes of each source of a project by day, and the failed ones.

import { shownDays, type RefreshCount } from "../../core/report/days.ts";
import { dayKey, localTime } from "../../core/time.ts";
import { listOf, orElse, readNumber, recordOf } from "../../core/read.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { getStaleEntry, setEntry } from "./cache-entries.ts";

const countsKey = "refresh counts";

const readCounts = orElse(recordOf(recordOf(listOf(readNumber))), {});
const readAll = (db: Sqlite) => readCounts(getStaleEntry(db, countsKey, 0)?.value);
const nameOf = (project: string, source: string): string => `${project}\n${source}`;

export function countRefresh(
  db: Sqlite,
  { project, source }: { project: string; source: string },
  hasFailed: boolean,
  at: number,
): void {
  const all = readAll(db);
  const name = nameOf(project, source);
  const day = dayKey(localTime(at));
  const [answered = 0, failed = 0] = all[name]?.[day] ?? [];
  const counted = hasFailed ? [answered, failed + 1] : [answered + 1, failed];
  const oldest = dayKey(localTime(at - shownDays * 86_400_000));
  const kept = Object.entries({ ...all, [name]: { ...all[name], [day]: counted } }).map(
    ([key, days]) =>
      [key, Object.fromEntries(Object.entries(days).filter(([one]) => one > oldest))] as const,
  );
  const value = Object.fromEntries(kept.filter(([, days]) => Object.keys(days).length > 0));
  setEntry(db, { key: countsKey, kind: "setting", value, ttlMs: 0 }, at);
}

export const readRefreshCounts = (db: Sqlite, project: string): RefreshCount[] =>
  Object.entries(readAll(db)).flatMap(([name, days]) => {
    const source = name.slice(project.length + 1);
    if (name !== nameOf(project, source)) return [];
    return Object.entries(days).map(([day, [answered = 0, failed = 0]]) => {
      return { source, day, answered, failed };
    });
  });
