// A project is kept by its folder: one that was moved or renamed is given its tasks under the new one.

import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { sql } from "kysely";
import { SitrepError } from "../core/errors.ts";
import { quotedName } from "../core/quote.ts";
import { closing, openForReading } from "../state/sqlite/sqlite.ts";
import type { ProjectKey, StoreConnection, StoreTransaction } from "./database/connection.ts";
import { dependentsOf, lockProject, settleHeld } from "./dependencies.ts";
import { raiseIds } from "./ids.ts";
import { selectByIds, selectTasks } from "./task-queries.ts";

const mostNamed = 5;

/**
 * Gives `to` the tasks of `from`, with their history, their dependencies and the numbers that were given out. Returns how
 * many tasks. Throws `task-invalid` where both have a task of one id, and changes nothing then. For SQLite.
 */
export async function moveProject(
  kind: Pick<StoreConnection, "kind">,
  trx: StoreTransaction,
  from: ProjectKey,
  to: ProjectKey,
): Promise<number> {
  await lockProject(kind, trx, from, "alone");
  await lockProject(kind, trx, to, "alone");
  const ids = (await selectTasks(trx, from, {})).map(({ id }) => id);
  const both = (await selectByIds(trx, to, ids)).map(({ id }) => quotedName(id));
  if (both.length > 0) {
    const more = both.length > mostNamed ? ` and ${both.length - mostNamed} more` : "";
    throw new SitrepError(
      "task-invalid",
      `This project has tasks of the same ids: ${both.slice(0, mostNamed).join(", ")}${more}.`,
      {
        hint:
          "Nothing was changed. Those of this project get other ids so: sitrep task export --format markdown > own.md, " +
          "sitrep task remove ID, then this again, and last: sitrep task import own.md",
      },
    );
  }
  const { organization, project } = to;
  const ofOld = sql`organization = ${from.organization} and project = ${from.project}`;
  for (const { type, last } of await lastIds(trx, from)) await raiseIds(trx, to, type, last);
  await sql`delete from ids where ${ofOld}`.execute(trx);
  await sql`
    update task_history set organization = ${organization}, project = ${project},
      before = json_set(before, '$.organization', ${organization}, '$.project', ${project})
    where ${ofOld}`.execute(trx);
  for (const table of ["tasks", "task_dependencies", "id_reservations"]) {
    await sql`
      update ${sql.ref(table)} set organization = ${organization}, project = ${project} where ${ofOld}`.execute(
      trx,
    );
  }
  // What waits for one of the other project's ids, either way.
  const all = (await selectTasks(trx, to, { statuses: ["pending"] })).map(({ id }) => id);
  const waiting = await dependentsOf(trx, to, ids);
  await settleHeld(kind, trx, to, [...new Set([...all, ...waiting])].toSorted());
  return ids.length;
}

const lastIds = (trx: StoreTransaction, { organization, project }: ProjectKey) =>
  trx
    .selectFrom("ids")
    .select(["type", "last"])
    .where((eb) => eb.and({ organization, project }))
    .execute();

/** A project whose folder is not there, with pending tasks. */
export interface LeftProject {
  readonly folder: string;
  readonly pending: number;
}

/**
 * The projects of the embedded store whose folders are not there, most tasks first. `newcomer`: none where this project
 * has ever had a task, and so was not moved. Changes nothing; may throw SQLite's error.
 */
export function leftProjects(file: string, newcomer: string | null = null): LeftProject[] {
  if (!existsSync(file)) return [];
  const rows = closing(openForReading(file, 1000), (db) =>
    db
      .prepare(
        `SELECT project AS folder, count(*) AS pending FROM tasks
         WHERE organization = '' AND status IN ('pending', 'in_progress', 'blocked')
           AND NOT EXISTS (SELECT 1 FROM ids WHERE ids.organization = '' AND ids.project = ?)
         GROUP BY project ORDER BY 2 DESC, 1`,
      )
      .all(newcomer),
  ) as LeftProject[];
  // What is no path is a project of a server on the same store.
  return rows.filter(({ folder }) => isAbsolute(folder) && !existsSync(folder));
}
