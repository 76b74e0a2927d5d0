// What a session is told while it runs. An item is data: the words are chosen where it is printed.

import { kindsOf } from "./changes.ts";
import type { ChangeKind, TaskChange } from "./changes.ts";
import { isSignInFailure } from "./brief/source-lines.ts";
import { gitFingerprint } from "./git-state.ts";
import type { GitState } from "./git-state.ts";
import { peerKey } from "./peers.ts";
import type { Peer } from "./peers.ts";
import { belongsToBranch } from "./ranking.ts";
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

/** What can be switched off, each on its own. `file` is news of the very file that a call is about to change. */
export const newsKinds = [
  "task",
  "branch",
  "conflict",
  "source",
  "session",
  "upstream",
  "file",
] as const;
export type NewsKind = (typeof newsKinds)[number];
export type NewsSwitches = Readonly<Record<NewsKind, boolean>>;

export const allNews: NewsSwitches = {
  task: true,
  branch: true,
  conflict: true,
  source: true,
  session: true,
  upstream: true,
  file: true,
};

/** The switches with those that are given in place of the others. */
export function switchedBy(
  switches: NewsSwitches,
  given: { readonly [K in NewsKind]?: boolean | undefined },
): NewsSwitches {
  const all = { ...switches };
  for (const kind of newsKinds) all[kind] = given[kind] ?? switches[kind];
  return all;
}

/** What the session knows of its surroundings: set by its brief, moved on by each piece of news. */
export interface ToldState {
  git: GitState | null;
  /** For each source, the failure code that was told, null for a source said to answer. */
  sources: Readonly<Record<string, string | null>>;
  /** The other sessions that it was told of, as `peerKey` writes them. */
  peers?: readonly string[];
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

function taskNews(change: TaskChange, branch: string | null): TaskNews | null {
  const what = kindsOf(change);
  const state = change.after ?? change.before;
  if (state === null || what.length === 0) return null;
  const own = change.before?.branch ?? change.after?.branch;
  const isCurrent = belongsToBranch(
    { id: change.taskId, ...(own === undefined ? {} : { branch: own }) },
    branch,
  );
  if (!isCurrent && !isNewsworthy(change, what)) return null;
  return {
    kind: "task",
    taskId: change.taskId,
    title: state.title,
    priority: state.priority,
    what,
    ...(isCurrent ? { isCurrent } : {}),
  };
}

/** The branch that the work is on; during a rebase git itself names none. */
const workBranch = (state: GitState): string | null =>
  state.branch ?? state.operation?.branch ?? null;

/** Moved by others: what one pushes oneself is in the branch too, and does not leave it behind. */
function upstreamNews(told: GitState, now: GitState): UpstreamNews | null {
  const [was, is] = [told.upstream, now.upstream];
  if (was === null || is === null || told.branch !== now.branch || was.name !== is.name)
    return null;
  const isKnown = was.commit !== undefined && is.commit !== undefined;
  const hasMoved = isKnown ? was.commit !== is.commit : was.behind < is.behind;
  return hasMoved && is.behind > 0 ? { kind: "upstream", name: is.name, behind: is.behind } : null;
}

function gitNews(told: GitState, now: GitState): NewsItem[] {
  const items: NewsItem[] = [];
  const [from, to] = [workBranch(told), workBranch(now)];
  if (from !== to) items.push({ kind: "branch", from, to });
  if (now.counts.conflicted > told.counts.conflicted) {
    items.push({ kind: "conflict", files: now.counts.conflicted });
  }
  const upstream = upstreamNews(told, now);
  if (upstream !== null) items.push(upstream);
  return items;
}

/** A source that went, came back, or now fails for want of a sign-in. */
function isSourceNews(was: string | null, is: string | null): boolean {
  if ((was === null) !== (is === null)) return true;
  return was !== is && is !== null && isSignInFailure(is);
}

/** What is so now. `changes` are net task changes since the session was told. */
export interface Surroundings {
  git: GitState | null;
  sources: Readonly<Record<string, string | null>>;
  changes: readonly TaskChange[];
  peers: readonly Peer[];
}

/** The news of a session: changed tasks, its working tree, the sources' failures, and who else is at work. */
export function findNews(
  told: ToldState,
  now: Surroundings,
  switches: NewsSwitches = allNews,
): NewsItem[] {
  const branch = now.git === null ? null : workBranch(now.git);
  const items: NewsItem[] = now.changes
    .map((change) => taskNews(change, branch))
    .filter((item) => item !== null)
    .toSorted((left, right) => Number(right.isCurrent ?? false) - Number(left.isCurrent ?? false));
  if (told.git !== null && now.git !== null && told.git.root === now.git.root)
    items.push(...gitNews(told.git, now.git));
  const known = new Set(told.peers);
  for (const peer of now.peers) {
    const { worktree, isSameWorktree, taskId } = peer;
    if (!known.has(peerKey(peer)))
      items.push({ kind: "session", worktree, isSameWorktree, taskId });
  }
  for (const [source, code] of Object.entries(now.sources)) {
    const was = Object.hasOwn(told.sources, source) ? told.sources[source] : undefined;
    if (was !== undefined && isSourceNews(was, code)) items.push({ kind: "source", source, code });
  }
  return items.filter((item) => switches[item.kind]);
}

/** True when a git-related call should be told the state of the repository once more. */
export function gitMoved(told: GitState | null, now: GitState | null): boolean {
  if (now === null) return false;
  return told === null || told.root !== now.root || gitFingerprint(told) !== gitFingerprint(now);
}
