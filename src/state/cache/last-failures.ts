// When each source failed last and with which code, also where it has answered since; and when all are asked next. For `status`.

import { readNumber, readObject, readString } from "../../core/read.ts";
import type { Failure } from "../../core/snapshot.ts";
import type { Sqlite } from "../sqlite/sqlite.ts";
import { getStaleEntry, setEntry } from "./entries.ts";

const failuresKey = "last failures";
const nextKey = "next refresh";
/** Milliseconds. */
const keptMs = 14 * 86_400_000;

/** `at`: epoch milliseconds. */
export type LastFailure = Pick<Failure, "code" | "at">;

const nameOf = (project: string, source: string): string => `${project}\n${source}`;

function readAll(db: Sqlite): Map<string, LastFailure> {
  const from = readObject(getStaleEntry(db, failuresKey, 0)?.value) ?? {};
  return new Map(
    Object.entries(from).flatMap(([name, value]) => {
      const one = readObject(value);
      const [code, at] = [readString(one?.["code"]), readNumber(one?.["at"])];
      return code === undefined || at === undefined ? [] : [[name, { code, at }] as const];
    }),
  );
}

export function noteFailure(
  db: Sqlite,
  { project, source }: { project: string; source: string },
  { code, at }: LastFailure,
): void {
  const all = readAll(db).set(nameOf(project, source), { code, at });
  const value = Object.fromEntries([...all].filter(([, one]) => at - one.at < keptMs));
  setEntry(db, { key: failuresKey, kind: "setting", value, ttlMs: 0 }, at);
}

/** Gives the last failure of a source in a project; null where none is known. */
export function lastFailures(db: Sqlite): (project: string, source: string) => LastFailure | null {
  const all = readAll(db);
  return (project, source) => all.get(nameOf(project, source)) ?? null;
}

/** `at`: epoch milliseconds, of the clock as it is now. */
export function noteNextRefresh(db: Sqlite, at: number, now: number): void {
  setEntry(db, { key: nextKey, kind: "setting", value: at, ttlMs: 0 }, now);
}

/** Null where none is planned. */
export function nextRefresh(db: Sqlite, now: number): number | null {
  const at = readNumber(getStaleEntry(db, nextKey, now)?.value);
  return at === undefined || at < now ? null : at;
}
