// What a session is told while it runs. An item is data: the words are chosen where it is printed.

import { kindsOf } from "./changes.ts";
import type { ChangeKind, TaskChange } from "./changes.ts";
import { gitFingerprint } from "./git-state.ts";
import type { GitState } from "./git-state.ts";
import type { TaskPriority } from "./task.ts";

export interface TaskNews {
  kind: "task";
  taskId: string;
  title: string;
  priority: TaskPriority;
  what: readonly ChangeKind[];
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

export type NewsItem = TaskNews | BranchNews | ConflictNews | SourceNews;

/** What the session knows of its surroundings: set by its brief, moved on by each piece of news. */
export interface ToldState {
  git: GitState | null;
  /** For each source, the failure code that was told, null for a source said to answer. */
  sources: Readonly<Record<string, string | null>>;
}

const alwaysTold: ReadonlySet<ChangeKind> = new Set([
  "completed",
  "cancelled",
  "reopened",
  "reassigned",
  "blocked",
]);
const toldWhenPressing: ReadonlySet<ChangeKind> = new Set(["new", "raised", "unblocked"]);

/** True for what is worth a line in the middle of work: what is urgent, what is over, what changed hands. */
function isNewsworthy(change: TaskChange, kinds: readonly ChangeKind[]): boolean {
  const priority = (change.after ?? change.before)?.priority ?? "none";
  const isPressing = priority === "urgent" || priority === "high";
  return kinds.some(
    (kind) =>
      alwaysTold.has(kind) ||
      (isPressing && toldWhenPressing.has(kind)) ||
      (kind === "gone" && change.before?.status === "in_progress"),
  );
}

function taskNews(change: TaskChange): TaskNews | null {
  const what = kindsOf(change);
  const state = change.after ?? change.before;
  if (state === null || !isNewsworthy(change, what)) return null;
  return {
    kind: "task",
    taskId: change.taskId,
    title: state.title,
    priority: state.priority,
    what,
  };
}

/** The branch that the work is on; during a rebase git itself names none. */
const workBranch = (state: GitState): string | null =>
  state.branch ?? state.operation?.branch ?? null;

function gitNews(told: GitState, now: GitState): NewsItem[] {
  const items: NewsItem[] = [];
  const [from, to] = [workBranch(told), workBranch(now)];
  if (from !== to) items.push({ kind: "branch", from, to });
  if (now.counts.conflicted > told.counts.conflicted) {
    items.push({ kind: "conflict", files: now.counts.conflicted });
  }
  return items;
}

/** The news of a session: net task changes since it was told, its working tree, and the sources' failures. */
export function findNews(
  told: ToldState,
  now: {
    git: GitState | null;
    sources: Readonly<Record<string, string | null>>;
    changes: readonly TaskChange[];
  },
): NewsItem[] {
  const items: NewsItem[] = now.changes.map(taskNews).filter((item) => item !== null);
  if (told.git !== null && now.git !== null && told.git.root === now.git.root)
    items.push(...gitNews(told.git, now.git));
  for (const [source, code] of Object.entries(now.sources)) {
    const was = Object.hasOwn(told.sources, source) ? told.sources[source] : undefined;
    if (was !== undefined && (was === null) !== (code === null))
      items.push({ kind: "source", source, code });
  }
  return items;
}

/** True when a git-related call should be told the state of the repository once more. */
export function gitMoved(told: GitState | null, now: GitState | null): boolean {
  if (now === null) return false;
  return told === null || told.root !== now.root || gitFingerprint(told) !== gitFingerprint(now);
}
