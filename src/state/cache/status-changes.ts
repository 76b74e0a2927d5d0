// The recent status changes that the monitor made in a project, or would have made in a dry run, for the news.

import { listOf, orElse } from "../../core/read.ts";
import { readStatusChange, type StatusChange } from "../../core/task/status-change.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { getEntry, setEntry } from "./cache-entries.ts";

const readAll = orElse(listOf(readStatusChange), []);

const keyOf = (project: string): string => `moves:${project}`;
const keptMs = 86_400_000;
const maxKept = 50;

export const readStatusChanges = (
  db: Sqlite,
  project: string,
  now: number,
): readonly StatusChange[] =>
  readAll(getEntry(db, keyOf(project), now)).filter(({ at }) => at > now - keptMs);

export function addStatusChange(db: Sqlite, project: string, change: StatusChange): void {
  const value = [...readStatusChanges(db, project, change.at), change].slice(-maxKept);
  setEntry(db, { key: keyOf(project), kind: "free", value, ttlMs: keptMs }, change.at);
}
