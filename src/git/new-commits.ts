// How branches moved since a session's last brief, and what an upstream has that is not here. git is started only for what
// moved.

import { join } from "node:path";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { Repository } from "./repository.ts";
import { mostCounted, type RefMove } from "../core/brief/since-lines.ts";
import type { GitState, NewCommits } from "../core/git/git-state.ts";
import type { GitCaller } from "./hardened.ts";
import { commitId, readBranchRef, readRef, readShallow } from "./refs.ts";
import { gitCallEnvironment } from "./settings-copy.ts";

interface Moved {
  what: RefMove["what"];
  name: string;
  from: string;
  to: string;
}

/** The branches whose commit is another one now. `branch` is what HEAD names. */
export function findMoved(
  { commonDir }: Pick<Repository, "commonDir">,
  delivered: GitState,
  branch: string | null,
): Moved[] {
  const moved: Moved[] = [];
  const compare = (
    what: RefMove["what"],
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
    compare("upstream", upstream.name, upstream.commit, readBranchRef(commonDir, upstream.name));
  if (defaultBranch !== null) {
    const { name, commit } = defaultBranch;
    compare("default", name, commit, readBranchRef(commonDir, name));
  }
  return moved;
}

const newCommitsArgs = (from: string, to: string): string[] => [
  "--no-pager",
  "log",
  `-${mostCounted}`,
  "--no-show-signature",
  "--format=%H%x00%ae%x00%an%x00%s",
  `${from}..${to}`,
  "--",
];
const addressArgs = ["config", "--get", "user.email"] as const;
const longestHeadLog = 4 * 1024 * 1024;
const mostNotes = 3;

/** The commits that were made in this very working tree, whoever their author is, by the log of its HEAD. */
function madeHere({ gitDir }: Pick<Repository, "gitDir">): Set<string> {
  const log = readSmallFile(join(gitDir, "logs/HEAD"), longestHeadLog) ?? "";
  const isMade =
    /\t(?:(?:commit|cherry-pick|revert|am)\b|rebase[^\t]*\((?!start)|[^\t]*Merge made by)/;
  return new Set(
    log.split("\n").flatMap((line) => (isMade.test(line) ? [line.split(" ", 2)[1] ?? ""] : [])),
  );
}

/** What of `git log` is no doing of the user's: `own` is their address, empty where it is not known, or `made` here. */
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
    .slice(0, mostNotes)
    .map(([, , author = "", subject = ""]) => ({ author, subject }));
  const others = own === "" && foreign.length > 0 ? null : foreign.length;
  return { commits: lines.length, others, notes };
}

type Ask = (args: readonly string[]) => Promise<string | null>;

const mostPushes = 20;

/** Where the last pushes from this repository have put the upstream, by the log of its ref. */
export function pushedTo({ commonDir }: Pick<Repository, "commonDir">, upstream: string): string[] {
  const log = readSmallFile(join(commonDir, "logs/refs/remotes", upstream), longestHeadLog) ?? "";
  return log
    .split("\n")
    .filter((line) => line.endsWith("\tupdate by push"))
    .map((line) => line.split(" ", 2)[1] ?? "")
    .filter((id) => commitId.test(id))
    .slice(-mostPushes);
}

/** Counts the commits that a branch had and has no more. */
const lostArgs = (from: string, to: string): string[] => [
  "rev-list",
  "--count",
  `--max-count=${mostCounted}`,
  `${to}..${from}`,
  "--",
];

/** Lists the new commits that no local branch has and no push from here has brought. */
const arrivedArgs = (from: string, to: string, pushed: readonly string[]): string[] => [
  "rev-list",
  `-${mostCounted}`,
  "--ignore-missing",
  `${from}..${to}`,
  "--not",
  "--branches",
  ...pushed,
  "--",
];

/** What the upstream has that the branch has not; nothing where git does not say it. */
export async function readIncoming(
  repository: Repository,
  { head, upstream }: Pick<GitState, "head" | "upstream">,
  ask: Ask,
): Promise<{ incoming?: NewCommits }> {
  if (head === null || upstream?.commit === undefined || upstream.behind === 0) return {};
  const args = newCommitsArgs(head, upstream.commit);
  const [address, log] = await Promise.all([ask(addressArgs), ask(args)]);
  if (log === null) return {};
  const [own, made] = [address?.trim() ?? "", madeHere(repository)];
  const isOwn = own !== "" && log.includes(`\0${own}\0`);
  // The user's own address is also that of their other clones, agents and merges on the web.
  const pushed = isOwn ? pushedTo(repository, upstream.name) : [];
  const list = isOwn ? await ask(arrivedArgs(head, upstream.commit, pushed)) : null;
  const { others, notes } = newCommitsIn(log, own, made, new Set(list?.split("\n")));
  return { incoming: { others, notes } };
}

/** The moves with their commits. Those by nobody but the user are left out. Never throws. */
export async function countMoves(
  repository: Repository,
  delivered: GitState,
  branch: string | null,
  caller: GitCaller,
): Promise<RefMove[]> {
  const moved = findMoved(repository, delivered, branch);
  if (moved.length === 0) return [];
  const { run, timeoutMs } = caller;
  const held = gitCallEnvironment(repository, caller);
  const ask: Ask = (args) =>
    held
      .then(({ env }) => run(args, { cwd: repository.worktree, env, timeoutMs }))
      .catch(() => null);
  const [address, ...answers] = await Promise.all([
    ask(addressArgs),
    ...moved.map(async ({ name, from, to }) => {
      const isHere = readRef(repository.commonDir, `refs/remotes/${name}`) !== to;
      const [log, count] = await Promise.all([
        ask(newCommitsArgs(from, to)),
        isHere ? null : ask(lostArgs(from, to)),
      ]);
      return { log, lost: Number(count ?? 0) };
    }),
  ]);
  const made = madeHere(repository);
  const isShallow = readShallow(repository, null).shallow !== undefined;
  return moved.flatMap(({ what, name, to }, index): RefMove[] => {
    const { log = null, lost = 0 } = answers[index] ?? {};
    // A shallow history does not say which commits came before those that were fetched.
    const isUnknown = log === null || (lost > 0 && isShallow);
    if (isUnknown) return [{ what, name, commits: null, others: null, notes: [] }];
    // Rebased commits keep their author: of a rewritten branch all are told, but for what was pushed from here.
    if (lost > 0) {
      if (pushedTo(repository, name).includes(to)) return [];
      const { commits, notes } = newCommitsIn(log, "", made);
      return [{ what, name, commits, others: null, notes, lost }];
    }
    const found = newCommitsIn(log, address?.trim() ?? "", made);
    return found.others === 0 ? [] : [{ what, name, ...found }];
  });
}
