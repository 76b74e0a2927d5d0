// A branch's pull request on Gitea, Forgejo or Codeberg (gitea-js 1.23): commit statuses, reviews and their comments.

import { defined, readNumber, readObject, type JsonObject } from "../../core/read.ts";
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
import type { PullCalls, PullReader } from "./host-calls.ts";

/** A warning counts as passed there too. */
const results: Readonly<Record<string, FoundCheck["result"]>> = {
  success: "passed",
  warning: "passed",
  skipped: "skipped",
  pending: "pending",
};

/** The newest status of each context; the list has the older ones too. */
async function statusesOf(calls: PullCalls, repo: readonly string[], commit: string) {
  const query = { sort: "highestindex", limit: 50 };
  const { items } = await calls.list([...repo, "commits", commit, "statuses"], query);
  const newest = new Map<string, FoundCheck>();
  for (const status of itemsIn(items)) {
    const name = textOf(status, "context");
    const result = results[textOf(status, "status")] ?? "failed";
    if (!newest.has(name)) newest.set(name, { name, at: textOf(status, "updated_at"), result });
  }
  return checksOf([...newest.values()]);
}

const maxReviews = 10;
const loginOf = (from: JsonObject): string => textOf(from["user"], "login");

/** The comments on one line are one conversation, which is resolved as a whole. */
const lineOf = ({ path, position, original_position: old }: JsonObject): string =>
  JSON.stringify([path, position, old]);

async function reviewsOf(calls: PullCalls, path: readonly unknown[]) {
  const { items, isCut } = await calls.list([...path, "reviews"], { limit: 50 });
  const reviews = itemsIn(items).filter(({ state }) => state !== "PENDING");
  const opinions = new Map<string, JsonObject>();
  for (const one of reviews) {
    const isOpinion = one["state"] === "APPROVED" || one["state"] === "REQUEST_CHANGES";
    if (isOpinion && one["dismissed"] !== true) opinions.set(loginOf(one), one);
  }
  const refusals = [...opinions.values()].filter(({ state }) => state === "REQUEST_CHANGES");
  const commented = reviews.filter((one) => (readNumber(one["comments_count"]) ?? 0) > 0);
  const lists = commented
    .slice(-maxReviews)
    .map(async ({ id }) => itemsIn(await calls.get([...path, "reviews", id, "comments"])));
  const comments = (await Promise.all(lists)).flat();
  const resolved = new Set(comments.filter(({ resolver }) => readObject(resolver)).map(lineOf));
  const open = comments.filter((one) => !resolved.has(lineOf(one)));
  const found = [
    ...open.map((one) => ({ one, at: "created_at", more: { path: textOf(one, "path") } })),
    ...refusals.map((one) => ({ one, at: "submitted_at", more: { isReview: true as const } })),
  ].map(({ one, at, more }) => {
    return {
      id: `${at} ${String(one["id"])}`,
      author: loginOf(one),
      text: textOf(one, "body"),
      at: textOf(one, at),
      ...more,
    };
  });
  const me = found.length === 0 ? "" : textOf(await calls.get(["user"]), "login");
  return {
    unresolved: new Set(open.map(lineOf)).size,
    ...(isCut || commented.length > maxReviews ? { isCut: true as const } : {}),
    comments: commentsOf(found, me),
    approvals: opinions.size - refusals.length,
    refusedBy: refusals.map((one) => loginOf(one) || "somebody"),
  };
}

const isDraft = (pull: JsonObject): boolean =>
  pull["draft"] === true || /^\s*(?:WIP:|\[WIP\])/i.test(textOf(pull, "title"));

export const readGiteaPull: PullReader = async (calls, { base, head, branch, known }) => {
  const repo = ["repos", ...base.split("/")];
  /** The label is the branch's name even after the branch was deleted. */
  const isOwn = ({ head: from, base: to }: JsonObject): boolean => {
    if (textOf(from, "label") !== branch) return false;
    const [here, there] = [readObject(from)?.["repo_id"], readObject(to)?.["repo_id"]];
    if (isSame(head, base)) return here !== undefined && here === there;
    return isSame(textOf(readObject(from)?.["repo"], "full_name"), head);
  };
  const query = { sort: "recentupdate", limit: 50 };
  const { items } = await calls.list([...repo, "pulls"], { ...query, state: "open" });
  const chosen = choose(itemsIn(items).filter(isOwn), "number", known);
  if (chosen === null) {
    const closed = itemsIn(await calls.get([...repo, "pulls"], { ...query, state: "closed" }));
    const over = closed.find(isOwn);
    const number = readNumber(over?.["number"]);
    if (over === undefined || number === undefined) return null;
    const at = textOf(over, "merged_at") || textOf(over, "closed_at");
    const isMerged = over["merged"] === true;
    return endedPull({ form: "PR", number }, { isMerged, head: textOf(over["head"], "sha"), at });
  }
  const { pull, number, others } = chosen;
  const commit = textOf(pull["head"], "sha");
  const checks = await calls.allowed("commit statuses", () => statusesOf(calls, repo, commit));
  const found = await calls.allowed("reviews", () => reviewsOf(calls, [...repo, "pulls", number]));
  return {
    form: "PR",
    number,
    state: "open",
    head: commit,
    others,
    ...found,
    ...defined({
      isDraft: isDraft(pull) || undefined,
      checks,
      // Gitea reports only conflicts, not the target branch's rules. `false` may mean that it is still checking.
      merge: pull["mergeable"] === true ? ("clean" as const) : undefined,
    }),
  };
};
