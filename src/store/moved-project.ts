import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { sql } from "kysely";
import { SitrepError } from "../core/errors.ts";
import { closing, openForReading } from "../state/sqlite/sqlite.ts";
import type { ProjectKey, StoreScope } from "./database/connection.ts";
import { findDependents, recomputeHeld } from "./dependencies.ts";
import { raiseIds } from "./ids.ts";
import { selectByIds, selectTasks } from "./task-queries.ts";
import { idsText } from "./undo.ts";

/** Moves tasks, history, comments and ids from `from` to `scope`. Returns how many tasks. Throws `task-invalid` for a common id. Only for SQLite. */
export async function moveProject(scope: StoreScope, from: ProjectKey): Promise<number> {
  const { db, key: to } = scope;
  const old = { ...scope, key: from };
  const ids = (await selectTasks(old)).map(({ id }) => id);
  const both = (await selectByIds(scope, ids)).map(({ id }) => id);
  if (both.length > 0) {
    const hint =
      "Nothing was changed. To give this project's tasks new ids, run: sitrep task export --format markdown > exported.md, " +
      "sitrep task remove ID, this command again, then sitrep task import exported.md";
    throw new SitrepError(
      "task-invalid",
      `Both projects have tasks with these ids: ${idsText(both)}.`,
      { hint },
    );
  }
  const given = db.selectFrom("ids").select(["type", "last"]);
  for (const { type, last } of await given.where((eb) => eb.and({ ...from })).execute())
    await raiseIds(scope, type, last);
  await db
    .deleteFrom("ids")
    .where((eb) => eb.and({ ...from }))
    .execute();
  await sql`
    update task_history set organization = ${to.organization}, project = ${to.project},
      before = json_set(before, '$.organization', ${to.organization}, '$.project', ${to.project})
    where organization = ${from.organization} and project = ${from.project}`.execute(db);
  for (const table of ["tasks", "task_dependencies", "task_comments", "id_reservations"] as const) {
    await db
      .updateTable(table)
      .set(to)
      .where((eb) => eb.and({ ...from }))
      .execute();
  }
  // Tasks of either project may depend on ids of the other.
  const pending = (await selectTasks(scope, ["pending"])).map(({ id }) => id);
  await recomputeHeld(scope, [...pending, ...(await findDependents(scope, ids))]);
  return ids.length;
}

export interface OrphanedProject {
  readonly folder: string;
  readonly open: number;
}

/** Projects whose folders no longer exist, most open tasks first; none if `newcomer` ever had a task. May throw SQLite's error. */
export function orphanedProjects(file: string, newcomer: string | null = null): OrphanedProject[] {
  if (!existsSync(file)) return [];
  const rows = closing(openForReading(file, 1000), (db) =>
    db
      .prepare(
        `SELECT project AS folder, count(*) AS open FROM tasks
         WHERE organization = '' AND status IN ('pending', 'in_progress', 'blocked')
           AND NOT EXISTS (SELECT 1 FROM ids WHERE ids.organization = '' AND ids.project = ?)
         GROUP BY project ORDER BY 2 DESC, 1`,
      )
      .all(newcomer),
  ) as OrphanedProject[];
  // A name that is not a path is a project of a server on the same store.
  return rows.filter(({ folder }) => isAbsolute(folder) && !existsSync(folder));
}
