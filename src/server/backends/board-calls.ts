import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import { parseJson, readOneOf, readStrings } from "../../core/read.ts";
import { taskPriorities, taskStatuses, type TaskStatus } from "../../core/task/task.ts";
import {
  selectChanges,
  selectColumn,
  selectOpen,
  selectTakers,
  type CardRow,
} from "../../store/board-queries.ts";
import type { StoreConnection, StoreScope } from "../../store/database/connection.ts";
import { insertComment, selectComments } from "../../store/task-comments.ts";
import type { ChangeContext } from "../../store/task-history.ts";
import { countProject } from "../../store/task-numbers.ts";
import { findRow, hasTasks, type TaskRow } from "../../store/task-queries.ts";
import { readColumns } from "../../store/task-row.ts";
import { changeTask } from "../../store/task-writes.ts";
import { readPast } from "../../store/undo.ts";
import { notFound, type CallScope } from "../backend.ts";
import type { BoardCalls, BoardCard, BoardColumn } from "../board/backend-calls.ts";
import { wireTaskOfRow } from "../wire.ts";
import { requireUnchanged } from "./stored-tasks.ts";

export interface BoardDeps {
  readonly store: StoreConnection;
  readonly scopeFor: (organization: string, project: string) => Promise<StoreScope>;
  readonly nameOf: (key: StoreScope["key"]) => string | Promise<string>;
  readonly occasionOf: (asked: CallScope) => ChangeContext;
}

const maxShown = 60;

async function cardsOf(scope: StoreScope, rows: readonly CardRow[]): Promise<BoardCard[]> {
  const read = rows.map((row) => ({ row, dependsOn: readStrings(parseJson(row.depends_on)) }));
  const blockers = read.flatMap(({ row, dependsOn }) => (row.held === 1 ? dependsOn : []));
  const open = await selectOpen(scope, [...new Set(blockers)]);
  const taken = rows.filter(({ status }) => status === "in_progress").map(({ id }) => id);
  const takers = await selectTakers(scope, taken);
  return read.map(({ row, dependsOn }) => ({
    task_id: row.id,
    title: row.title,
    status: readOneOf(row.status, taskStatuses) ?? "pending",
    priority: readOneOf(row.priority, taskPriorities) ?? "none",
    assignees: readStrings(parseJson(row.assignees)),
    due: row.due,
    url: row.url,
    created_at: row.created_at,
    version: row.updated_at,
    waitsFor: row.held === 1 ? dependsOn.filter((id) => open.has(id)) : [],
    taker: takers.get(row.id) ?? null,
  }));
}

async function columnOf(
  scope: StoreScope,
  status: TaskStatus,
  {
    filter,
    page,
    size,
  }: Pick<Parameters<BoardCalls["boardColumns"]>[0], "filter" | "page" | "size">,
  total: number,
): Promise<BoardColumn> {
  const isFiltered = filter.text !== "" || filter.owner !== "";
  const window = { limit: size + 1, offset: (page - 1) * size };
  // A status without tasks needs no search.
  const rows = total === 0 ? [] : await selectColumn(scope, status, filter, window);
  const cards = await cardsOf(scope, rows.slice(0, size));
  return { status, total: isFiltered ? null : total, cards, hasMore: rows.length > size };
}

export function createBoardCalls({ store, scopeFor, nameOf, occasionOf }: BoardDeps): BoardCalls {
  const { kind } = store;
  const known = async (organization: string, project: string): Promise<StoreScope> => {
    const scope = await scopeFor(organization, project);
    if (await hasTasks(scope)) return scope;
    throw new SitrepError("project-unknown", `There is no project ${quotedName(project)}.`);
  };

  /** Makes a change of one task in a transaction. `change` may refuse by throwing. */
  const changeOne = async (
    { project, id }: { readonly project: string; readonly id: string },
    asked: CallScope,
    change: (scope: StoreScope, row: TaskRow, occasion: ChangeContext) => Promise<TaskRow | null>,
  ) => {
    const { key } = await known(asked.as.organization, project);
    const row = await store.write(async (db) => {
      const scope = { kind, db, key };
      const found = await findRow(scope, id, "locked");
      if (found === null) throw notFound("task", id);
      return (await change(scope, found, occasionOf(asked))) ?? found;
    });
    return { updated_task: wireTaskOfRow(row, await nameOf(key)) };
  };

  return {
    boardColumns: async ({ project, statuses, ...shown }, { as }) => {
      const scope = await known(as.organization, project);
      const { byStatus } = await countProject(scope, 1);
      const columns: BoardColumn[] = [];
      for (const status of statuses) {
        // oxlint-disable-next-line no-await-in-loop -- one connection is enough for one page
        columns.push(await columnOf(scope, status, shown, byStatus[status]));
      }
      return { columns };
    },
    boardTask: async ({ project, id }, { as }) => {
      const scope = await known(as.organization, project);
      const row = await findRow(scope, id);
      if (row === null) throw notFound("task", id);
      const open = await selectOpen(scope, readColumns(row).dependsOn);
      return {
        task: wireTaskOfRow(row, await nameOf(scope.key)),
        waitsFor: [...open],
        steps: await readPast(scope, id, ""),
        comments: await selectComments(scope, id),
      };
    },
    boardChanges: async ({ project }, { as }) => ({
      steps: await selectChanges(await known(as.organization, project), maxShown),
    }),
    assignTask: (input, asked) =>
      changeOne(input, asked, (scope, row, occasion) => {
        requireUnchanged(row, input.if_unchanged_since);
        const set = { assignees: JSON.stringify(input.assignees) };
        return changeTask(scope, { ...occasion, id: row.id, from: row.status, set });
      }),
    commentTask: (input, asked) =>
      changeOne(input, asked, async (scope, row, occasion) => {
        await insertComment(scope, { ...occasion, id: row.id, body: input.comment });
        return row;
      }),
  };
}
