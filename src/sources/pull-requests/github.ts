// A branch's pull request in one GraphQL request (@octokit/graphql-schema 15.26).

import type { Checks, PullRequest } from "../../core/pull-request/pull-request.ts";
import { defined, readNumber, readObject, readString } from "../../core/read.ts";
import type { JsonObject } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import type { PullReader } from "./host-calls.ts";
import {
  checksOf,
  choose,
  commentsOf,
  endedPull,
  isSame,
  itemsIn,
  textOf,
} from "./host-responses.ts";
import type { FoundCheck } from "./host-responses.ts";

/** `headRefName` also finds the branches of that name in forks: their owner is compared. */
const query = `query($owner: String!, $repo: String!, $branch: String!) {
  repository(owner: $owner, name: $repo) {
    open: pullRequests(headRefName: $branch, states: OPEN, first: 5, orderBy: {field: UPDATED_AT, direction: DESC}) {
      nodes {
        number state isDraft headRefOid isCrossRepository headRepositoryOwner { login }
        mergeable mergeStateStatus
        latestOpinionatedReviews(first: 20) {
          nodes { id state author { login } body submittedAt viewerDidAuthor }
        }
        reviewThreads(last: 50) {
          totalCount
          nodes { isResolved path comments(last: 1) { nodes { id author { login } body createdAt viewerDidAuthor } } }
        }
        commits(last: 1) { nodes { commit { oid statusCheckRollup { state contexts(first: 100) {
          totalCount
          nodes {
            __typename
            ... on CheckRun { name status conclusion completedAt }
            ... on StatusContext { context state createdAt }
          }
        } } } } }
      }
    }
    ended: pullRequests(headRefName: $branch, states: [MERGED, CLOSED], first: 10, orderBy: {field: UPDATED_AT, direction: DESC}) {
      nodes { number state headRefOid closedAt isCrossRepository headRepositoryOwner { login } }
    }
  }
}`;

const nodesOf = (connection: unknown): JsonObject[] => itemsIn(readObject(connection)?.["nodes"]);
const loginOf = (actor: unknown): string | undefined => textOf(actor, "login") || undefined;

/** As in `gh pr checks`: results that wait for a person are pending, and all others have failed. */
const results: Readonly<Record<string, FoundCheck["result"]>> = {
  SUCCESS: "passed",
  NEUTRAL: "skipped",
  SKIPPED: "skipped",
  ACTION_REQUIRED: "pending",
  PENDING: "pending",
  EXPECTED: "pending",
  CANCELLED: "cancelled",
};

function checkOf(node: JsonObject): FoundCheck {
  const isStatus = node["__typename"] === "StatusContext";
  const isOver = isStatus || node["status"] === "COMPLETED";
  const word = textOf(node, isStatus ? "state" : "conclusion");
  return {
    name: textOf(node, "name") || textOf(node, "context"),
    at: textOf(node, "completedAt") || textOf(node, "createdAt"),
    result: isOver ? (results[word] ?? "failed") : "pending",
  };
}

/** If a roll-up has more checks than were read, its own state counts for the others. */
function rollupChecks(rollup: JsonObject): Checks {
  const contexts = readObject(rollup["contexts"]);
  const nodes = nodesOf(contexts);
  const checks = checksOf(nodes.map(checkOf));
  const { failed, pending } = checks;
  const total = readNumber(contexts?.["totalCount"]) ?? nodes.length;
  const others = total - nodes.length;
  if (others <= 0 || rollup["state"] === "SUCCESS") return { ...checks, total };
  const isRed = ["FAILURE", "ERROR"].includes(textOf(rollup, "state"));
  if (!isRed) return { ...checks, pending: pending + others, total };
  const unnamed = failed.length > 0 ? [] : [{ name: "one of the other checks", at: "" }];
  return { ...checks, failed: [...failed, ...unnamed], total };
}

const commentOf = (from: JsonObject, at: string) => {
  const author = loginOf(from["author"]) ?? "";
  return { id: from["id"], author, text: textOf(from, "body"), at: textOf(from, at) };
};

const isOthers = (one: JsonObject): boolean => one["viewerDidAuthor"] !== true;

function reviewsOf(pull: JsonObject) {
  const threads = readObject(pull["reviewThreads"]);
  const all = nodesOf(threads);
  const open = all.filter((thread) => thread["isResolved"] === false);
  const reviews = nodesOf(pull["latestOpinionatedReviews"]);
  const refusals = reviews.filter(({ state }) => state === "CHANGES_REQUESTED");
  const found = [
    ...open.flatMap(({ comments, path }) =>
      nodesOf(comments)
        .filter(isOthers)
        .map((one) => ({ ...commentOf(one, "createdAt"), ...defined({ path: readString(path) }) })),
    ),
    ...refusals
      .filter(isOthers)
      .map((one) => ({ ...commentOf(one, "submittedAt"), isReview: true as const })),
  ];
  return {
    unresolved: open.length,
    ...((readNumber(threads?.["totalCount"]) ?? 0) > all.length ? { isCut: true as const } : {}),
    comments: commentsOf(found, ""),
    approvals: reviews.filter(({ state }) => state === "APPROVED").length,
    refusedBy: refusals.map(({ author }) => loginOf(author) ?? "somebody"),
  };
}

const mergeByState: Readonly<Record<string, PullRequest["merge"]>> = {
  CLEAN: "ready",
  HAS_HOOKS: "ready",
  UNSTABLE: "ready",
  DIRTY: "conflicts",
  BEHIND: "behind",
  BLOCKED: "blocked",
};

function openPull(pull: JsonObject, mayReadChecks: boolean): Omit<PullRequest, "form" | "number"> {
  const commit = readObject(nodesOf(pull["commits"])[0]?.["commit"]);
  const rollup = readObject(commit?.["statusCheckRollup"]);
  const none = mayReadChecks ? { failed: [], pending: 0, total: 0 } : undefined;
  const merge =
    pull["mergeable"] === "CONFLICTING"
      ? "conflicts"
      : mergeByState[textOf(pull, "mergeStateStatus")];
  return {
    state: "open",
    head: readString(commit?.["oid"]) ?? textOf(pull, "headRefOid"),
    ...defined({
      isDraft: pull["isDraft"] === true || undefined,
      checks: rollup === null ? none : rollupChecks(rollup),
      merge,
    }),
    ...reviewsOf(pull),
  };
}

/** The failure that GraphQL reports with HTTP 200. */
function failureOf(error: JsonObject | undefined): SourceError {
  const type = textOf(error ?? {}, "type");
  if (type === "RATE_LIMITED")
    return new SourceError("source-rate-limited", "GitHub is rate-limiting requests.");
  if (type === "NOT_FOUND")
    return new SourceError("source-failed", "GitHub has no such repository.", { status: 404 });
  if (["FORBIDDEN", "INSUFFICIENT_SCOPES"].includes(type))
    return new SourceError("source-refused", "GitHub refused the query.", { status: 403 });
  return new SourceError("source-failed", "GitHub could not answer the query.");
}

const pathOf = (error: JsonObject): readonly unknown[] =>
  Array.isArray(error["path"]) ? (error["path"] as unknown[]) : [];

const isRefused = (error: JsonObject) => pathOf(error).includes("statusCheckRollup");

export const readGithubPull: PullReader = async (calls, { base, head, branch, known }) => {
  const [owner = "", repo = ""] = base.split("/");
  const body = readObject(await calls.graphql({ query, variables: { owner, repo, branch } }));
  const errors = itemsIn(body?.["errors"]);
  const found = readObject(readObject(body?.["data"])?.["repository"]);
  const rest = errors.find(
    (error) => !isRefused(error) || textOf(error, "type") === "RATE_LIMITED",
  );
  if (found === null || rest !== undefined) throw failureOf(rest ?? errors[0]);
  // Compares whether it crosses repositories, instead of names, so that a renamed repository is still found.
  const isFork = !isSame(head, base);
  const isOwn = (pull: JsonObject): boolean =>
    pull["isCrossRepository"] === isFork &&
    (!isFork || isSame(loginOf(pull["headRepositoryOwner"]) ?? "", head.split("/")[0] ?? ""));
  const chosen = choose(nodesOf(found["open"]).filter(isOwn), "number", known);
  if (chosen !== null) {
    const { pull, number, others } = chosen;
    if (errors.length > 0)
      await calls.allowed("checks", () => Promise.reject(failureOf(errors[0])));
    return { form: "PR", number, others, ...openPull(pull, errors.length === 0) };
  }
  const over = nodesOf(found["ended"]).find(isOwn);
  const number = readNumber(over?.["number"]);
  if (over === undefined || number === undefined) return null;
  const [isMerged, at] = [over["state"] === "MERGED", textOf(over, "closedAt")];
  return endedPull({ form: "PR", number }, { isMerged, head: textOf(over, "headRefOid"), at });
};
