// Moves of tasks from one status to another, many in one round of statements.

import { sql } from "kysely";
import type { TaskStatus } from "../core/task/task.ts";
import type { ProjectKey, StoreConnection, StoreTransaction } from "./database/connection.ts";
import { dependentsOf, lockProject, settleHeld } from "./dependencies.ts";
import type { Outcome } from "./database/write-batches.ts";
import { noteChanges, type Occasion } from "./task-history.ts";
import { selectByIds, type TaskRow } from "./task-queries.ts";

export interface Move extends Occasion {
  readonly id: string;
  readonly status: TaskStatus;
  /** Null: they stay. */
  readonly notes: string | null;
  /** Is given the task as it is, null where there is none, and gives it back; where it throws, the task stays as it is. */
  readonly check: (row: TaskRow | null) => TaskRow;
}

interface Made extends Occasion {
  readonly before: TaskRow;
  readonly row: TaskRow;
}

/** True where what waits for the task may be free by it, or no longer be so. */
const mayFree = ({ status }: Move): boolean => status !== "in_progress" && status !== "blocked";

function makeOne(
  { status, notes, now, author, check }: Move,
  found: TaskRow | null,
): Outcome<Made> {
  try {
    const before = check(found);
    const row = {
      ...before,
      status,
      updated_at: now,
      completed_at: status === "completed" ? now : null,
      completion_notes: notes ?? before.completion_notes,
      // One that is pending is settled when all are written.
      held: status === "pending" ? before.held : 0,
    };
    return { status: "fulfilled", value: { before, row, now, author } };
  } catch (reason) {
    return { status: "rejected", reason };
  }
}

async function writeRows(
  trx: StoreTransaction,
  { organization, project }: ProjectKey,
  rows: readonly TaskRow[],
): Promise<void> {
  const values = rows.map(
    (row) =>
      sql`(${row.id}, ${row.status}, ${row.updated_at}, cast(${row.completed_at} as text),
        cast(${row.completion_notes} as text), cast(${row.held} as integer))`,
  );
  await sql`
    update tasks set status = made.column2, updated_at = made.column3, completed_at = made.column4,
      completion_notes = made.column5, held = made.column6
    from (values ${sql.join(values)}) as made
    where organization = ${organization} and project = ${project} and id = made.column1`.execute(
    trx,
  );
}

/** Of tasks that are each moved once. Gives the rows as they are now. */
async function moveApart(
  store: Pick<StoreConnection, "kind">,
  trx: StoreTransaction,
  key: ProjectKey,
  moves: readonly Move[],
): Promise<Outcome<TaskRow>[]> {
  const freeing = moves.filter(mayFree).map(({ id }) => id);
  // It stays the same: whoever changes dependencies waits for the lock.
  const waiting = await dependentsOf(trx, key, freeing);
  const ids = [...new Set([...moves.map(({ id }) => id), ...waiting])];
  const rows = new Map((await selectByIds(trx, key, ids, store)).map((row) => [row.id, row]));
  const outcomes = moves.map((move) => makeOne(move, rows.get(move.id) ?? null));
  const made = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (made.length > 0) {
    await writeRows(
      trx,
      key,
      made.map(({ row }) => row),
    );
    const open = made.filter(({ row }) => row.status === "pending").map(({ row }) => row.id);
    await settleHeld(store, trx, key, [...new Set([...open, ...waiting])].toSorted());
    const changes = made.map(({ before, row, now, author }) => ({
      now,
      author,
      entries: [{ id: row.id, before, became: row.updated_at }],
    }));
    await noteChanges(trx, key, changes);
  }
  return outcomes.map((one) =>
    one.status === "fulfilled" ? { status: one.status, value: one.value.row } : one,
  );
}

/** Moves tasks of one project, in order: a second move of a task sees what the first has made of it. */
export async function moveTasks(
  store: Pick<StoreConnection, "kind">,
  trx: StoreTransaction,
  key: ProjectKey,
  moves: readonly Move[],
): Promise<Outcome<TaskRow>[]> {
  await lockProject(store, trx, key, "shared");
  const outcomes: Outcome<TaskRow>[] = [];
  const places = new Map(moves.map((move, at) => [move, at]));
  for (let left = moves; left.length > 0;) {
    const first = new Map(left.toReversed().map((move) => [move.id, move]));
    const now = [...first.values()];
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (const [at, outcome] of (await moveApart(store, trx, key, now)).entries()) {
      const move = now[at];
      if (move !== undefined) outcomes[places.get(move) ?? 0] = outcome;
    }
    left = left.filter((move) => first.get(move.id) !== move);
  }
  return outcomes;
}
