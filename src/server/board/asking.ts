// A request of a person who is signed in, and what it selects.

import { SitrepError } from "../../core/errors.ts";
import { readOneOf } from "../../core/read.ts";
import { taskStatuses } from "../../core/task/task.ts";
import type { CallScope, TaskBackend } from "../backend.ts";
import { mayUse, type Principal } from "../principal.ts";
import type { BoardCalls } from "./calls.ts";
import type { BoardContext } from "./security.ts";
import type { BoardSession } from "./sessions.ts";

export type BoardBackend = TaskBackend & BoardCalls & Required<Pick<TaskBackend, "projects">>;

/** A service behind has no history, and cannot list its projects. */
export const hasBoard = (backend: TaskBackend): backend is BoardBackend =>
  backend.boardColumns !== undefined && backend.projects !== undefined;

export interface Asking {
  readonly session: BoardSession;
  readonly asked: CallScope;
  readonly project: string;
  /** Of what is read from now on: `LiveStreams.versionOf`. */
  readonly version: string;
}

/** Throws `permission-denied`: by the permission of the operation over REST. */
export function requirePermission(principal: Principal, permission: string): void {
  if (mayUse(principal, permission)) return;
  throw new SitrepError("permission-denied", `This requires the ${permission} permission.`);
}

export type Show = (asking: Asking, context: BoardContext) => Promise<Response>;

const shownStatuses = ["pending", "in_progress", "blocked", "completed"] as const;
/** So many cards in a column among others, so that the first paint is quick; alone it has more. */
const [cardsTogether, cardsAlone] = [15, 60];
const lastPage = 10_000;

/** What the query of a board's address selects. */
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
