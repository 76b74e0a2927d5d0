// Reads a file that another process wrote: malformed items are left out.

import { changeKinds, type ChangeKind } from "./changes.ts";
import { taskPriorities, taskStatuses } from "../task/task.ts";
import { readCommitNote } from "../git/git-state.ts";
import { readDeliveredState } from "../session.ts";
import {
  listOf,
  oneOf,
  orElse,
  orNull,
  readFlag,
  readNumber,
  readObject,
  readOneOf,
  readString,
  readTexts,
  readTrue,
  shape,
  type Read,
} from "../read.ts";

function readChanges(value: unknown): readonly ChangeKind[] | undefined {
  const kinds = listOf(oneOf(changeKinds))(value) ?? [];
  return kinds.length === 0 ? undefined : kinds;
}

const itemShapes = {
  task: shape(
    {
      taskId: readString,
      title: orElse(readString, ""),
      priority: oneOf(taskPriorities),
      what: readChanges,
    },
    { isCurrent: readTrue, assignees: readTexts },
  ),
  /** The branch of the working tree is not the one that the session knows. Null: detached. */
  branch: shape({ from: orNull(readString), to: orNull(readString) }),
  conflict: shape({ files: readNumber }, { paths: readTexts }),
  /** A source that stopped answering (`code` says how) or answers again (`code` is null). */
  source: shape({ source: readString, code: orNull(readString) }),
  session: shape({ worktree: readString, isSameWorktree: readFlag, taskId: orNull(readString) }),
  /** The work on an open task was merged into the default branch, or reverted. */
  merged: shape(
    { taskId: readString, title: orElse(readString, ""), commit: readString, at: readNumber },
    { isReverted: readTrue },
  ),
  /** News of the branch's pull request: failed checks, review comments, merged or closed. */
  pullRequest: shape(
    {
      form: oneOf(["PR", "MR"]),
      number: readNumber,
      what: oneOf(["failed", "comment", "comments", "merged", "closed"]),
    },
    {
      /** Of failed checks. */
      names: readTexts,
      /** The commit that the checks ran on, if not the session's. */
      commit: readString,
      author: readString,
      text: readString,
      path: readString,
      isReview: readTrue,
      /** How many comments. */
      count: readNumber,
    },
  ),
  /** The monitor changed a task's status for a commit; `isPlanned`: a dry run, which changed nothing. */
  moved: shape(
    {
      source: readString,
      taskId: readString,
      title: orElse(readString, ""),
      status: oneOf(taskStatuses),
      commit: readString,
    },
    { isPlanned: readTrue, pull: readString },
  ),
  upstream: shape(
    { name: readString, behind: readNumber },
    { isRewritten: readTrue, fresh: readNumber, notes: listOf(readCommitNote) },
  ),
};
type ItemKind = keyof typeof itemShapes;
type ItemOf<K extends ItemKind> = { kind: K } & Read<(typeof itemShapes)[K]>;

export type NewsItem = { [K in ItemKind]: ItemOf<K> }[ItemKind];
export type TaskNews = ItemOf<"task">;
export type MovedNews = ItemOf<"moved">;
export type UpstreamNews = ItemOf<"upstream">;
export type PullNews = ItemOf<"pullRequest">;

export const itemKinds = Object.keys(itemShapes) as readonly ItemKind[];

const maxItems = 50;

function readItem(value: unknown): NewsItem | undefined {
  const kind = readOneOf(readObject(value)?.["kind"], itemKinds);
  const item = kind === undefined ? undefined : itemShapes[kind](value);
  return item === undefined ? undefined : ({ kind, ...item } as NewsItem);
}

const readNewsItems = (value: unknown): readonly NewsItem[] =>
  (listOf(readItem)(value) ?? []).slice(0, maxItems);

/** `news` is delivered at any tool call, `git` at a git-related one. */
export const pendingKinds = ["news", "git"] as const;
export type PendingKind = (typeof pendingKinds)[number];

const readPending = shape(
  {
    at: readNumber,
    items: readNewsItems,
    /** The last change in the log that is covered. */
    seq: orElse(readNumber, 0),
    delivered: readDeliveredState,
  },
  {
    gitReadAt: readNumber,
    /** The tasks among them that its text names; absent if it names none. */
    tasks: readTexts,
    /** The whole brief, in place of items: the SessionStart hook has not delivered it. */
    brief: readString,
  },
);
export type PendingNews = Read<typeof readPending>;

export const readPendingNews: (value: unknown) => PendingNews | null = orNull(readPending);
