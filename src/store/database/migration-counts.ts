// The migration that keeps the numbers of a project's tasks. As the others it is never changed, and imports no rules.

import { sql, type Kysely } from "kysely";
import type { StoreKind } from "./connection.ts";

const kept = "organization, project, day, status, priority";

/** What a task counts for: its status and priority (`day` is empty), and the day on which it was completed. */
const countedOn = (kind: StoreKind, row: string): string => {
  const text = kind === "postgres" ? "::text" : "";
  return (
    `select ${row}.organization, ${row}.project, ''${text} as day, ${row}.status, ${row}.priority union all ` +
    `select ${row}.organization, ${row}.project, substr(${row}.completed_at, 1, 10), '', '' where ${row}.completed_at is not null`
  );
};

const countIn = (row: string, count: number): string =>
  `insert into task_counts select *, ${count} from (${countedOn("sqlite", row)}) where true
   on conflict do update set count = count + excluded.count;`;

/** SQLite has one writer at a time: a row for each number. */
async function countInSqlite(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table task_counts (
      organization text not null, project text not null, day text not null, status text not null,
      priority text not null, count integer not null,
      primary key (organization, project, day, status, priority)) without rowid`.execute(db);
  await sql`
    insert into task_counts
    select organization, project, '', status, priority, count(*) from tasks group by 1, 2, 4, 5
    union all
    select organization, project, substr(completed_at, 1, 10), '', '', count(*) from tasks
    where completed_at is not null group by 1, 2, 3`.execute(db);
  const columns = ["organization", "project", "status", "priority", "completed_at"];
  const others = columns.map((name) => `old.${name} is not new.${name}`).join(" or ");
  const triggers = {
    insert: countIn("new", 1),
    delete: countIn("old", -1),
    [`update of ${columns.join(", ")}`]: countIn("old", -1) + countIn("new", 1),
  };
  for (const [change, body] of Object.entries(triggers)) {
    const [name = ""] = change.split(" ");
    const when = name === "update" ? `when ${others}` : "";
    const text = `create trigger task_counts_${name} after ${change} on tasks ${when} begin ${body} end`;
    // oxlint-disable-next-line no-await-in-loop -- in order
    await sql.raw(text).execute(db);
  }
}

const counted = (table: string, count: number): string =>
  `select one.*, ${count} as count from ${table} as task cross join lateral (${countedOn("postgres", "task")}) as one`;

const add = (from: string): string =>
  `insert into task_counts select ${kept}, sum(count) from (${from}) as rows group by ${kept} having sum(count) <> 0`;

/**
 * On PostgreSQL each change adds rows of its own, so that no writer waits for another: a number is the sum of its rows.
 * Now and then one makes them few again; rows are only ever added and removed, so that whoever removes one has its count.
 */
async function countInPostgres(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table task_counts (
      organization text collate "C" not null, project text collate "C" not null, day text collate "C" not null,
      status text collate "C" not null, priority text collate "C" not null, count bigint not null)`.execute(
    db,
  );
  await sql`create index task_counts_by_project on task_counts (organization, project, day)`.execute(
    db,
  );
  // Rows that are added while this is done would not be counted.
  await sql`lock table tasks in share row exclusive mode`.execute(db);
  await sql.raw(add(counted("tasks", 1))).execute(db);
  const changes = {
    insert: [counted("became", 1), "became", "referencing new table as became"],
    delete: [counted("was", -1), "was", "referencing old table as was"],
    update: [
      `${counted("was", -1)} union all ${counted("became", 1)}`,
      "became",
      "referencing old table as was new table as became",
    ],
  } as const;
  for (const [change, [from, table, referencing]] of Object.entries(changes)) {
    const text = `
      create function sitrep_count_${change}() returns trigger language plpgsql as $$
      begin
        ${add(from)};
        if random() < 0.03 and pg_try_advisory_xact_lock(hashtextextended('sitrep task_counts', 0)) then
          with gone as (
            delete from task_counts where (organization, project) in (select organization, project from ${table}) returning *)
          ${add("select * from gone")};
        end if;
        return null;
      end $$`;
    // oxlint-disable no-await-in-loop -- in order
    await sql.raw(text).execute(db);
    await sql
      .raw(
        `create trigger sitrep_count_${change} after ${change} on tasks ${referencing}
         for each statement execute function sitrep_count_${change}()`,
      )
      .execute(db);
    // oxlint-enable no-await-in-loop
  }
}

/** 007: how many tasks of each status and priority a project has, and how many were completed on each day. */
export const countTasks = (db: Kysely<unknown>, kind: StoreKind): Promise<void> =>
  kind === "sqlite" ? countInSqlite(db) : countInPostgres(db);
