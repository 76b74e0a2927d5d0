// What the rest of the program asks of a backend. Adapters live in `sources/`.

import type { Task } from "./task.ts";

/** The project and worktree that a question is about. */
export interface ProjectScope {
  /** Real path of the project's main worktree. */
  path: string;
  name: string;
}

/**
 * A place where tasks are kept. Every method may throw a `SitrepError` or the backend's own error; an empty list means
 * that there is nothing pending, never that something failed.
 */
export interface TaskSource extends AsyncDisposable {
  /** Its name in the configuration. */
  readonly name: string;
  /** What its answers depend on: the server's origin or the store's file. */
  readonly origin: string;
  /** The user or client that asks; empty where there is no sign-in. */
  readonly subject: string;
  /** Every task of the project that is not over. */
  listPending(scope: ProjectScope, signal: AbortSignal): Promise<Task[]>;
  /** One task whatever its status, or null when there is none. Absent where the backend cannot. */
  get?(scope: ProjectScope, id: string, signal: AbortSignal): Promise<Task | null>;
}
