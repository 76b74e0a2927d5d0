// The board's queries of a project: a column of tasks, who took a task, the last changes.

import { sql, type RawBuilder, type Selectable } from "kysely";
import { parseJson } from "../core/read.ts";
import type { TaskStatus } from "../core/task/task.ts";
import type { HistoryStep } from "./change.ts";
import type { HistoryTable, StoreScope } from "./database/connection.ts";
import { ofProject, selectByIds, type TaskRow } from "./task-queries.ts";
import { taskFromRow } from "./task-row.ts";

export interface BoardFilter {
  /** Searched in title and id, in any case. */
  readonly text: string;
  /** An assignee. */
  readonly owner: string;
}

const cardColumns = [
  "id",
  "title",
  "status",
  "priority",
  "assignees",
  "depends_on",
  "held",
  "due",
  "url",
  "created_at",
  "updated_at",
] as const;

export type CardRow = Pick<TaskRow, (typeof cardColumns)[number]>;

const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`);
const contains = (column: RawBuilder<unknown>, text: string): RawBuilder<boolean> =>
  sql<boolean>`${column} like ${`%${escaped(text)}%`} escape '\\'`;

function matches({ text, owner }: BoardFilter): RawBuilder<boolean> {
  // SQLite's `lower` knows only ASCII, so the text is also searched as typed.
  const inText = [sql`title`, sql`lower(title)`, sql`lower(id)`].map((column, at) =>
    contains(column, at === 0 ? text : text.toLowerCase()),
  );
  const ofText = text === "" ? sql`true` : sql`(${sql.join(inText, sql` or `)})`;
  const ofOwner = owner === "" ? sql`true` : contains(sql`assignees`, JSON.stringify(owner));
  return sql<boolean>`${ofText} and ${ofOwner}`;
}

/** Closed tasks come latest first, open ones in the order of the next task. Each order has an index. */
const orders: Readonly<Record<string, RawBuilder<unknown>>> = {
  completed: sql`coalesce(completed_at, updated_at) desc`,
  cancelled: sql`created_at desc, id desc`,
};
const nextFirst = sql`held, priority_rank, due_key, created_at, id`;

export const selectColumn = (
  scope: StoreScope,
  status: TaskStatus,
  filter: BoardFilter,
  { limit, offset }: { limit: number; offset: number },
): Promise<CardRow[]> =>
  ofProject(scope)
    .select(cardColumns)
    // A literal, so that the database can choose the index of completed tasks.
    .where(sql<boolean>`status = ${sql.lit(status)}`)
    .where(matches(filter))
    .orderBy(orders[status] ?? nextFirst)
    .limit(limit)
    .offset(offset)
    .execute();

/** The open ones of these tasks. */
export async function selectOpen(
  scope: StoreScope,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await ofProject(scope)
    .select("id")
    .where("id", "in", [...ids])
    .where("status", "not in", ["completed", "cancelled"])
    .execute();
  return new Set(rows.map(({ id }) => id));
}

const stepsOfTask = 50;

/** Who set each of these tasks to in progress, and when, as far as their last steps say. */
export async function selectTakers(
  { db, key: { organization, project } }: StoreScope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, { author: string | null; at: string }>> {
  const takers = new Map<string, { author: string | null; at: string }>();
  if (ids.length === 0) return takers;
  // Without ORDER BY, for which SQLite would read the whole project's history.
  const { rows } = await sql<Pick<HistoryRow, "task_id" | "seq" | "author" | "at" | "before">>`
    select task_id, seq, author, at, before from task_history as step
    where organization = ${organization} and project = ${project} and task_id in (${sql.join([...ids])})
      and seq >= coalesce((
        select seq from task_history as later where later.organization = step.organization
          and later.project = step.project and later.task_id = step.task_id
        order by seq desc limit 1 offset ${sql.lit(stepsOfTask - 1)}), 0)`.execute(db);
  for (const row of rows.toSorted((one, other) => Number(other.seq) - Number(one.seq))) {
    const { task_id: id, author, at } = row;
    if (!takers.has(id) && rowBefore(row)?.status !== "in_progress") takers.set(id, { author, at });
  }
  return takers;
}

type HistoryRow = Selectable<HistoryTable>;

const rowBefore = ({ before }: Pick<HistoryRow, "before">): TaskRow | null =>
  before === null ? null : ((parseJson(before) as TaskRow | undefined) ?? null);

/** The last changes of a project's tasks, latest first. */
export async function selectChanges(scope: StoreScope, limit: number): Promise<HistoryStep[]> {
  const rows = await scope.db
    .selectFrom("task_history")
    .selectAll()
    .where((eb) => eb.and({ ...scope.key }))
    .orderBy("seq", "desc")
    .limit(limit)
    .execute();
  const now = await selectByIds(scope, [...new Set(rows.map(({ task_id: id }) => id))]);
  /** Each task's state after the current change. */
  const after = new Map<string, TaskRow | null>(now.map((row) => [row.id, row]));
  return rows.map((row) => {
    const [was, became] = [rowBefore(row), after.get(row.task_id) ?? null];
    after.set(row.task_id, was);
    return {
      id: row.task_id,
      at: row.at,
      author: row.author,
      isUndo: row.is_undo === 1,
      before: was === null ? null : taskFromRow(was, ""),
      after: became === null ? null : taskFromRow(became, ""),
    };
  });
}
