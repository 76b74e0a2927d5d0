// Builds the pull requests of GitHub (GraphQL), GitLab and Gitea (REST) from one description.

export interface FakePull {
  number: number;
  branch: string;
  /** The repository of the branch. Default: the one in the request. */
  from?: string;
  state?: "open" | "merged" | "closed";
  head: string;
  endedAt?: string;
  isDraft?: boolean;
  checks?: { name: string; result: string; at?: string; isStatus?: boolean; mayFail?: boolean }[];
  /** GitLab's last pipeline, if it ran for another commit than the head. */
  pipeline?: { sha: string; ref?: string };
  /** Checks beyond the limit of one response. */
  moreChecks?: { count: number; state: string };
  threads?: {
    isResolved?: boolean;
    path?: string;
    comments: { id: string; author: string; text: string; at: string; isMine?: boolean }[];
  }[];
  reviews?: { id: string; author: string; state: string; text?: string; at?: string }[];
  /** The merge state in GitHub's words. */
  merge?: string;
}

const actor = (login: string) => ({ login });

function githubCheck({
  name,
  result,
  at = "2026-11-21T09:00:00Z",
  isStatus,
}: NonNullable<FakePull["checks"]>[number]) {
  if (isStatus === true)
    return { __typename: "StatusContext", context: name, state: result, createdAt: at };
  const isOver = result !== "IN_PROGRESS";
  return {
    __typename: "CheckRun",
    name,
    status: isOver ? "COMPLETED" : "IN_PROGRESS",
    conclusion: isOver ? result : null,
    completedAt: isOver ? at : null,
  };
}

function githubPull(pull: FakePull, base: string) {
  const { from = base, state = "open", checks = [], threads = [], reviews = [] } = pull;
  const { moreChecks, merge = "CLEAN" } = pull;
  const rollup = {
    state: moreChecks?.state ?? "SUCCESS",
    contexts: {
      totalCount: checks.length + (moreChecks?.count ?? 0),
      nodes: checks.map(githubCheck),
    },
  };
  return {
    number: pull.number,
    state: state.toUpperCase(),
    isDraft: pull.isDraft ?? false,
    headRefOid: pull.head,
    closedAt: pull.endedAt ?? null,
    isCrossRepository: from !== base,
    headRepositoryOwner: actor(from.split("/")[0] ?? ""),
    mergeable: merge === "DIRTY" ? "CONFLICTING" : "MERGEABLE",
    mergeStateStatus: merge,
    latestOpinionatedReviews: {
      nodes: reviews.map(({ id, author, state: opinion, text = "", at }) => ({
        id,
        state: opinion,
        author: actor(author),
        body: text,
        submittedAt: at ?? "2026-11-21T09:00:00Z",
        viewerDidAuthor: false,
      })),
    },
    reviewThreads: {
      totalCount: threads.length,
      nodes: threads.slice(-50).map(({ isResolved = false, path = "src/cart.ts", comments }) => ({
        isResolved,
        path,
        comments: {
          nodes: comments.slice(-1).map(({ id, author, text, at, isMine = false }) => ({
            id,
            author: author === "" ? null : actor(author),
            body: text,
            createdAt: at,
            viewerDidAuthor: isMine,
          })),
        },
      })),
    },
    commits: {
      nodes: [
        {
          commit: {
            oid: pull.head,
            statusCheckRollup: checks.length + (moreChecks?.count ?? 0) === 0 ? null : rollup,
          },
        },
      ],
    },
  };
}

/** The response to a query for the pull requests of one branch name, including those from forks. */
export function githubPulls(
  body: unknown,
  { pulls, pullErrors: errors }: { pulls: readonly FakePull[]; pullErrors: readonly object[] },
) {
  const { variables } = body as { variables: Record<string, string> };
  const base = `${variables["owner"]}/${variables["repo"]}`;
  const named = pulls.filter(({ branch }) => branch === variables["branch"]);
  const nodes = (isOpen: boolean) =>
    named
      .filter(({ state = "open" }) => (state === "open") === isOpen)
      .slice(0, isOpen ? 5 : 10)
      .map((pull) => githubPull(pull, base));
  const repository = { open: { nodes: nodes(true) }, ended: { nodes: nodes(false) } };
  const data = { repository: base === "o/r" ? repository : null };
  return { body: { data, ...(errors.length === 0 ? {} : { errors }) } };
}
