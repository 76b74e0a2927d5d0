// A branch's merge request (docs.gitlab.com; @gitbeaker/core 43): its pipeline's jobs, discussions, approvals.

import type { Checks, PullRequest } from "../../core/pull-request/pull-request.ts";
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

/** Other statuses, except failures, wait for a runner or for a person. */
const results: Readonly<Record<string, FoundCheck["result"]>> = {
  success: "passed",
  skipped: "skipped",
  canceled: "cancelled",
  canceling: "cancelled",
};

function checkOf(job: JsonObject): FoundCheck {
  const { status, allow_failure: mayFail } = job;
  const unplayed = status === "manual" && mayFail === true ? "skipped" : "pending";
  const failed = mayFail === true ? "allowed" : "failed";
  const result = status === "failed" ? failed : (results[textOf(job, "status")] ?? unplayed);
  return { name: textOf(job, "name"), at: textOf(job, "finished_at"), result };
}

/** A pipeline has more than the jobs that are read: child pipelines, external statuses, and jobs on further pages. */
function wholeResult(status: string): FoundCheck["result"] | null {
  if (status === "failed") return "failed";
  const isUnderWay = /^(?:created|waiting_for_\w+|preparing|pending|running|scheduled)$/.test(
    status,
  );
  return isUnderWay ? "pending" : null;
}

async function pipelineChecks(calls: PullCalls, pull: JsonObject): Promise<Checks | undefined> {
  const pipeline = readObject(pull["head_pipeline"]);
  if (pipeline === null) return undefined;
  const path = ["projects", pipeline["project_id"], "pipelines", pipeline["id"], "jobs"];
  const { items } = await calls.list(path, { per_page: 100 });
  const jobs = itemsIn(items).map(checkOf);
  const whole = wholeResult(textOf(pipeline, "status"));
  if (whole !== null && !jobs.some(({ result }) => result === whole))
    jobs.push({ name: "pipeline", at: textOf(pipeline, "finished_at"), result: whole });
  return checksOf(jobs);
}

/** The last pipeline may be for an older commit; a merged-results pipeline is for a commit that GitLab made. */
function headOf(pull: JsonObject): string {
  const pipeline = readObject(pull["head_pipeline"]);
  const isOfBranch = !/^refs\/merge-requests\/.*\/(?:merge|train)$/.test(textOf(pipeline, "ref"));
  return (isOfBranch && textOf(pipeline, "sha")) || textOf(pull, "sha");
}

async function discussionsOf(calls: PullCalls, path: readonly unknown[]) {
  const { items, isCut } = await calls.list([...path, "discussions"], { per_page: 100 });
  const open = itemsIn(items)
    .map((discussion) => itemsIn(discussion["notes"]))
    .filter((all) => all.some((note) => note["resolvable"] === true && note["resolved"] === false));
  const found = open.flatMap((notes) => {
    const last = notes.findLast(({ system }) => system !== true);
    const file = textOf(last?.["position"], "new_path") || undefined;
    const author = textOf(last?.["author"], "username");
    const [text, at] = [textOf(last, "body"), textOf(last, "created_at")];
    return [{ id: last?.["id"], author, text, at, ...defined({ path: file }) }];
  });
  const me = found.length === 0 ? "" : textOf(await calls.get(["user"]), "username");
  return { unresolved: open.length, comments: commentsOf(found, me), ...(isCut ? { isCut } : {}) };
}

/** Absent: the host is still finding out, or the draft itself is the reason. */
const mergeByStatus: Readonly<Record<string, PullRequest["merge"]>> = {
  mergeable: "ready",
  conflict: "conflicts",
  need_rebase: "behind",
  ...Object.fromEntries(
    (
      "blocked_status broken_status ci_must_pass ci_still_running commits_status discussions_not_resolved " +
      "external_status_checks jira_association_missing locked_lfs_files locked_paths merge_request_blocked " +
      "merge_time not_approved policies_denied requested_changes security_policy_violations title_regex"
    )
      .split(" ")
      .map((status) => [status, "blocked" as const]),
  ),
};

function mergeOf(pull: JsonObject): PullRequest["merge"] {
  if (pull["has_conflicts"] === true) return "conflicts";
  const status = textOf(pull, "detailed_merge_status");
  if (status !== "") return mergeByStatus[status];
  return pull["merge_status"] === "can_be_merged" ? "clean" : undefined;
}

export const readGitlabPull: PullReader = async (calls, { base, head, branch, known }) => {
  const all = ["projects", base, "merge_requests"];
  const fork = isSame(head, base) ? null : readObject(await calls.get(["projects", head]));
  const listed = async (state: string): Promise<JsonObject[]> => {
    const query = { source_branch: branch, state, scope: "all", order_by: "updated_at" };
    const found = itemsIn(await calls.get(all, { ...query, per_page: 20 }));
    // Compares ids, so that a renamed project is still found.
    return found.filter(({ source_project_id: from, target_project_id: to }) =>
      fork === null ? from === to : from !== undefined && from === fork["id"],
    );
  };
  const chosen = choose(await listed("opened"), "iid", known);
  if (chosen === null) {
    const over = (await listed("all")).find((one) =>
      /^(?:merged|closed)$/.test(textOf(one, "state")),
    );
    const number = readNumber(over?.["iid"]);
    if (over === undefined || number === undefined) return null;
    const at = textOf(over, "merged_at") || textOf(over, "closed_at");
    const isMerged = over["state"] === "merged";
    return endedPull({ form: "MR", number }, { isMerged, head: textOf(over, "sha"), at });
  }
  const { number, others } = chosen;
  const path = [...all, number];
  const pull = readObject(await calls.get(path)) ?? chosen.pull;
  const checks = await calls.allowed("jobs", () => pipelineChecks(calls, pull));
  const found = await calls.allowed("discussions", () => discussionsOf(calls, path));
  const approved = await calls.allowed("approvals", () => calls.get([...path, "approvals"]));
  return {
    form: "MR",
    number,
    state: "open",
    head: headOf(pull),
    others,
    approvals: itemsIn(readObject(approved)?.["approved_by"]).length,
    ...found,
    ...defined({ isDraft: pull["draft"] === true || undefined, checks, merge: mergeOf(pull) }),
  };
};
