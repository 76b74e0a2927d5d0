// The part of a migration that counts a project's tasks with each change, whichever program makes it. As migrations do, it imports no rules.

import type { StoreKind } from "./connection.ts";

const kept = "organization, project, day, status, priority";

/** The counts that a task is part of: its status and priority (`day` is empty), and the day on which it was completed. */
const countedOn = (row: string): string =>
  `select ${row}.organization, ${row}.project, '' as day, ${row}.status, ${row}.priority union all
   select ${row}.organization, ${row}.project, substr(${row}.completed_at, 1, 10), '', '' where ${row}.completed_at is not null`;

const countIn = (row: string, count: number): string =>
  `insert into task_counts select *, ${count} from (${countedOn(row)}) where true
   on conflict do update set count = count + excluded.count;`;

const countedColumns = ["organization", "project", "status", "priority", "completed_at"];
const isChanged = countedColumns.map((name) => `old.${name} is not new.${name}`).join(" or ");

/** SQLite has one writer at a time: one row for each number. */
const inSqlite = [
  `create table task_counts (
     organization text not null, project text not null, day text not null, status text not null,
     priority text not null, count integer not null,
     primary key (${kept})) without rowid`,
  `create trigger task_counts_insert after insert on tasks begin ${countIn("new", 1)} end`,
  `create trigger task_counts_delete after delete on tasks begin ${countIn("old", -1)} end`,
  `create trigger task_counts_update after update of ${countedColumns.join(", ")} on tasks
   when ${isChanged} begin ${countIn("old", -1)} ${countIn("new", 1)} end`,
];

const counted = (table: string, count: number): string =>
  `select one.*, ${count} as count from ${table} as task cross join lateral (${countedOn("task")}) as one`;

const add = (from: string): string =>
  `insert into task_counts select ${kept}, sum(count) from (${from}) as rows group by ${kept} having sum(count) <> 0`;

const onChange = (
  change: "insert" | "delete" | "update",
  { rows, table, referencing }: { rows: string; table: string; referencing: string },
): string[] => [
  `create function sitrep_count_${change}() returns trigger language plpgsql as $$
   begin
     ${add(rows)};
     if random() < 0.03 and pg_try_advisory_xact_lock(hashtextextended('sitrep task_counts', 0)) then
       with gone as (
         delete from task_counts where (organization, project) in (select organization, project from ${table}) returning *)
       ${add("select * from gone")};
     end if;
     return null;
   end $$`,
  `create trigger sitrep_count_${change} after ${change} on tasks referencing ${referencing}
   for each statement execute function sitrep_count_${change}()`,
];

/** On PostgreSQL each change adds rows, merged now and then: no writer waits for another. */
const inPostgres = [
  `create table task_counts (
     organization text collate "C" not null, project text collate "C" not null, day text collate "C" not null,
     status text collate "C" not null, priority text collate "C" not null, count bigint not null)`,
  `create index task_counts_by_project on task_counts (organization, project, day)`,
  ...onChange("insert", {
    rows: counted("became", 1),
    table: "became",
    referencing: "new table as became",
  }),
  ...onChange("delete", {
    rows: counted("was", -1),
    table: "was",
    referencing: "old table as was",
  }),
  ...onChange("update", {
    rows: `${counted("was", -1)} union all ${counted("became", 1)}`,
    table: "became",
    referencing: "old table as was new table as became",
  }),
];

export const countTriggers = (kind: StoreKind): readonly string[] =>
  kind === "sqlite" ? inSqlite : inPostgres;
