import { SitrepError } from "../core/errors.ts";
import { quotedName } from "../core/quote.ts";
import type { TaskStatus } from "../core/task/task.ts";
import type { BoardCalls } from "./board/backend-calls.ts";
import type { ResponseOf, InputOf } from "./operations/define-operation.ts";
import type { OperationName, Operations } from "./operations/operations.ts";
import type { Principal } from "./principal.ts";

/** The values of `sitrep mcp --backend`. */
export const backendNames = ["embedded", "rest"] as const;
export type BackendName = (typeof backendNames)[number];

export interface CallScope {
  readonly as: Principal;
  readonly signal: AbortSignal;
}

export type Calls = {
  [Name in OperationName]: (
    input: InputOf<Operations[Name]>,
    asked: CallScope,
  ) => Promise<ResponseOf<Operations[Name]>>;
};

export const maxDays = 14;

export interface ProjectCounts {
  readonly byStatus: Readonly<Record<TaskStatus, number>>;
  /** How many tasks were completed on each of the latest `maxDays` days that have any, oldest first: `2026-11-21`. */
  readonly completedByDay: readonly { readonly day: string; readonly count: number }[];
}

/**
 * Another organization's rows do not exist for a call. Of two calls that take a task, the second gets
 * `transition-invalid`; tasks are added all or none; reserved ids are contiguous and never given out again. Reads may be
 * repeated.
 *
 * Throws `SitrepError`: `task-not-found`, `task-ambiguous` (the id is in several projects and none was named),
 * `ticket-not-found`, `project-unknown`, `transition-invalid`, `task-invalid`, `usage`, `not-supported`,
 * `permission-denied`; the store's `store-busy` and `store-unreachable`, which may pass, and `store-unreadable`;
 * `cancelled` when the signal is aborted; `SourceError` for a server behind it.
 */
export interface TaskBackend extends Calls, Partial<BoardCalls>, AsyncDisposable {
  readonly kind: "store" | "rest" | "source";
  /** The names of the organization's projects that have tasks. Absent if the backend cannot list them. */
  readonly projects?: (input: object, asked: CallScope) => Promise<readonly string[]>;
  readonly counts: (
    input: { readonly project: string },
    asked: CallScope,
  ) => Promise<ProjectCounts>;
  readonly check: (signal: AbortSignal) => Promise<void>;
}

export const notFound = (kind: "task" | "ticket", id: string): SitrepError => {
  const message = `${kind === "task" ? "Task" : "Ticket"} not found: ${quotedName(id)}`;
  return new SitrepError(`${kind}-not-found`, message, {
    hint: `List the ${kind}s to see their ids.`,
  });
};
