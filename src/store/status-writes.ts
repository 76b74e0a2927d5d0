// Status changes of tasks, many in one round of statements.

import { sql } from "kysely";
import type { TaskStatus } from "../core/task/task.ts";
import type { StoreScope } from "./database/connection.ts";
import { findDependents, lockProject, recomputeHeld } from "./dependencies.ts";
import type { Outcome } from "./database/write-batches.ts";
import { nextVersion, noteChanges, type ChangeContext } from "./task-history.ts";
import { selectByIds, type TaskRow } from "./task-queries.ts";

export interface StatusWrite extends ChangeContext {
  readonly id: string;
  readonly status: TaskStatus;
  readonly notes: string | null;
  /** Gets the current task, or null if there is none, and returns it. If it throws, the task does not change. */
  readonly check: (row: TaskRow | null) => TaskRow;
}

interface Made extends ChangeContext {
  readonly before: TaskRow;
  readonly row: TaskRow;
}

/** True if the change may release or hold back tasks that wait for this one. */
const mayFree = ({ status }: StatusWrite): boolean =>
  status !== "in_progress" && status !== "blocked";

function makeOne(
  { status, notes, now, author, check }: StatusWrite,
  found: TaskRow | null,
): Outcome<Made> {
  try {
    const before = check(found);
    const row = {
      ...before,
      status,
      updated_at: nextVersion(before.updated_at, now),
      completed_at: status === "completed" ? now : null,
      completion_notes: notes ?? before.completion_notes,
      // For a pending task, `held` is computed after all rows are written.
      held: status === "pending" ? before.held : 0,
    };
    return { status: "fulfilled", value: { before, row, now, author } };
  } catch (reason) {
    return { status: "rejected", reason };
  }
}

async function writeRows(
  { db, key: { organization, project } }: StoreScope,
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
    db,
  );
}

/** Changes the status of different tasks, each once. Returns the new rows. */
async function writeSeparately(
  scope: StoreScope,
  moves: readonly StatusWrite[],
): Promise<Outcome<TaskRow>[]> {
  const freeing = moves.filter(mayFree).map(({ id }) => id);
  // This list stays correct, because changes of dependencies wait for the lock.
  const waiting = await findDependents(scope, freeing);
  const ids = [...new Set([...moves.map(({ id }) => id), ...waiting])];
  const rows = new Map((await selectByIds(scope, ids, "locked")).map((row) => [row.id, row]));
  const outcomes = moves.map((move) => makeOne(move, rows.get(move.id) ?? null));
  const made = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (made.length > 0) {
    const moved = made.map(({ row }) => row);
    await writeRows(scope, moved);
    const pending = moved.filter(({ status }) => status === "pending").map(({ id }) => id);
    await recomputeHeld(scope, [...pending, ...waiting]);
    const changes = made.map(({ before, now, author }) => ({
      now,
      author,
      entries: [{ id: before.id, before }],
    }));
    await noteChanges(scope, changes);
  }
  return outcomes.map((one) =>
    one.status === "fulfilled" ? { status: one.status, value: one.value.row } : one,
  );
}

/** Changes the status of tasks of one project, in order: a second change of a task starts from the outcome of the first. */
export async function writeStatuses(
  scope: StoreScope,
  moves: readonly StatusWrite[],
): Promise<Outcome<TaskRow>[]> {
  await lockProject(scope, "shared");
  const outcomes = new Map<StatusWrite, Outcome<TaskRow>>();
  for (let left = moves; left.length > 0;) {
    const firsts = new Map(left.toReversed().map((move) => [move.id, move]));
    const round = [...firsts.values()];
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (const [at, outcome] of (await writeSeparately(scope, round)).entries()) {
      const move = round[at];
      if (move !== undefined) outcomes.set(move, outcome);
    }
    left = left.filter((move) => firsts.get(move.id) !== move);
  }
  return moves.flatMap((move) => outcomes.get(move) ?? []);
}
