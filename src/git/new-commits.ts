// Finds how branches changed since a session's last brief, and the commits of an upstream that are not here. git runs only for
// changed branches.

import { commitId, type Repository } from "./repository.ts";
import { maxCommits, type RefUpdate } from "../core/brief/since-lines.ts";
import type { GitState, NewCommits } from "../core/git/git-state.ts";
import type { AskGit, GitCaller } from "./hardened.ts";
import { readPushes, readRemoteOrLocalRef, readRef, readReflog, readShallow } from "./refs.ts";
import { gitCallEnvironment } from "./settings-copy.ts";

interface Moved {
  what: RefUpdate["what"];
  name: string;
  from: string;
  to: string;
}

/** The branches whose commit has changed. `branch` is what HEAD names. */
function findMoved(
  { commonDir }: Pick<Repository, "commonDir">,
  delivered: GitState,
  branch: string | null,
): Moved[] {
  const moved: Moved[] = [];
  const compare = (
    what: RefUpdate["what"],
    name: string,
    from: string | null | undefined,
    to: string | null,
  ): void => {
    const isListed = moved.some((one) => one.name === name);
    if (from != null && to !== null && from !== to && commitId.test(from) && !isListed)
      moved.push({ what, name, from, to });
  };
  if (branch !== null && branch === delivered.branch)
    compare("branch", branch, delivered.head, readRef(commonDir, `refs/heads/${branch}`));
  const { upstream, defaultBranch } = delivered;
  if (upstream !== null && branch === delivered.branch)
    compare(
      "upstream",
      upstream.name,
      upstream.commit,
      readRemoteOrLocalRef(commonDir, upstream.name),
    );
  if (defaultBranch !== null) {
    const { name, commit } = defaultBranch;
    compare("default", name, commit, readRemoteOrLocalRef(commonDir, name));
  }
  return moved;
}

const newCommitsArgs = (from: string, to: string): string[] => [
  "--no-pager",
  "log",
  `-${maxCommits}`,
  "--no-show-signature",
  "--format=%H%x00%ae%x00%an%x00%s",
  `${from}..${to}`,
  "--",
];
const addressArgs = ["config", "--get", "user.email"] as const;
const maxNotes = 3;
const madeCommit =
  /^(?:(?:commit|cherry-pick|revert|am)\b|rebase[^\t]*\((?!start)|[^\t]*Merge made by)/;

const madeHere = ({ gitDir }: Pick<Repository, "gitDir">): Set<string> =>
  new Set(
    readReflog(gitDir, "HEAD").flatMap(({ to, what }) => (madeCommit.test(what) ? [to] : [])),
  );

/** `own`: the user's email address, or "". `made`: commits made here. `arrived`: commits by that address made elsewhere. */
function newCommitsIn(
  log: string,
  own: string,
  made: ReadonlySet<string>,
  arrived?: ReadonlySet<string>,
): NewCommits & { commits: number } {
  const lines = log.split("\n").filter((line) => line !== "");
  const foreign = lines
    .map((line) => line.split("\0"))
    .filter(
      ([id = "", address]) =>
        !made.has(id) && (own === "" || address !== own || arrived?.has(id) === true),
    );
  const notes = foreign
    .slice(0, maxNotes)
    .map(([, , author = "", subject = ""]) => ({ author, subject }));
  const others = own === "" && foreign.length > 0 ? null : foreign.length;
  return { commits: lines.length, others, notes };
}

export async function readIncoming(
  repository: Repository,
  { head, upstream }: Pick<GitState, "head" | "upstream">,
  ask: AskGit,
): Promise<{ incoming?: NewCommits }> {
  if (head === null || upstream?.commit === undefined || upstream.behind === 0) return {};
  const args = newCommitsArgs(head, upstream.commit);
  const [address, log] = await Promise.all([ask(addressArgs), ask(args)]);
  if (log === null) return {};
  const [own, made] = [address?.trim() ?? "", madeHere(repository)];
  const isOwn = own !== "" && log.includes(`\0${own}\0`);
  // The user's other clones, agents and merges on the web use the same address, but no local branch or push has their commits.
  const pushed = isOwn ? readPushes(repository, upstream.name) : [];
  const arrived = [`-${maxCommits}`, "--ignore-missing", `${head}..${upstream.commit}`];
  const list = isOwn
    ? await ask(["rev-list", ...arrived, "--not", "--branches", ...pushed, "--"])
    : null;
  const { others, notes } = newCommitsIn(log, own, made, new Set(list?.split("\n")));
  return { incoming: { others, notes } };
}

/** The changed branches with their commits. A change by the user alone is left out. Never throws. */
export async function countRefUpdates(
  repository: Repository,
  delivered: GitState,
  branch: string | null,
  caller: GitCaller,
): Promise<RefUpdate[]> {
  const moved = findMoved(repository, delivered, branch);
  if (moved.length === 0) return [];
  const { run, timeoutMs } = caller;
  const held = gitCallEnvironment(repository, caller);
  const ask: AskGit = (args) =>
    held
      .then(({ env }) => run(args, { cwd: repository.worktree, env, timeoutMs }))
      .catch(() => null);
  const bound = ["--count", `--max-count=${maxCommits}`];
  const [address, ...responses] = await Promise.all([
    ask(addressArgs),
    ...moved.map(async ({ name, from, to }) => {
      const isHere = readRef(repository.commonDir, `refs/remotes/${name}`) !== to;
      const [log, count] = await Promise.all([
        ask(newCommitsArgs(from, to)),
        isHere ? null : ask(["rev-list", ...bound, `${to}..${from}`, "--"]),
      ]);
      return { log, lost: Number(count ?? 0) };
    }),
  ]);
  const made = madeHere(repository);
  const isShallow = readShallow(repository, null).shallow !== undefined;
  return moved.flatMap(({ what, name, to }, index): RefUpdate[] => {
    const { log = null, lost = 0 } = responses[index] ?? {};
    // A shallow history does not show which commits are older than the fetched ones.
    if (log === null || (lost > 0 && isShallow))
      return [{ what, name, commits: null, others: null, notes: [] }];
    // Rebased commits keep their author: a rewritten branch is reported whole, unless it was pushed from here.
    if (lost > 0) {
      if (readPushes(repository, name).includes(to)) return [];
      const { commits, notes } = newCommitsIn(log, "", made);
      return [{ what, name, commits, others: null, notes, lost }];
    }
    const found = newCommitsIn(log, address?.trim() ?? "", made);
    return found.others === 0 ? [] : [{ what, name, ...found }];
  });
}
