// `held` is computed on each change, so that finding the next task is one step in an index.

import { sql } from "kysely";
import type { StoreScope } from "./database/connection.ts";

/** A longer list of ids is split over several statements: SQLite takes 32,766 parameters. */
const chunkSize = 500;

export function* chunks<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += chunkSize) {
    yield items.slice(start, start + chunkSize);
  }
}

const advisoryLocks = { alone: "pg_advisory_xact_lock", shared: "pg_advisory_xact_lock_shared" };

/** On PostgreSQL, a task and its dependency that are added at the same time would not see each other without the lock. */
export async function lockProject(
  { kind, db, key: { organization, project } }: StoreScope,
  how: keyof typeof advisoryLocks,
): Promise<void> {
  if (kind === "sqlite") return;
  const name = JSON.stringify(["sitrep", organization, project]);
  await sql`select ${sql.raw(advisoryLocks[how])}(hashtextextended(${name}, 0))`.execute(db);
}

interface Dependent {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/** Adds the dependencies of tasks that have none yet. A task that depends on itself is not held back by that. */
export async function insertDependencies(
  { db, key }: StoreScope,
  tasks: readonly Dependent[],
): Promise<void> {
  const rows = tasks.flatMap(({ id, dependsOn }) =>
    [...new Set(dependsOn)]
      .filter((other) => other !== id)
      .map((other) => ({ ...key, task_id: id, depends_on: other })),
  );
  for (const values of chunks(rows)) {
    await db.insertInto("task_dependencies").values(values).execute();
  }
}

export async function removeDependencies(
  { db, key }: StoreScope,
  ids: readonly string[],
): Promise<void> {
  for (const chunk of chunks(ids)) {
    await db
      .deleteFrom("task_dependencies")
      .where((eb) => eb.and({ ...key }))
      .where("task_id", "in", chunk)
      .execute();
  }
}

export async function findDependents(
  { db, key }: StoreScope,
  ids: readonly string[],
): Promise<string[]> {
  const found = new Set<string>();
  for (const chunk of chunks(ids)) {
    const rows = await db
      .selectFrom("task_dependencies")
      .select("task_id")
      .distinct()
      .where((eb) => eb.and({ ...key }))
      .where("depends_on", "in", chunk)
      .execute();
    for (const { task_id: id } of rows) found.add(id);
  }
  return [...found];
}

export async function recomputeHeld(
  { kind, db, key: { organization, project } }: StoreScope,
  ids: readonly string[],
): Promise<void> {
  // Sorted as everywhere else, so that two transactions on the same tasks do not deadlock.
  for (const chunk of chunks([...new Set(ids)].toSorted())) {
    const theirs = sql`organization = ${organization} and project = ${project} and id in (${sql.join(chunk)})`;
    // A separate statement locks first: otherwise two dependencies that are closed at the same time would see each other as open.
    if (kind === "postgres") {
      await sql`select 1 from tasks where ${theirs} order by id for update`.execute(db);
    }
    const isHeld = sql`case when status = 'pending' and exists (
        select 1 from task_dependencies as d join tasks as blocker
          on blocker.organization = d.organization and blocker.project = d.project and blocker.id = d.depends_on
        where d.organization = tasks.organization and d.project = tasks.project and d.task_id = tasks.id
          and blocker.status not in ('completed', 'cancelled')) then 1 else 0 end`;
    // Skips unchanged rows, because a write would also write all of their index entries.
    await sql`update tasks set held = ${isHeld} where ${theirs} and held <> ${isHeld}`.execute(db);
  }
}
