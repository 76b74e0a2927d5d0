// A signed-in person's request, and its query.

import { SitrepError } from "../../core/errors.ts";
import { readOneOf } from "../../core/read.ts";
import { taskStatuses } from "../../core/task/task.ts";
import type { CallScope, TaskBackend } from "../backend.ts";
import { mayUse, type Principal } from "../principal.ts";
import type { BoardCalls } from "./backend-calls.ts";
import type { BoardContext } from "./security.ts";
import type { BoardSession } from "./board-sessions.ts";

export type BoardBackend = TaskBackend & BoardCalls & Required<Pick<TaskBackend, "projects">>;

/** False for a service, which has no history and cannot list its projects. */
export const hasBoard = (backend: TaskBackend): backend is BoardBackend =>
  backend.boardColumns !== undefined && backend.projects !== undefined;

export interface BoardRequest {
  readonly session: BoardSession;
  readonly asked: CallScope;
  readonly project: string;
  /** `LiveStreams.versionOf`, taken before the page's data is read. */
  readonly version: string;
}

/** Throws `permission-denied`. `permission`: the one that the REST operation requires. */
export function requirePermission(principal: Principal, permission: string): void {
  if (mayUse(principal, permission)) return;
  throw new SitrepError("permission-denied", `This requires the ${permission} permission.`);
}

export type Show = (request: BoardRequest, context: BoardContext) => Promise<Response>;

const shownStatuses = ["pending", "in_progress", "blocked", "completed"] as const;
/** Cards in a column: few if there are several columns, so that the first paint is fast. */
const [cardsTogether, cardsAlone] = [15, 60];
const lastPage = 10_000;

/** Reads the query of a board's address. */
export function selectionOf(query: (name: string) => string | undefined, project: string) {
  const status = readOneOf(query("status"), taskStatuses) ?? null;
  const page = Math.min(lastPage, Math.max(1, Math.floor(Number(query("page") ?? 1)) || 1));
  const text = (query("text") ?? "").trim().slice(0, 200);
  const owner = (query("owner") ?? "").trim().slice(0, 200);
  return {
    project,
    filter: { text, owner },
    status,
    page: status === null ? 1 : page,
    statuses: status === null ? shownStatuses : [status],
    size: status === null ? cardsTogether : cardsAlone,
  };
}
