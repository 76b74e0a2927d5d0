// The port behind the task tools and the REST routes, which the store, a REST service and a writable task source
// each fill. Every call is made for a principal; another organisation's rows do not exist for it.

import type { TaskPriority, TaskStatus } from "../core/task/task.ts";
import type { Principal } from "./principal.ts";
import type { NewWireTask, NewWireTicket, Reservation, WireTask, WireTicket } from "./wire.ts";

/** What `sitrep mcp` can be asked to serve. */
export const backendNames = ["embedded", "rest"] as const;
export type BackendName = (typeof backendNames)[number];

export interface Page<T> {
  readonly items: readonly T[];
  /** Over all pages. */
  readonly total: number;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

export interface TaskFilter {
  readonly project: string;
  readonly status?: TaskStatus;
  readonly priority?: TaskPriority;
  readonly page: number;
  readonly pageSize: number;
  /** How many there are over all pages, where that is known: it need not be counted. */
  readonly total?: number;
}

export interface TicketFilter {
  readonly status?: string;
  readonly category?: string;
  readonly priority?: string;
  readonly page: number;
  readonly pageSize: number;
}

/** For whom a call is made, and until when. */
export interface Asked {
  readonly as: Principal;
  readonly signal: AbortSignal;
}

/** How many days `ProjectCounts` has: as many as a chart has room for. */
export const mostDays = 14;

export interface ProjectCounts {
  readonly byStatus: Readonly<Record<TaskStatus, number>>;
  /** How many tasks were completed on each of the latest `mostDays` days that have any, oldest first: `2026-11-21`. */
  readonly completedByDay: readonly { readonly day: string; readonly count: number }[];
}

/**
 * Throws `SitrepError`: `task-not-found`, `task-ambiguous` (the id is in several projects and none was named),
 * `ticket-not-found`, `project-unknown`, `transition-invalid`, `task-invalid`, `usage`, `not-supported`,
 * `permission-denied`; the store's `store-busy` and `store-unreachable`, which may pass, and `store-unreadable`;
 * `cancelled` when the signal is aborted; of a server behind it `SourceError`. A method that only reads may be repeated.
 */
export interface TaskBackend extends AsyncDisposable {
  readonly kind: "store" | "rest" | "source";
  /**
   * The task to do next, which is not taken by asking: of this status, or (null) started work first, then pending; the
   * most pressing, then earliest due, then oldest. A pending one that depends on a task that is not over is passed over.
   */
  nextTask(
    query: { project: string; status: TaskStatus | null },
    asked: Asked,
  ): Promise<WireTask | null>;
  listTasks(filter: TaskFilter, asked: Asked): Promise<Page<WireTask>>;
  /** The names of the organisation's projects that have tasks. Absent where the backend cannot list them. */
  projects?(asked: Asked): Promise<readonly string[]>;
  /** Without a project: the organisation's only task of this id, else `task-ambiguous`. */
  getTask(id: string, project: string | null, asked: Asked): Promise<WireTask | null>;
  /** Compare and set: of two that move it to `in_progress`, the second gets `transition-invalid`. */
  updateStatus(
    change: { taskId: string; project: string | null; status: TaskStatus; notes: string },
    asked: Asked,
  ): Promise<WireTask>;
  /** All or none, in order. Gives the ids. */
  addTasks(tasks: readonly NewWireTask[], asked: Asked): Promise<readonly string[]>;
  /** Only reads: two that ask get the same id. At least three digits: `US-028`. */
  nextId(query: { type: string; project: string }, asked: Asked): Promise<string>;
  /** 1 to 100, contiguous, never given out again. */
  reserveIds(
    query: { type: string; project: string; count: number },
    asked: Asked,
  ): Promise<Reservation>;
  listTickets(filter: TicketFilter, asked: Asked): Promise<Page<WireTicket>>;
  getTicket(id: string, asked: Asked): Promise<WireTicket | null>;
  searchTickets(text: string, limit: number, asked: Asked): Promise<readonly WireTicket[]>;
  createTicket(ticket: NewWireTicket, asked: Asked): Promise<WireTicket>;
  counts(project: string, asked: Asked): Promise<ProjectCounts>;
  /** Throws when the backend cannot serve. */
  check(signal: AbortSignal): Promise<void>;
}
