// The board's calls of a backend, besides the operations. Only the store has them, because a service has no history.

import type { TaskStatus } from "../../core/task/task.ts";
import type { BoardFilter } from "../../store/board-queries.ts";
import type { HistoryStep, TaskComment } from "../../store/change.ts";
import type { Principal } from "../principal.ts";
import type { WireTask } from "../wire.ts";

export interface BoardCard extends Pick<
  WireTask,
  "task_id" | "title" | "status" | "priority" | "assignees" | "due" | "url" | "created_at"
> {
  /** `updated_at`: a write names it, and is refused if the task has changed since. */
  readonly version: string;
  /** The open tasks that it depends on. */
  readonly waitsFor: readonly string[];
  /** Who set it to in progress; null for another status, or unknown. */
  readonly taker: { readonly author: string | null; readonly at: string } | null;
}

export interface BoardColumn {
  readonly status: TaskStatus;
  /** Null if a filter is set: counting would read all tasks. */
  readonly total: number | null;
  readonly cards: readonly BoardCard[];
  readonly hasMore: boolean;
}

export interface TaskDetails {
  readonly task: WireTask;
  readonly waitsFor: readonly string[];
  /** Oldest first. */
  readonly steps: readonly HistoryStep[];
  /** Oldest first. */
  readonly comments: readonly TaskComment[];
}

type Call<Input, QueryResult> = (
  input: Input,
  asked: { readonly as: Principal; readonly signal: AbortSignal },
) => Promise<QueryResult>;
interface OfTask {
  readonly project: string;
  readonly id: string;
}

/** They throw as `TaskBackend` does; `project-unknown` for a project without tasks. */
export interface BoardCalls {
  /** `page`: from 1, of `size` cards in each column. */
  readonly boardColumns: Call<
    {
      readonly project: string;
      readonly statuses: readonly TaskStatus[];
      readonly filter: BoardFilter;
      readonly page: number;
      readonly size: number;
    },
    { readonly columns: readonly BoardColumn[] }
  >;
  readonly boardTask: Call<OfTask, TaskDetails>;
  /** The last changes of a project, latest first. */
  readonly boardChanges: Call<
    { readonly project: string },
    { readonly steps: readonly HistoryStep[] }
  >;
  /** Throws `task-changed` if the task changed after `if_unchanged_since`. */
  readonly assignTask: Call<
    OfTask & { readonly assignees: readonly string[]; readonly if_unchanged_since: string },
    { readonly updated_task: WireTask }
  >;
  readonly commentTask: Call<
    OfTask & { readonly comment: string },
    { readonly updated_task: WireTask }
  >;
}

export const boardWrites: readonly (keyof BoardCalls)[] = ["assignTask", "commentTask"];
export const boardCallNames: readonly (keyof BoardCalls)[] = [
  "boardColumns",
  "boardTask",
  "boardChanges",
  ...boardWrites,
];
