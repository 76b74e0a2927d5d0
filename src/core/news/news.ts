import { listChangeKinds, type ChangeKind, type TaskChange } from "./changes.ts";
import { isSignInFailure } from "../brief/source-lines.ts";
import type { GitState } from "../git/git-state.ts";
import type { NewsItem, TaskNews, UpstreamNews } from "./pending-news.ts";
import { allNews, type NewsSwitches } from "../hook-settings.ts";
import { peerKey, type Peer } from "./peers.ts";
import { isCommitId, newsOfPull, type PullRequest } from "../pull-request/pull-request.ts";
import { defined } from "../read.ts";
import { mismatchKey, type CurrentMismatch } from "../task/mismatch.ts";
import { statusChangeKey, type StatusChange } from "../task/status-change.ts";
import type { Task } from "../task/task.ts";
import { belongsToBranch } from "../task/branch-tasks.ts";
import type { DeliveredState } from "../session.ts";

const always: readonly ChangeKind[] = [
  "completed",
  "cancelled",
  "reopened",
  "reassigned",
  "blocked",
];
const whenPressing: readonly ChangeKind[] = ["new", "relisted", "raised", "unblocked"];

const isPressing = (state: Pick<Task, "priority"> | null): boolean =>
  state?.priority === "urgent" || state?.priority === "high";

const isNewsworthy = ({ before, after }: TaskChange, kinds: readonly ChangeKind[]): boolean =>
  kinds.some(
    (kind) =>
      always.includes(kind) ||
      (isPressing(after ?? before) && whenPressing.includes(kind)) ||
      // A session that heard it was pressing would keep believing so.
      (isPressing(before) && (kind === "gone" || kind === "lowered")) ||
      (kind === "gone" && before?.status === "in_progress"),
  );

function taskNews(change: TaskChange, branch: string | null): TaskNews | null {
  const { taskId, before, after } = change;
  const what = listChangeKinds(change);
  const state = after ?? before;
  if (state === null || what.length === 0) return null;
  const own = before?.branch ?? after?.branch;
  const isCurrent = belongsToBranch({ id: taskId, ...defined({ branch: own }) }, branch);
  if (!isCurrent && !isNewsworthy(change, what)) return null;
  const assignees = what.includes("reassigned") ? after?.assignees : undefined;
  return {
    kind: "task",
    taskId,
    title: state.title,
    priority: state.priority,
    what,
    ...defined({ isCurrent: isCurrent || undefined, assignees }),
  };
}

const workBranch = (state: GitState): string | null =>
  state.branch ?? state.operation?.branch ?? null;

/** A bisect is on no branch, and its starting branch does not say where work continues. */
const reportedBranch = (state: GitState): string | null =>
  state.operation?.kind === "bisect" ? state.branch : workBranch(state);

/** Only commits of others: the user's own are in the branch too, or have the user as author. */
function upstreamNews(delivered: GitState, now: GitState): UpstreamNews | null {
  const [was, is] = [delivered.upstream, now.upstream];
  if (was === null || is === null || delivered.branch !== now.branch || was.name !== is.name)
    return null;
  const isKnown = was.commit !== undefined && is.commit !== undefined;
  const hasMoved = isKnown ? was.commit !== is.commit : was.behind < is.behind;
  if (!hasMoved) return null;
  const { name, behind, incoming, lost = [] } = is;
  const isRewritten = was.commit !== undefined && lost.includes(was.commit);
  if (isRewritten)
    return { kind: "upstream", name, behind, isRewritten, ...defined({ notes: incoming?.notes }) };
  if (behind === 0 || incoming?.others === 0) return null;
  const isGrown = delivered.head === now.head && behind > was.behind;
  const fresh = isGrown ? behind - was.behind : undefined;
  const notes = incoming?.notes.slice(0, fresh);
  return { kind: "upstream", name, behind, ...defined({ fresh, notes }) };
}

function gitNews(delivered: GitState, now: GitState): NewsItem[] {
  const [from, to] = [reportedBranch(delivered), reportedBranch(now)];
  const { counts, conflicts: paths } = now;
  const files = counts.conflicted;
  const upstream = upstreamNews(delivered, now);
  return [
    ...(from === to ? [] : [{ kind: "branch" as const, from, to }]),
    ...(files > delivered.counts.conflicted
      ? [{ kind: "conflict" as const, files, ...defined({ paths }) }]
      : []),
    ...(upstream === null ? [] : [upstream]),
  ];
}

function isSourceNews(was: string | null, is: string | null): boolean {
  if ((was === null) !== (is === null)) return true;
  return was !== is && is !== null && isSignInFailure(is);
}

/** `changes` are net task changes since the last delivery to the session. */
export interface NewsContext {
  git: GitState | null;
  sources: Readonly<Record<string, string | null>>;
  changes: readonly TaskChange[];
  peers: readonly Peer[];
  /** The user's recently merged and reverted tasks. */
  merged?: readonly CurrentMismatch[];
  /** The branch's. */
  pull?: PullRequest | null;
  /** Epoch milliseconds. A brief reports earlier comments. */
  commentsSince?: number;
  /** The recent status changes that the monitor made. */
  statusChanges?: readonly StatusChange[];
}

function mergedNews({ task, kind, taskId, commit = "", at }: CurrentMismatch): NewsItem {
  const isReverted = kind === "reverted" || undefined;
  return {
    kind: "merged",
    taskId,
    title: task?.title ?? "",
    commit,
    at,
    ...defined({ isReverted }),
  };
}

const maxComments = 3;

function pullNews(
  pull: PullRequest,
  known: readonly string[],
  { commentsSince: since = 0, git }: NewsContext,
): NewsItem[] {
  const { form, number, head } = pull;
  const isOwn = git === null || git.head === head || !isCommitId(head);
  const commit = isOwn ? undefined : head;
  const { failed, comments, ended } = newsOfPull(pull, known, since);
  const about = { kind: "pullRequest" as const, form, number };
  const shown = comments.slice(0, maxComments);
  const count = comments.length - shown.length;
  return [
    ...(ended === null ? [] : [{ ...about, what: ended }]),
    ...(failed.length === 0
      ? []
      : [{ ...about, what: "failed" as const, names: failed, ...defined({ commit }) }]),
    ...shown.map(({ author, text, path, isReview }) => ({
      ...about,
      what: "comment" as const,
      author,
      text,
      ...defined({ path, isReview }),
    })),
    ...(count === 0 ? [] : [{ ...about, what: "comments" as const, count }]),
  ];
}

function statusChangeNews({ at: _at, isPlanned, ...change }: StatusChange): NewsItem {
  return { kind: "moved", ...change, ...defined({ isPlanned: isPlanned || undefined }) };
}

const taskKey = (source: string, taskId: string): string => `${source}\n${taskId}`;

export function findNews(
  delivered: DeliveredState,
  now: NewsContext,
  switches: NewsSwitches = allNews,
): NewsItem[] {
  const git = now.git ?? delivered.git;
  const branch = git === null ? null : workBranch(git);
  const reported = new Set(delivered.mismatches);
  const statusChanges = (now.statusChanges ?? []).filter(
    (one) => !reported.has(statusChangeKey(one)),
  );
  // The news of a status change says what happened to the task, and why.
  const shown = switches.moved ? statusChanges : [];
  const moved = new Set(shown.map(({ source, taskId }) => taskKey(source, taskId)));
  const isOwnStatusChange = ({ source, taskId, after }: TaskChange): boolean =>
    shown.some(
      (one) =>
        !one.isPlanned &&
        taskKey(source, taskId) === taskKey(one.source, one.taskId) &&
        one.status === after?.status,
    );
  const items: NewsItem[] = now.changes
    .filter((change) => !isOwnStatusChange(change))
    .map((change) => taskNews(change, branch))
    .filter((item) => item !== null)
    .toSorted((left, right) => Number(right.isCurrent ?? false) - Number(left.isCurrent ?? false));
  if (delivered.git !== null && now.git !== null && delivered.git.root === now.git.root)
    items.push(...gitNews(delivered.git, now.git));
  const merged = (now.merged ?? []).filter(
    (one) => !reported.has(mismatchKey(one)) && !moved.has(taskKey(one.source, one.taskId)),
  );
  items.push(...merged.map(mergedNews), ...statusChanges.map(statusChangeNews));
  if (now.pull != null) items.push(...pullNews(now.pull, delivered.pulls ?? [], now));
  const known = new Set(delivered.peers);
  for (const peer of now.peers) {
    const { worktree, isSameWorktree, taskId, isOtherTask } = peer;
    if (isOtherTask === undefined && !known.has(peerKey(peer)))
      items.push({ kind: "session", worktree, isSameWorktree, taskId });
  }
  for (const [source, code] of Object.entries(now.sources)) {
    const was = Object.hasOwn(delivered.sources, source) ? delivered.sources[source] : undefined;
    if (was !== undefined && isSourceNews(was, code)) items.push({ kind: "source", source, code });
  }
  return items.filter((item) => switches[item.kind]);
}
