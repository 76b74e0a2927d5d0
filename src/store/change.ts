// What is told of the changes of a project's tasks.

import type { Task } from "../core/task/task.ts";

/** What became of one task. `before` null: it was added; `after` null: it was removed. */
export interface TaskStep {
  readonly id: string;
  readonly before: Task | null;
  readonly after: Task | null;
}

/** One command or call, of one task or of many. */
export interface StoredChange {
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** A session of a client or a user of a server; null for a person at a terminal. */
  readonly author: string | null;
  readonly steps: readonly TaskStep[];
}

/** A step of one task's history. `isUndo`: it took another back. */
export type PastStep = TaskStep &
  Pick<StoredChange, "at" | "author"> & { readonly isUndo: boolean };
