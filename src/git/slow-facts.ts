// What takes git several looks at the history: the monitor has it read, and a hook takes over what was read of the same
// commits. Each look is bounded; what git does not say in time is left out.

import { join } from "node:path";
import type { BranchEnd, GitBelow, GitState, GitUpstream } from "../core/git/git-state.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { pushedTo } from "./new-commits.ts";
import { commitId, readRef } from "./refs.ts";
import type { Repository } from "./repository.ts";

type Ask = (args: readonly string[]) => Promise<string | null>;

/** Commits on one side whose changes are compared. */
const mostCompared = 100;

interface Distance {
  ahead?: number;
  behind?: number;
  same?: number;
}

/** How many of the commits ahead are there in another form: rebased or picked, with the same changes. */
async function readSame(
  head: string,
  commit: string,
  { ahead = 0, behind = 0 }: Distance,
  ask: Ask,
): Promise<{ same?: number }> {
  if (ahead === 0 || behind === 0 || Math.max(ahead, behind) > mostCompared) return {};
  const range = `${head}...${commit}`;
  const answer = await ask(["rev-list", "--left-right", "--cherry-mark", "--count", range, "--"]);
  const left = /^(\d+)\t\d+\t\d+\n$/.exec(answer ?? "")?.[1];
  const same = left === undefined ? 0 : ahead - Number(left);
  return same > 0 ? { same } : {};
}

const longestLog = 4 * 1024 * 1024;
const mostTips = 8;
const mostListed = 200;

/** The commits that the upstream was at and has no more. None where it was pushed so from here. */
async function readLost(
  repository: Repository,
  { name, commit }: GitUpstream,
  last: GitUpstream | null,
  ask: Ask,
): Promise<Pick<GitUpstream, "lost">> {
  if (commit === undefined) return {};
  const known = last?.name === name ? last : null;
  if (known?.commit === commit) return known.lost === undefined ? {} : { lost: known.lost };
  const log =
    readSmallFile(join(repository.commonDir, "logs/refs/remotes", name), longestLog) ?? "";
  const logged = log.split("\n").flatMap((line) => line.split(" ", 2));
  const tips = [...logged, known?.commit ?? ""].filter(
    (id) => commitId.test(id) && /[^0]/.test(id),
  );
  const past = [...new Set(tips)].filter((id) => id !== commit).slice(-mostTips);
  if (past.length === 0 || pushedTo(repository, name).includes(commit)) return {};
  const bound = `--max-count=${mostListed}`;
  const args = ["rev-list", bound, "--ignore-missing", ...past, "--not", commit, "--"];
  const missing = new Set((await ask(args))?.split("\n"));
  const lost = past.filter((id) => missing.has(id));
  return lost.length === 0 ? {} : { lost };
}

const mostIncoming = 300;

/** The files that the upstream has changed since the branch left it. */
async function readIncomingPaths(
  head: string,
  commit: string,
  ask: Ask,
): Promise<readonly string[] | undefined> {
  const args = ["--no-pager", "diff", "--no-ext-diff", "--no-textconv", "--no-renames"];
  const answer = await ask([...args, "--name-only", "-z", `${head}...${commit}`, "--"]);
  return answer?.split("\0").filter(Boolean).slice(0, mostIncoming);
}

const branchesArgs = (head: string, base: string): string[] => [
  "for-each-ref",
  `--merged=${head}`,
  `--no-merged=${base}`,
  "--count=20",
  "--format=%(objectname) %(refname) %(upstream) %(upstream:track)",
  "refs/heads",
];

/** The nearest branch below the one checked out, where it is over and the history between is a line. */
async function readBelow(
  { head, branch, defaultBranch: base }: GitState,
  ask: Ask,
): Promise<GitBelow | undefined> {
  const all = base?.ahead ?? 0;
  if (head === null || branch === null || base === null || all < 2 || all > mostCompared) return;
  const [listing, parents] = await Promise.all([
    ask(branchesArgs(head, base.commit)),
    ask(["rev-list", "--parents", `${base.commit}..${head}`, "--"]),
  ]);
  const line =
    parents
      ?.trim()
      .split("\n")
      .map((one) => one.split(" ")) ?? [];
  if (line.length !== all || line.some((one) => one.length !== 2)) return;
  const above = (id: string): number => line.findIndex(([own]) => own === id);
  const branches = (listing ?? "").split("\n").flatMap((text) => {
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
  const distance = { ahead: found.of, behind: base.behind ?? 0 };
  const { same } = await readSame(commit, base.commit, distance, ask);
  if (same === found.of) return found;
  return goneOn === undefined ? undefined : { ...found, goneOn };
}

const mostBranches = 200;

/** The branches whose work is over. One that stands on the default branch's own line may only be new: it is left out. */
async function readBranchEnds(
  base: GitState["defaultBranch"],
  ask: Ask,
): Promise<Record<string, BranchEnd>> {
  if (base === null) return {};
  const list = ["for-each-ref", `--count=${mostBranches}`, "--sort=-committerdate"];
  const format =
    "--format=%(objectname) %(refname:lstrip=2) %(upstream:remotename) %(upstream:track)";
  const [all, merged, line] = await Promise.all([
    ask([...list, format, "refs/heads"]),
    ask([...list, `--merged=${base.commit}`, "--format=%(objectname)", "refs/heads"]),
    ask(["rev-list", "--first-parent", "--max-count=1000", base.commit, "--"]),
  ]);
  const own = new Set(line?.split("\n"));
  const over = new Set(merged?.split("\n").filter((id) => line !== null && !own.has(id)));
  const ends = (all ?? "").split("\n").flatMap((text): [string, BranchEnd][] => {
    const [id = "", name = "", remote = "", track = ""] = text.split(" ");
    if (name === "" || base.name.endsWith(`/${name}`) || base.name === name) return [];
    if (over.has(id)) return [[name, "merged"]];
    return track === "[gone]" && remote !== "." ? [[name, "deleted"]] : [];
  });
  return Object.fromEntries(ends);
}

/** The first of them. */
const mostOverlapping = 4;

/** The files modified here that incoming commits change. */
function overlapOf(
  incoming: readonly string[] | undefined,
  tracked: readonly string[],
): Pick<GitState, "overlap"> {
  const changed = new Set(incoming);
  const overlap = tracked.filter((path) => changed.has(path)).slice(0, mostOverlapping);
  return overlap.length === 0 ? {} : { overlap };
}

const sameOf = ({ same }: Distance): Pick<Distance, "same"> => (same === undefined ? {} : { same });

/** The state with what takes longer. `tracked`: the files modified here. */
export async function withSlowFacts(
  repository: Repository,
  state: GitState,
  { last, tracked, ask }: { last: GitState | null; tracked: readonly string[]; ask: Ask },
): Promise<GitState> {
  const { head, upstream, defaultBranch: base, paths } = state;
  if (head === null) return state;
  const commit = upstream?.commit;
  const known = last?.head === head && last.upstream?.commit === commit ? last : null;
  const knownBase = last?.head === head ? last.defaultBranch : null;
  const isBehind = commit !== undefined && upstream !== null && upstream.behind > 0;
  // What its history leaves out may be what is looked for.
  const isShallow = state.shallow !== undefined;
  const isSameName = base?.name === upstream?.name;
  const [same, lost, incoming, baseSame, below, branchEnds] = await Promise.all([
    known?.upstream != null
      ? sameOf(known.upstream)
      : commit === undefined || upstream === null
        ? {}
        : readSame(head, commit, upstream, ask),
    upstream === null || isShallow
      ? {}
      : readLost(repository, upstream, last?.upstream ?? null, ask),
    isBehind && tracked.length > 0
      ? (known?.paths?.incoming ?? readIncomingPaths(head, commit, ask))
      : undefined,
    base === null || isSameName
      ? {}
      : knownBase?.commit === base.commit
        ? sameOf(knownBase)
        : readSame(head, base.commit, base, ask),
    isShallow ? undefined : readBelow(state, ask),
    isShallow ? {} : readBranchEnds(base, ask),
  ]);
  return {
    ...state,
    upstream: upstream && { ...upstream, ...same, ...lost },
    defaultBranch: base && { ...base, ...baseSame },
    ...(below === undefined ? {} : { below }),
    ...(Object.keys(branchEnds).length === 0 ? {} : { branchEnds }),
    ...(incoming === undefined || paths === undefined ? {} : { paths: { ...paths, incoming } }),
    ...overlapOf(incoming, tracked),
  };
}

/** The state with what was read before of the same commits. */
export function withKnownFacts(
  { commonDir }: Repository,
  state: GitState,
  { last, tracked }: { last: GitState | null; tracked: readonly string[] },
): GitState {
  const { upstream } = state;
  if (last === null) return state;
  const { below, branchEnds } = last;
  const isSameBase = state.defaultBranch?.commit === last.defaultBranch?.commit;
  const ends = branchEnds !== undefined && isSameBase ? { branchEnds } : {};
  if (last.head !== state.head || last.branch !== state.branch) return { ...state, ...ends };
  const isSame =
    upstream?.commit !== undefined &&
    upstream.name === last.upstream?.name &&
    upstream.commit === last.upstream.commit;
  const { same, lost } = last.upstream ?? {};
  const isBelow =
    below !== undefined &&
    isSameBase &&
    readRef(commonDir, `refs/heads/${below.name}`) === below.commit &&
    readRef(commonDir, `refs/remotes/${below.goneOn ?? ""}/${below.name}`) === null;
  return {
    ...state,
    ...(isSame
      ? {
          upstream: {
            ...upstream,
            ...(same === undefined ? {} : { same }),
            ...(lost === undefined ? {} : { lost }),
          },
          ...overlapOf(last.paths?.incoming, tracked),
        }
      : {}),
    ...(isBelow ? { below } : {}),
    ...ends,
  };
}
