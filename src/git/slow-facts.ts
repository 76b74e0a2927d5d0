// Slow facts about branches. A hook reuses those that were read for the same commits. Each query has a time limit.

import type { BranchEnd, ParentBranch, GitState, GitUpstream } from "../core/git/git-state.ts";
import { idsInBranch } from "../core/task/branch-tasks.ts";
import { defined } from "../core/read.ts";
import type { AskGit } from "./hardened.ts";
import { readPushes, readRef, readReflog } from "./refs.ts";
import { commitId, type Repository } from "./repository.ts";

const maxCompared = 100;

interface Compared {
  commit?: string;
  ahead?: number;
  behind?: number;
  same?: number;
}

/** How many of the commits ahead the other branch also has, rebased or picked. `known`: read earlier at the same HEAD. */
async function readSame(
  head: string,
  other: Compared | null,
  known: Compared | null | undefined,
  ask: AskGit,
): Promise<{ same?: number }> {
  if (other?.commit === undefined) return {};
  if (known?.commit === other.commit) return defined({ same: known.same });
  const { commit, ahead = 0, behind = 0 } = other;
  if (ahead === 0 || behind === 0 || Math.max(ahead, behind) > maxCompared) return {};
  const range = `${head}...${commit}`;
  const response = await ask(["rev-list", "--left-right", "--cherry-mark", "--count", range, "--"]);
  const left = /^(\d+)\t\d+\t\d+\n$/.exec(response ?? "")?.[1];
  const same = left === undefined ? 0 : ahead - Number(left);
  return same > 0 ? { same } : {};
}

const maxTips = 8;
const maxListed = 200;

/** The commits that the upstream had and no longer has. None if a push from here rewrote it. */
async function readLost(
  repository: Repository,
  { name, commit }: GitUpstream,
  last: GitUpstream | null | undefined,
  ask: AskGit,
): Promise<Pick<GitUpstream, "lost">> {
  if (commit === undefined) return {};
  const known = last?.name === name ? last : null;
  if (known?.commit === commit) return defined({ lost: known.lost });
  const logged = readReflog(repository.commonDir, `refs/remotes/${name}`);
  const tips = [...logged.flatMap(({ from, to }) => [from, to]), known?.commit ?? ""].filter(
    (id) => commitId.test(id) && /[^0]/.test(id),
  );
  const past = [...new Set(tips)].filter((id) => id !== commit).slice(-maxTips);
  if (past.length === 0 || readPushes(repository, name).includes(commit)) return {};
  const bound = `--max-count=${maxListed}`;
  const args = ["rev-list", bound, "--ignore-missing", ...past, "--not", commit, "--"];
  const missing = new Set((await ask(args))?.split("\n"));
  const lost = past.filter((id) => missing.has(id));
  return lost.length === 0 ? {} : { lost };
}

const maxIncoming = 300;

async function readIncomingPaths(
  head: string,
  commit: string,
  ask: AskGit,
): Promise<readonly string[] | undefined> {
  const args = ["--no-pager", "diff", "--no-ext-diff", "--no-textconv", "--no-renames"];
  const response = await ask([...args, "--name-only", "-z", `${head}...${commit}`, "--"]);
  return response?.split("\0").filter(Boolean).slice(0, maxIncoming);
}

const linesOf = (response: string | null): string[] => response?.split("\n").filter(Boolean) ?? [];

/** The nearest branch below the one checked out, when it is merged or deleted and the history between is linear. */
async function readBelow(
  { head, branch, defaultBranch: base }: GitState,
  ask: AskGit,
): Promise<ParentBranch | undefined> {
  const all = base?.ahead ?? 0;
  if (head === null || branch === null || base === null || all < 2 || all > maxCompared) return;
  const among = [`--merged=${head}`, `--no-merged=${base.commit}`, "--count=20"];
  const format = "--format=%(objectname) %(refname) %(upstream) %(upstream:track)";
  const [listing, parents] = await Promise.all([
    ask(["for-each-ref", ...among, format, "refs/heads"]),
    ask(["rev-list", "--parents", `${base.commit}..${head}`, "--"]),
  ]);
  const line = linesOf(parents).map((one) => one.split(" "));
  if (line.length !== all || line.some((one) => one.length !== 2)) return;
  const above = (id: string): number => line.findIndex(([own]) => own === id);
  const branches = linesOf(listing).flatMap((text) => {
    const [commit = "", ref = "", upstream = "", track = ""] = text.split(" ");
    const name = ref.replace("refs/heads/", "");
    const [remote] = upstream.match(/(?<=^refs\/remotes\/)[^/]+(?=\/)/) ?? [];
    const isGone = track === "[gone]" && upstream === `refs/remotes/${remote}/${name}`;
    const goneOn = isGone ? remote : undefined;
    return above(commit) > 0 && name !== branch ? [{ commit, name, goneOn }] : [];
  });
  const [nearest] = branches.toSorted((one, other) => above(one.commit) - above(other.commit));
  if (nearest === undefined) return;
  const { name, commit, goneOn } = nearest;
  const found = { name, commit, of: all - above(commit), all };
  const distance = { commit: base.commit, ahead: found.of, behind: base.behind ?? 0 };
  const { same } = await readSame(commit, distance, null, ask);
  if (same === found.of) return found;
  return goneOn === undefined ? undefined : { ...found, goneOn };
}

const maxBranches = 200;

/**
 * The branches that are merged or deleted. Left out: a branch on the default branch's own line and two branches at one commit,
 * which may be new, and a branch whose task continues on another branch.
 */
async function readBranchEnds(
  base: GitState["defaultBranch"],
  ask: AskGit,
): Promise<Record<string, BranchEnd>> {
  if (base === null) return {};
  const list = ["for-each-ref", `--count=${maxBranches}`, "--sort=-committerdate"];
  const format =
    "--format=%(objectname) %(refname:lstrip=2) %(upstream:remotename) %(upstream:track)";
  const [all, merged, line] = await Promise.all([
    ask([...list, format, "refs/heads"]),
    ask([...list, `--merged=${base.commit}`, "--format=%(objectname)", "refs/heads"]),
    ask(["rev-list", "--first-parent", "--max-count=1000", base.commit, "--"]),
  ]);
  const own = new Set(linesOf(line));
  const over = new Set(linesOf(merged).filter((id) => line !== null && !own.has(id)));
  const listed = linesOf(all);
  const ends = listed.flatMap((text): [string, BranchEnd][] => {
    const [id = "", name = "", remote = "", track = ""] = text.split(" ");
    if (base.name.endsWith(`/${name}`) || base.name === name) return [];
    if (over.has(id))
      return listed.filter((one) => one.startsWith(id)).length > 1 ? [] : [[name, "merged"]];
    return track === "[gone]" && remote !== "." ? [[name, "deleted"]] : [];
  });
  const ended = new Set(ends.map(([name]) => name));
  const names = listed.map((text) => text.split(" ")[1] ?? "");
  const goingOn = new Set(names.filter((name) => !ended.has(name)).flatMap(idsInBranch));
  return Object.fromEntries(
    ends.filter(([name]) => !idsInBranch(name).some((id) => goingOn.has(id))),
  );
}

const maxOverlapping = 4;

function overlapOf(
  incoming: readonly string[] | undefined,
  tracked: readonly string[],
): Pick<GitState, "overlap"> {
  const changed = new Set(incoming);
  const overlap = tracked.filter((path) => changed.has(path)).slice(0, maxOverlapping);
  return overlap.length === 0 ? {} : { overlap };
}

export async function withSlowFacts(
  repository: Repository,
  state: GitState,
  { last, tracked, ask }: { last: GitState | null; tracked: readonly string[]; ask: AskGit },
): Promise<GitState> {
  const { head, upstream, defaultBranch: base, paths } = state;
  if (head === null) return state;
  const known = last?.head === head ? last : null;
  const commit = upstream?.commit;
  const mayOverlap = commit !== undefined && (upstream?.behind ?? 0) > 0 && tracked.length > 0;
  const knownPaths = known?.upstream?.commit === commit ? known?.paths : undefined;
  // A shallow history may lack the commits in question.
  const isShallow = state.shallow !== undefined;
  const isSameName = base?.name === upstream?.name;
  const [same, lost, incoming, baseSame, below, branchEnds] = await Promise.all([
    readSame(head, upstream, known?.upstream, ask),
    upstream === null || isShallow ? {} : readLost(repository, upstream, last?.upstream, ask),
    mayOverlap ? (knownPaths?.incoming ?? readIncomingPaths(head, commit, ask)) : undefined,
    isSameName ? {} : readSame(head, base, known?.defaultBranch, ask),
    isShallow ? undefined : readBelow(state, ask),
    isShallow ? {} : readBranchEnds(base, ask),
  ]);
  return {
    ...state,
    upstream: upstream && { ...upstream, ...same, ...lost },
    defaultBranch: base && { ...base, ...baseSame },
    ...defined({ below }),
    ...(Object.keys(branchEnds).length === 0 ? {} : { branchEnds }),
    ...(incoming === undefined || paths === undefined ? {} : { paths: { ...paths, incoming } }),
    ...overlapOf(incoming, tracked),
  };
}

export function withKnownFacts(
  { commonDir }: Repository,
  state: GitState,
  { last, tracked }: { last: GitState | null; tracked: readonly string[] },
): GitState {
  if (last === null) return state;
  const { upstream, defaultBranch } = state;
  const isSameBase = defaultBranch?.commit === last.defaultBranch?.commit;
  const known = { ...state, ...(isSameBase ? defined({ branchEnds: last.branchEnds }) : {}) };
  if (last.head !== state.head || last.branch !== state.branch) return known;
  const { below } = last;
  if (
    below !== undefined &&
    isSameBase &&
    readRef(commonDir, `refs/heads/${below.name}`) === below.commit &&
    readRef(commonDir, `refs/remotes/${below.goneOn ?? ""}/${below.name}`) === null
  )
    known.below = below;
  const { name, commit, same, lost } = last.upstream ?? {};
  if (upstream?.commit === undefined || upstream.name !== name || upstream.commit !== commit)
    return known;
  const upstreamKnown = { ...upstream, ...defined({ same, lost }) };
  return { ...known, upstream: upstreamKnown, ...overlapOf(last.paths?.incoming, tracked) };
}
