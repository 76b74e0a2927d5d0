// Looks up, by id, the dependencies of a response's tasks that are not in the response.

import type { ProjectScope, TaskSource } from "../core/ports.ts";
import { readNumber, readObject, readOneOf } from "../core/read.ts";
import { isOpenTask, type Task } from "../core/task/task.ts";
import { parseTreeOrigin } from "../core/tree-origin.ts";
import { getStaleEntry, setEntry } from "../state/cache/cache-entries.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

const states = ["open", "over", "unknown"] as const;
type State = (typeof states)[number];

interface Known {
  state: State;
  at: number;
}

const maxAsked = 20;
const maxKept = 500;
const keptMs: Record<State, number> = {
  over: 7 * 86_400_000,
  open: 5 * 60_000,
  unknown: 60 * 60_000,
};

const prefixOf = (id: string): string => id.toLowerCase().replace(/\d+$/, "");

/** Null if the source has no such task, or cannot look it up; `unknown` if it failed. */
async function ask(
  { get }: TaskSource,
  scope: ProjectScope,
  id: string,
  signal: AbortSignal,
): Promise<State | null> {
  if (get === undefined) return null;
  try {
    const task = await get(scope, id, signal);
    return task === null ? null : isOpenTask(task) ? "open" : "over";
  } catch {
    return "unknown";
  }
}

export interface BlockerQuery {
  db: Sqlite;
  scope: ProjectScope;
  now: number;
  tasks: readonly Task[];
  isCut: boolean;
  signal: AbortSignal;
}

/** An id of the listed series (`API-7` with `API-9`) counts as closed if a complete list does not have it. */
export async function findBlockers(
  own: TaskSource,
  others: readonly TaskSource[],
  { db, scope, now, tasks, isCut, signal }: BlockerQuery,
): Promise<Record<string, "open" | "unknown">> {
  const listed = new Set(tasks.map(({ id }) => id));
  const ids = [...new Set(tasks.flatMap(({ dependsOn }) => dependsOn))].filter(
    (id) => !listed.has(id),
  );
  if (ids.length === 0) return {};
  const key = `blockers:${parseTreeOrigin(own.origin) ?? scope.path}\n${own.name}`;
  const before = readObject(getStaleEntry(db, key, now)?.value);
  const known = new Map<string, Known>();
  for (const id of ids.slice(0, maxKept)) {
    const from = readObject(before?.[id]);
    const [state, at] = [readOneOf(from?.["state"], states), readNumber(from?.["at"])];
    if (state !== undefined && at !== undefined && now - at < keptMs[state])
      known.set(id, { state, at });
  }
  const series = new Set(tasks.map(({ id }) => prefixOf(id)));
  const isOfSeries = (id: string): boolean => !isCut && series.has(prefixOf(id));
  const stateOf = async (id: string): Promise<State> => {
    const said = await ask(own, scope, id, signal);
    if (said !== null) return said;
    if (isOfSeries(id)) return "over";
    for (const other of others) {
      const elsewhere = await ask(other, scope, id, signal);
      if (elsewhere !== null && elsewhere !== "unknown") return elsewhere;
    }
    return "unknown";
  };
  const asked = ids.filter((id) => !known.has(id)).slice(0, maxAsked);
  await Promise.all(asked.map(async (id) => known.set(id, { state: await stateOf(id), at: now })));
  const value = Object.fromEntries(known);
  setEntry(db, { key, kind: "free", value, ttlMs: keptMs.over }, now);
  return Object.fromEntries(
    ids.flatMap((id) => {
      const state = known.get(id)?.state ?? (isOfSeries(id) ? "over" : "unknown");
      return state === "over" ? [] : [[id, state] as const];
    }),
  );
}
