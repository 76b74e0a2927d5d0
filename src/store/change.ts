// A change of a project's tasks, as shown. Separate from `undo.ts`, because the library's types use it and must not need Kysely.

import type { Task } from "../core/task/task.ts";

/** What happened to one task. `before` null: it was added; `after` null: it was removed. */
export interface TaskStep {
  readonly id: string;
  readonly before: Task | null;
  readonly after: Task | null;
}

export interface StoredChange {
  readonly id: string;
  readonly at: string;
  /** A session, or a server's user; null for a person at a terminal. */
  readonly author: string | null;
  readonly steps: readonly TaskStep[];
}

export interface TaskComment {
  readonly at: string;
  /** The same as `StoredChange.author`. */
  readonly author: string | null;
  readonly body: string;
}

/** A step in one task's history. `isUndo`: it undid another. */
export type HistoryStep = TaskStep &
  Pick<StoredChange, "at" | "author"> & { readonly isUndo: boolean };
