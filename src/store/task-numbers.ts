// A project's task counts. The database counts at each change, whichever program makes it (`database/count-triggers.ts`).

import { sql, type RawBuilder } from "kysely";
import {
  noTasks,
  taskStatuses,
  type TaskCounts,
  type TaskPriority,
  type TaskStatus,
} from "../core/task/task.ts";
import type { ProjectKey, StoreScope } from "./database/connection.ts";

export interface PageSelection {
  readonly status?: TaskStatus | undefined;
  readonly priority?: TaskPriority | undefined;
}

const counted = ({ organization, project }: ProjectKey) =>
  sql`from task_counts where organization = ${organization} and project = ${project}`;

/** A count, as part of a statement. An unknown status counts as pending, as when it is read. */
export function countExpression(
  key: ProjectKey,
  { status, priority }: PageSelection,
): RawBuilder<number | string> {
  const others = taskStatuses.filter((one) => one !== "pending");
  const isPending = sql`and status not in (${sql.join(others)})`;
  const isStatus = status === "pending" ? isPending : sql`and status = ${status}`;
  const ofStatus = status === undefined ? sql`` : isStatus;
  const ofPriority = priority === undefined ? sql`` : sql`and priority = ${priority}`;
  return sql`
    (select coalesce(sum(count), 0) ${counted(key)} and day = '' ${ofStatus} ${ofPriority})`;
}

export async function countTasks(
  { db, key }: StoreScope,
  selection: PageSelection,
): Promise<number> {
  const total = countExpression(key, selection);
  const { rows } = await sql<{ total: number | string }>`select ${total} as total`.execute(db);
  return Number(rows[0]?.total);
}

export interface StoredCounts {
  readonly byStatus: TaskCounts;
  /** The latest days (UTC) on which a task was completed, oldest first. */
  readonly completedByDay: { readonly day: string; readonly count: number }[];
}

export async function countProject(
  { db, key }: StoreScope,
  maxDays: number,
): Promise<StoredCounts> {
  const { rows } = await sql<{ day: string; status: string; count: number | string }>`
    select '' as day, status, sum(count) as count ${counted(key)} and day = '' group by status
    union all select * from (
      select day, '' as status, sum(count) as count ${counted(key)} and day > ''
      group by day having sum(count) > 0 order by day desc limit ${sql.lit(maxDays)}) as days`.execute(
    db,
  );
  const byStatus = noTasks();
  const completedByDay: StoredCounts["completedByDay"] = [];
  for (const { day, status, count } of rows) {
    if (day !== "") completedByDay.push({ day, count: Number(count) });
    else if (status in byStatus) byStatus[status as TaskStatus] += Number(count);
    else byStatus.pending += Number(count);
  }
  return { byStatus, completedByDay: completedByDay.toSorted((a, b) => (a.day < b.day ? -1 : 1)) };
}
