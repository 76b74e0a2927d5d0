// The pull request of a branch and its checks, as the host's API last said. Names, authors and comments are data of others.

import type { GitState } from "../git/git-state.ts";
import { listOf, oneOf, orElse, orNull, readNumber, readString, readTexts } from "../read.ts";
import { readTrue, shape, type Read } from "../read.ts";
import { ageMs, readFailure } from "../snapshot.ts";

/** `at`: when that run of the check ended, as the host writes it, so that a second run is another failure. */
const readCheck = shape(
  { name: readString, at: orElse(readString, "") },
  { /** A failure that the host lets pass, or none at all. */ as: oneOf(["allowed", "cancelled"]) },
);

const readComment = shape(
  {
    id: readString,
    author: orElse(readString, "somebody"),
    text: orElse(readString, ""),
    /** Epoch milliseconds. */
    at: readNumber,
  },
  {
    path: readString,
    /** Not a comment in a thread: the summary of a review that requests changes. */
    isReview: readTrue,
  },
);
export type ReviewComment = Read<typeof readComment>;

const readPull = shape(
  {
    /** What the host calls it, `PR #42` or `MR !42`. */
    form: oneOf(["PR", "MR"]),
    number: readNumber,
    state: oneOf(["open", "merged", "closed"]),
    /** The commit that the checks ran on. */
    head: readString,
  },
  {
    isDraft: readTrue,
    /** When it was merged or closed, epoch milliseconds. */
    endedAt: readNumber,
    /** Absent if the token may not read them. */
    checks: shape(
      { failed: listOf(readCheck), pending: readNumber, total: readNumber },
      { skipped: readNumber },
    ),
    unresolved: readNumber,
    /** There may be more than `unresolved`. */
    isCut: readTrue,
    /** Comments by others, newest first. */
    comments: listOf(readComment),
    approvals: readNumber,
    /** Who requests changes. */
    refusedBy: readTexts,
    merge: oneOf(["ready", "clean", "conflicts", "behind", "blocked"]),
    /** Numbers of the branch's other open pull requests. */
    others: listOf(readNumber),
  },
);
export type PullRequest = Read<typeof readPull>;
export type Checks = NonNullable<PullRequest["checks"]>;

const readRecord = shape(
  {
    /** The source that was asked. */
    source: readString,
    /** The branch on the host that was asked about. */
    of: readString,
    askedAt: readNumber,
    /** The last good response, and when it was read; `pull` is null if the branch has no pull request. */
    pull: orNull(readPull),
    readAt: orNull(readNumber),
    failure: readFailure,
  },
  {
    /** The pull request was open on this branch before. */
    wasOpen: readTrue,
    /** What a person can do about the failure, or about what the token may not read. */
    wayOut: readString,
  },
);
export type PullRecord = Read<typeof readRecord>;
export const readPullRecord: (value: unknown) => PullRecord | null = orNull(readRecord);

/** A response older than this is not shown. */
const saidMs = 86_400_000;

export interface DisplayedPull {
  pull: PullRequest;
  readAt: number;
  source: string;
  /** The error code if a later read failed. */
  failure: string | null;
}

/** What a brief says of a branch's pull request: nothing if it ended long ago or belonged to an older branch of that name. */
export function displayedPull(
  record: PullRecord | null | undefined,
  git: Pick<GitState, "branch" | "head" | "upstream">,
  now: number,
): DisplayedPull | null {
  if (record == null || record.pull === null || record.readAt === null) return null;
  const { pull, readAt, wasOpen, source } = record;
  const age = ageMs(readAt, now);
  if (git.branch === null || age === null || age > saidMs) return null;
  const said = { pull, readAt, source, failure: record.failure?.code ?? null };
  if (pull.state === "open") return said;
  const isOwn = wasOpen === true || [git.head, git.upstream?.commit].includes(pull.head);
  const isLate = pull.endedAt !== undefined && pull.endedAt > now - saidMs;
  return isOwn && isLate ? said : null;
}

/** Checks a host's text, which may be anything. */
export const isCommitId = (text: string): boolean => /^[0-9a-f]{7,64}$/.test(text);

const maxKeys = 300;

const checkKey = ({ number }: PullRequest, { name, at }: Checks["failed"][number]): string =>
  `${number} check ${name.slice(0, 100)} ${at}`;
const commentKey = ({ number }: PullRequest, { id }: ReviewComment): string =>
  `${number} comment ${id}`;
const endKey = ({ number, state }: PullRequest): string => `${number} ${state}`;

/** The keys of what a session was told, to compare with later. */
export function pullKeys(pull: PullRequest | undefined, before: readonly string[] = []): string[] {
  if (pull === undefined) return [...before];
  const { checks, comments = [] } = pull;
  const keys = [
    endKey(pull),
    ...(checks?.failed ?? []).map((check) => checkKey(pull, check)),
    ...comments.map((comment) => commentKey(pull, comment)),
  ];
  return [...new Set([...before, ...keys])].slice(-maxKeys);
}

interface NewsOfPull {
  /** The names of checks that failed. */
  failed: string[];
  comments: readonly ReviewComment[];
  ended: "merged" | "closed" | null;
}

/** What a session with these keys has not been told; only comments after `since`. */
export function newsOfPull(pull: PullRequest, known: readonly string[], since: number): NewsOfPull {
  const reported = new Set(known);
  const { checks, comments = [], state } = pull;
  if (state !== "open") {
    const ended = reported.has(endKey(pull)) ? null : state;
    return { failed: [], comments: [], ended };
  }
  const red = (checks?.failed ?? []).filter(
    (check) => check.as === undefined && !reported.has(checkKey(pull, check)),
  );
  return {
    failed: [...new Set(red.map(({ name }) => name))],
    comments: comments.filter((one) => one.at > since && !reported.has(commentKey(pull, one))),
    ended: null,
  };
}
