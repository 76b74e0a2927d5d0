// Finds the work of a branch in the default branch: merged, as different commits, or squashed into one.

import { mentions, mergedBranches } from "../core/git/base-commit.ts";
import type { BaseHistory } from "../core/git/base-history.ts";
import type { BranchRef } from "./base-log.ts";
import type { AskGit } from "./hardened.ts";
import { readReflog } from "./refs.ts";
import { commitId, type Repository } from "./repository.ts";

export interface BranchWork extends BranchRef {
  /** The commits of the default branch that contain its work; null if they lack some of it. */
  mergedAs: readonly string[] | null;
  /** How many of these are required: one for each picked commit. */
  requiredCommits: number;
}

export interface WorkDeps {
  repository: Repository;
  history: BaseHistory;
  /** The tip of the default branch. */
  tip: string;
  ask: AskGit;
}

const maxAhead = 100;
const maxBehind = 500;
const madeCommit = /^(?:commit|cherry-pick|am)\b/;

/** A local branch's tip if its last commit was made here and only rebases have moved it since. */
function ownCommit({ repository }: WorkDeps, { name, remote }: BranchRef): string | null {
  if (remote !== null) return null;
  const log = readReflog(repository.commonDir, `refs/heads/${name}`);
  const last = log.findLastIndex(({ what }) => madeCommit.test(what));
  const isKept = log.slice(last + 1).every(({ what }) => what.startsWith("rebase"));
  return last >= 0 && isKept ? (log.at(-1)?.to ?? null) : null;
}

/** True if work that was merged as other commits is this branch's, and not that of a branch that it was created from. */
function isItsOwn(deps: WorkDeps, branch: BranchRef, mergedAs: string[], ids: string[]): boolean {
  if (ownCommit(deps, branch) !== null) return true;
  const { commits, order } = deps.history;
  return mergedAs.some((id) => {
    const message = commits[order.get(id) ?? -1]?.message ?? "";
    return [branch.name, ...ids].some((word) => mentions(message, word));
  });
}

/** Equal patches: the commits of the default branch, and the number of the branch's commits that they copy. */
async function findCopies(
  { tip, history, ask }: WorkDeps,
  { commit }: BranchRef,
): Promise<{ mergedAs: string[]; requiredCommits: number } | null> {
  const marks = ["--left-right", "--cherry-mark", "--no-merges"];
  const response = await ask(["rev-list", ...marks, `${tip}...${commit}`, "--"]);
  const lines = response?.split("\n").filter(Boolean) ?? [];
  const equal = lines.flatMap((line) => (line.startsWith("=") ? line.slice(1) : []));
  const mergedAs = equal.filter((id) => history.order.has(id));
  const requiredCommits = equal.length - mergedAs.length;
  return lines.some((line) => line.startsWith(">")) || requiredCommits === 0
    ? null
    : { mergedAs, requiredCommits };
}

interface Changes {
  /** The changed files, and how they changed. */
  files: string;
  /** As `files`, with the contents before and after. */
  contents: string;
}

const rawEntry = /:\d+ (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\0([^\0]+)\0/g;

function changesIn(raw: string): Changes {
  const entries = [...raw.matchAll(rawEntry)];
  const files = entries.map(([, mode, , , kind, path]) => `${kind} ${mode} ${path}`);
  const contents = entries.map(([, , before, after], at) => `${files[at]} ${before} ${after}`);
  return { files: files.toSorted().join("\n"), contents: contents.toSorted().join("\n") };
}

const diffArgs = ["--no-ext-diff", "--no-textconv", "--no-renames", "--no-color"];
const maxPatchLength = 4 * 1024 * 1024;

/** A patch without the numbers of its lines, as `git patch-id` compares them. */
async function readPatch(from: string, to: string, ask: AskGit): Promise<string | null> {
  const patch = await ask(["--no-pager", "diff", ...diffArgs, "-U3", from, to, "--"]);
  if (patch === null || patch === "" || patch.length > maxPatchLength) return null;
  return patch.replace(/^(?:index .*|@@ .*)\n/gm, "");
}

const maxSquashed = 300;
const maxCompared = 3;

/** The commits of the default branch, newest first, that change what the whole branch changes. */
async function findSquashes({ tip, ask }: WorkDeps, { commit }: BranchRef): Promise<string[]> {
  const start = (await ask(["merge-base", tip, commit]))?.trim() ?? "";
  if (!commitId.test(start)) return [];
  const raw = ["--raw", "--no-abbrev", "-z", ...diffArgs];
  const own = changesIn((await ask(["--no-pager", "diff", ...raw, start, commit, "--"])) ?? "");
  if (own.files === "") return [];
  const which = ["--first-parent", "--no-merges", `--max-count=${maxSquashed}`];
  const format = ["--no-show-signature", "--format=%x01%H"];
  const range = [tip, `^${start}`, "--"];
  const log = await ask(["--no-pager", "log", ...which, ...raw, ...format, ...range]);
  const alike = (log ?? "").split("\u0001").flatMap((text) => {
    const id = /^[0-9a-f]{40,64}/.exec(text)?.[0];
    const changes = changesIn(text);
    return id === undefined || changes.files !== own.files ? [] : [{ id, ...changes }];
  });
  const equal = alike.filter(({ contents }) => contents === own.contents);
  if (equal.length > 0 || alike.length === 0) return equal.map(({ id }) => id);
  const patch = await readPatch(start, commit, ask);
  const found: string[] = [];
  for (const { id } of alike.slice(0, maxCompared))
    if (patch !== null && (await readPatch(`${id}^`, id, ask)) === patch) found.push(id);
  return found;
}

/** `ids`: the ids of the branch's tasks. */
export async function readBranchWork(
  deps: WorkDeps,
  branch: BranchRef,
  ids: string[],
): Promise<BranchWork> {
  const { history, tip, ask } = deps;
  const open = { ...branch, mergedAs: null, requiredCommits: 1 };
  if (history.order.has(branch.commit)) {
    // A branch without own commits may be new, unless the merge commit that brought in its tip names it.
    const merge = history.arrivals.get(branch.commit);
    const isNamed = merge !== undefined && mergedBranches(merge).includes(branch.name);
    const isOver = isNamed || ownCommit(deps, branch) === branch.commit;
    return isOver ? { ...open, mergedAs: [branch.commit] } : open;
  }
  const range = `${tip}...${branch.commit}`;
  const counts = await ask(["rev-list", "--left-right", "--count", range, "--"]);
  const [behind = 0, ahead = 0] = counts?.trim().split("\t").map(Number) ?? [];
  if (ahead === 0 || ahead > maxAhead || behind > maxBehind) return open;
  const copies = await findCopies(deps, branch);
  const found = copies ?? { mergedAs: await findSquashes(deps, branch), requiredCommits: 1 };
  const isKnown = found.mergedAs.length > 0 && isItsOwn(deps, branch, found.mergedAs, ids);
  return isKnown ? { ...branch, ...found } : open;
}

/** Branches that were checked out here and are no longer anywhere. */
export function goneBranches({ gitDir }: Repository, branches: readonly BranchRef[]): string[] {
  const here = new Set(branches.map(({ name }) => name));
  const left = readReflog(gitDir, "HEAD").flatMap(
    ({ what }) => /^checkout: moving from (\S+) to /.exec(what)?.[1] ?? [],
  );
  return [...new Set(left)].filter((name) => !here.has(name));
}

/** The number of a branch's commits that are on no other branch, remote or tag; null if git fails. */
export async function countUnsharedCommits(
  { name, commit }: BranchRef,
  tip: string,
  ask: AskGit,
): Promise<number | null> {
  const others = [`--exclude=${name}`, "--branches", "--remotes", "--tags"];
  const response = await ask(["rev-list", "--count", commit, "--not", tip, ...others, "--"]);
  return /^\d+\n?$/.test(response ?? "") ? Number(response) : null;
}
