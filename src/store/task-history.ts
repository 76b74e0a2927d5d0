// Records each change with the rows from before it, in the same transaction.

import { randomUUID } from "node:crypto";
import type { StoreScope } from "./database/connection.ts";
import { chunks } from "./dependencies.ts";
import type { TaskRow } from "./task-queries.ts";

export interface ChangeContext {
  readonly now: string;
  readonly author: string | null;
}

export interface Change extends ChangeContext {
  /** `before` null: the task was added. */
  readonly entries: readonly { readonly id: string; readonly before: TaskRow | null }[];
  readonly isUndo?: boolean;
}

/** A task's version: each change has a later one, also within a millisecond and with a clock that was set back. */
export function nextVersion(before: string, now: string): string {
  const last = Date.parse(before);
  return now > before || Number.isNaN(last) ? now : new Date(last + 1).toISOString();
}

export const changesKeptMs: number = 90 * 86_400_000;
const trimmedEvery = 64;

export async function noteChanges(
  { db, key }: StoreScope,
  changes: readonly Change[],
): Promise<void> {
  const noted = changes.flatMap(({ now, author, entries, isUndo = false }) => {
    const change = randomUUID();
    return entries.map(({ id, before }) => ({
      ...key,
      change,
      at: now,
      author,
      task_id: id,
      before: before === null ? null : JSON.stringify(before),
      is_undo: Number(isUndo),
      is_undone: 0,
    }));
  });
  let last = 0;
  for (const values of chunks(noted)) {
    const rows = await db.insertInto("task_history").values(values).returning("seq").execute();
    last = Math.max(last, ...rows.map(({ seq }) => Number(seq)));
  }
  const [one] = changes;
  if (one === undefined || last === 0 || last % trimmedEvery >= noted.length) return;
  const end = new Date(Date.parse(one.now) - changesKeptMs).toISOString();
  await db.deleteFrom("task_history").where("at", "<", end).execute();
}
