// The recent status changes that the monitor made in a project, or would have made in a dry run, for the news.

import { listOf, orElse } from "../../core/read.ts";
import { readMove, type TaskMove } from "../../core/task/move.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { getEntry, setEntry } from "./entries.ts";

const readAll = orElse(listOf(readMove), []);

const keyOf = (project: string): string => `moves:${project}`;
const keptMs = 86_400_000;
const maxKept = 50;

export const readMoves = (db: Sqlite, project: string, now: number): readonly TaskMove[] =>
  readAll(getEntry(db, keyOf(project), now)).filter(({ at }) => at > now - keptMs);

export function addMove(db: Sqlite, project: string, move: TaskMove): void {
  const value = [...readMoves(db, project, move.at), move].slice(-maxKept);
  setEntry(db, { key: keyOf(project), kind: "free", value, ttlMs: keptMs }, move.at);
}
