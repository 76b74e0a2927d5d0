// Dependencies as rows, and which pending tasks they hold back. `held` is worked out when something changes, so that
// the next task is one step in an index however many tasks wait.

import { sql } from "kysely";
import type { ProjectKey, StoreConnection, StoreTransaction } from "./database/connection.ts";

/** More ids than this are split over several statements: SQLite takes 32,766 parameters. */
const chunkSize = 500;

export function* chunksOf<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += chunkSize) {
    yield items.slice(start, start + chunkSize);
  }
}

const advisoryLocks = { alone: "pg_advisory_xact_lock", shared: "pg_advisory_xact_lock_shared" };

/**
 * On PostgreSQL: keeps others who add tasks to this project out until the transaction ends (`alone`), or only those
 * (`shared`). Without it a task and the task that it depends on, added or ended at once, would not see each other.
 * SQLite has one writer at a time.
 */
export async function lockProject(
  { kind }: Pick<StoreConnection, "kind">,
  trx: StoreTransaction,
  { organization, project }: ProjectKey,
  how: keyof typeof advisoryLocks,
): Promise<void> {
  if (kind === "sqlite") return;
  const name = JSON.stringify(["sitrep", organization, project]);
  await sql`select ${sql.raw(advisoryLocks[how])}(hashtextextended(${name}, 0))`.execute(trx);
}

/** Adds the dependencies of tasks that have none. One on itself holds nothing back. */
export async function insertDependencies(
  trx: StoreTransaction,
  { organization, project }: ProjectKey,
  tasks: readonly { id: string; dependsOn: readonly string[] }[],
): Promise<void> {
  const rows = tasks.flatMap(({ id, dependsOn }) =>
    [...new Set(dependsOn)]
      .filter((other) => other !== id)
      .map((other) => ({ organization, project, task_id: id, depends_on: other })),
  );
  for (const values of chunksOf(rows)) {
    await trx.insertInto("task_dependencies").values(values).execute();
  }
}

/** Replaces the dependencies of tasks. */
export async function writeDependencies(
  trx: StoreTransaction,
  key: ProjectKey,
  tasks: readonly { id: string; dependsOn: readonly string[] }[],
): Promise<void> {
  const { organization, project } = key;
  for (const ids of chunksOf(tasks.map(({ id }) => id))) {
    await trx
      .deleteFrom("task_dependencies")
      .where((eb) => eb.and({ organization, project }))
      .where("task_id", "in", ids)
      .execute();
  }
  await insertDependencies(trx, key, tasks);
}

/** The ids of the tasks that depend on one of these. */
export async function dependentsOf(
  trx: StoreTransaction,
  { organization, project }: ProjectKey,
  ids: readonly string[],
): Promise<string[]> {
  const found = new Set<string>();
  for (const chunk of chunksOf(ids)) {
    const rows = await trx
      .selectFrom("task_dependencies")
      .select("task_id")
      .distinct()
      .where((eb) => eb.and({ organization, project }))
      .where("depends_on", "in", chunk)
      .execute();
    for (const { task_id: id } of rows) found.add(id);
  }
  // In one order for all, so that two transactions that touch the same tasks do not wait for each other.
  return [...found].toSorted();
}

/** Works out anew whether these tasks are held back. */
export async function settleHeld(
  { kind }: Pick<StoreConnection, "kind">,
  trx: StoreTransaction,
  { organization, project }: ProjectKey,
  ids: readonly string[],
): Promise<void> {
  for (const chunk of chunksOf(ids)) {
    const theirs = sql`organization = ${organization} and project = ${project} and id in (${sql.join(chunk)})`;
    // First the rows, then in a statement of its own what is true by then: else a task whose last two dependencies end
    // at once would see either as open.
    if (kind === "postgres") {
      await sql`select 1 from tasks where ${theirs} order by id for update`.execute(trx);
    }
    const isHeld = sql`case when status = 'pending' and exists (
        select 1 from task_dependencies as d join tasks as blocker
          on blocker.organization = d.organization and blocker.project = d.project and blocker.id = d.depends_on
        where d.organization = tasks.organization and d.project = tasks.project and d.task_id = tasks.id
          and blocker.status not in ('completed', 'cancelled')) then 1 else 0 end`;
    // What is as it was is not written: every index would be written anew with it.
    await sql`update tasks set held = ${isHeld} where ${theirs} and held <> ${isHeld}`.execute(trx);
  }
}
