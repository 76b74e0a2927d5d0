// A piece of news, as data: the words are chosen where it is printed.

import type { ChangeKind } from "./changes.ts";
import type { TaskPriority } from "./task.ts";

export interface TaskNews {
  kind: "task";
  taskId: string;
  title: string;
  priority: TaskPriority;
  what: readonly ChangeKind[];
  /** True for the task of the branch that the session is on. */
  isCurrent?: boolean;
}

/** The branch of the working tree is another one than the session was told. Null: detached. */
export interface BranchNews {
  kind: "branch";
  from: string | null;
  to: string | null;
}

export interface ConflictNews {
  kind: "conflict";
  files: number;
}

/** A source that stopped answering (`code` says how) or answers again (`code` is null). */
export interface SourceNews {
  kind: "source";
  source: string;
  code: string | null;
}

/** Another live session in the same working tree, or on the same task elsewhere. */
export interface SessionNews {
  kind: "session";
  worktree: string;
  isSameWorktree: boolean;
  taskId: string | null;
}

/** The branch's upstream has commits that it had not. */
export interface UpstreamNews {
  kind: "upstream";
  name: string;
  /** How many commits it has that the branch has not. */
  behind: number;
}

export type NewsItem =
  | TaskNews
  | BranchNews
  | ConflictNews
  | SourceNews
  | SessionNews
  | UpstreamNews;
