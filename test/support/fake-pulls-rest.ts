// Pull requests in the REST forms of GitLab (docs.gitlab.com, @gitbeaker/core 43) and Gitea (swagger, gitea-js 1.23).

import type { FakePull } from "./fake-pulls.ts";

interface Asked {
  path: string;
  query: Record<string, string>;
}
interface Fake {
  pulls: readonly FakePull[];
}
type QueryResult = { body: unknown } | null;

const isOpen = ({ state = "open" }: FakePull): boolean => state === "open";
const answered = (body: unknown): QueryResult => ({ body });

/** A repository's id, derived from its path. */
const idOf = (path: string): number =>
  [...path.toLowerCase()].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);

const jobStates: Record<string, string> = {
  FAILURE: "failed",
  IN_PROGRESS: "running",
  CANCELLED: "canceled",
};
const mergeStates: Record<string, string> = {
  CLEAN: "mergeable",
  DIRTY: "conflict",
  BEHIND: "need_rebase",
  BLOCKED: "not_approved",
};

function mergeRequest(pull: FakePull, base: string) {
  const { state = "open", merge = "CLEAN", endedAt = null } = pull;
  return {
    id: 9000 + pull.number,
    iid: pull.number,
    state: state === "open" ? "opened" : state,
    sha: pull.head,
    source_branch: pull.branch,
    source_project_id: idOf(pull.from ?? base),
    target_project_id: idOf(base),
    draft: pull.isDraft ?? false,
    merged_at: state === "merged" ? endedAt : null,
    closed_at: state === "closed" ? endedAt : null,
    has_conflicts: merge === "DIRTY",
    merge_status: "can_be_merged",
    detailed_merge_status: mergeStates[merge] ?? merge,
  };
}

function headPipeline(pull: FakePull, base: string) {
  const { number, checks = [], moreChecks } = pull;
  if (checks.length === 0 && moreChecks === undefined) return null;
  const isRunning = checks.some(({ result }) => /^(?:IN_PROGRESS|manual)$/.test(result));
  const isRed = checks.some(({ result, mayFail }) => result === "FAILURE" && mayFail !== true);
  const status = moreChecks?.state ?? (isRunning ? "running" : isRed ? "failed" : "success");
  const { sha = pull.head, ref = pull.branch } = pull.pipeline ?? {};
  return { id: 1000 + number, project_id: idOf(base), sha, ref, status, finished_at: null };
}

const jobsOf = ({ checks = [] }: FakePull) =>
  checks.map(({ name, result, at = "2026-11-21T09:00:00.000Z", mayFail = false }, id) => {
    const status = jobStates[result] ?? result.toLowerCase();
    return { id, name, stage: "test", status, allow_failure: mayFail, finished_at: at };
  });

const discussionsOf = ({ threads = [] }: FakePull) =>
  threads.map(({ isResolved = false, path = "src/cart.ts", comments }, at) => ({
    id: `d${at}`,
    individual_note: false,
    notes: comments.map(({ id, author, text, at: created, isMine }) => ({
      id,
      type: "DiffNote",
      body: text,
      author: { username: isMine === true ? "ada" : author },
      created_at: created,
      system: false,
      resolvable: true,
      resolved: isResolved,
      position: { new_path: path, old_path: path, position_type: "text" },
    })),
  }));

export function gitlabPulls({ path, query }: Asked, { pulls }: Fake): QueryResult {
  const [, project = "", rest = ""] = /^\/api\/v4\/projects\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  const base = decodeURIComponent(project);
  const [, pipeline] = /^\/pipelines\/(\d+)\/jobs$/.exec(rest) ?? [];
  if (pipeline !== undefined) {
    const pull = pulls.find(({ number }) => number === Number(pipeline) - 1000);
    return pull === undefined ? null : answered(jobsOf(pull));
  }
  if (rest === "") return answered({ id: idOf(base), path_with_namespace: base });
  if (rest === "/merge_requests") {
    const named = pulls.filter(({ branch }) => branch === query["source_branch"]);
    const found = query["state"] === "all" ? named : named.filter(isOpen);
    return answered(found.map((pull) => mergeRequest(pull, base)));
  }
  const [, iid, what] = /^\/merge_requests\/(\d+)(?:\/(\w+))?$/.exec(rest) ?? [];
  const pull = pulls.find(({ number }) => number === Number(iid));
  if (pull === undefined) return null;
  if (what === "discussions") return answered(discussionsOf(pull));
  if (what === "approvals") {
    const approved = (pull.reviews ?? []).filter(({ state }) => state === "APPROVED");
    return answered({
      approved_by: approved.map(({ author }) => ({ user: { username: author } })),
    });
  }
  return answered({ ...mergeRequest(pull, base), head_pipeline: headPipeline(pull, base) });
}

const statusStates: Record<string, string> = { IN_PROGRESS: "pending" };

function giteaPull(pull: FakePull, base: string) {
  const { from = base, state = "open", endedAt = null, merge = "CLEAN", isDraft = false } = pull;
  const side = (repository: string) => ({
    repo_id: idOf(repository),
    repo: { full_name: repository },
  });
  return {
    id: 9000 + pull.number,
    number: pull.number,
    title: isDraft ? "WIP: Add a cart" : "Add a cart",
    state: state === "open" ? "open" : "closed",
    merged: state === "merged",
    merged_at: state === "merged" ? endedAt : null,
    closed_at: endedAt,
    mergeable: merge === "CLEAN" && !isDraft,
    base: { label: "main", ref: "main", ...side(base) },
    head: { label: pull.branch, ref: pull.branch, sha: pull.head, ...side(from) },
  };
}

const reviewStates: Record<string, string> = { CHANGES_REQUESTED: "REQUEST_CHANGES" };

/** Returns a review for each thread, followed by the reviews with an opinion. */
function giteaReviews({ threads = [], reviews = [] }: FakePull) {
  const commented = threads.map(({ comments }, at) => {
    const user = { login: comments[0]?.author };
    return { id: at + 1, user, state: "COMMENT", body: "", comments_count: comments.length };
  });
  const opinions = reviews.map(({ author, state, text = "", at }, index) => ({
    id: 500 + index,
    user: { login: author },
    state: reviewStates[state] ?? state,
    body: text,
    comments_count: 0,
    dismissed: false,
    submitted_at: at ?? "2026-11-21T09:00:00Z",
  }));
  return [...commented, ...opinions];
}

const giteaComments = ({ threads = [] }: FakePull, review: number) =>
  (threads[review - 1]?.comments ?? []).map(({ author, text, at, isMine }, index) => ({
    id: review * 100 + index,
    user: { login: isMine === true ? "ada" : author },
    resolver: threads[review - 1]?.isResolved === true ? { login: "jun" } : null,
    body: text,
    created_at: at,
    path: threads[review - 1]?.path ?? "src/cart.ts",
    position: review,
    original_position: 0,
  }));

export function giteaPulls({ path, query }: Asked, { pulls }: Fake): QueryResult {
  const [, base = "", rest = ""] = /^\/api\/v1\/repos\/([^/]+\/[^/]+)(\/.*)$/.exec(path) ?? [];
  if (rest === "/pulls") {
    const found = pulls.filter((pull) => isOpen(pull) === (query["state"] === "open"));
    return answered(found.map((pull) => giteaPull(pull, base)));
  }
  const [, commit] = /^\/commits\/(\w+)\/statuses$/.exec(rest) ?? [];
  if (commit !== undefined) {
    const { checks = [] } = pulls.find(({ head }) => head === commit) ?? {};
    return answered(
      checks.map(({ name, result, at = "2026-11-21T09:00:00Z" }, id) => {
        const status = statusStates[result] ?? result.toLowerCase();
        return { id, context: name, status, updated_at: at };
      }),
    );
  }
  const [, number, review] = /^\/pulls\/(\d+)\/reviews(?:\/(\d+)\/comments)?$/.exec(rest) ?? [];
  const pull = pulls.find((one) => one.number === Number(number));
  if (pull === undefined) return null;
  return answered(review === undefined ? giteaReviews(pull) : giteaComments(pull, Number(review)));
}
