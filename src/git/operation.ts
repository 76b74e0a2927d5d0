// The operation that git is in the middle of, by the files that it leaves in the working tree's git folder.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { GitOperation } from "../core/git/git-state.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { commitId, readDefaultBranch } from "./refs.ts";
import { leftBranchOf, type Repository } from "./repository.ts";

const readText = (...file: string[]): string => readSmallFile(join(...file), 4096) ?? "";
const longestLog = 4 * 1024 * 1024;

function steps(
  folder: string,
  stepFile: string,
  totalFile: string,
): { step: number; total: number } | undefined {
  const step = Number.parseInt(readText(folder, stepFile), 10);
  const total = Number.parseInt(readText(folder, totalFile), 10);
  return Number.isNaN(step) || Number.isNaN(total) ? undefined : { step, total };
}

function branchLeft(gitDir: string): { branch: string } | undefined {
  const branch = leftBranchOf(gitDir);
  return branch === null ? undefined : { branch };
}

type Place = Pick<Repository, "gitDir" | "commonDir">;

/** What a commit is called: as it was given to git, else as the default branch that is there, else by its id. */
function nameOf(place: Place, id: string, given: string | undefined): { other?: string } {
  if (!commitId.test(id)) return {};
  // `HEAD~3` is another commit by now.
  const isName = given !== undefined && !/^[0-9a-f]{7,64}$|^(?:HEAD|@)(?:[~^@]|$)/.test(given);
  if (isName) return { other: given };
  const base = readDefaultBranch(place);
  return { other: base?.commit === id ? base.name : id.slice(0, 9) };
}

/** What a rebase goes onto: git notes the commit, and in HEAD's log the name that it was given. */
function ontoOf(place: Place, folder: string): { other?: string } {
  const id = readText(folder, "onto").trim();
  const log = readSmallFile(join(place.gitDir, "logs/HEAD"), longestLog) ?? "";
  const line = log.split("\n").findLast((one) => one.includes(" (start): checkout ")) ?? "";
  const given = line.split(" ", 2)[1] === id ? / checkout (\S+)$/.exec(line)?.[1] : undefined;
  return nameOf(place, id, given);
}

const mergedName = /^Merge (?:remote-tracking )?(?:branch|tag|commit) '([^'\n]+)'/;

/** What is merged, picked or reverted. */
function otherOf(place: Place, file: string): { other?: string } {
  const id = readText(place.gitDir, file).split("\n", 1)[0] ?? "";
  if (file === "MERGE_HEAD")
    return nameOf(place, id, mergedName.exec(readText(place.gitDir, "MERGE_MSG"))?.[1]);
  return commitId.test(id) ? { other: id.slice(0, 9) } : {};
}

/** How many commits were judged, and where it began when that was on no branch. */
function bisection(gitDir: string): Pick<GitOperation, "other" | "good" | "bad"> {
  const start = readText(gitDir, "BISECT_START").trim();
  const log = `\n${readSmallFile(join(gitDir, "BISECT_LOG"), longestLog) ?? ""}`;
  const [good, bad] = ["good", "bad"].map((word) => log.split(`\n# ${word}: [`).length - 1);
  return {
    ...(commitId.test(start) ? { other: start.slice(0, 9) } : {}),
    ...(good === undefined || bad === undefined || good + bad === 0 ? {} : { good, bad }),
  };
}

const stoppedAt = {
  rebase: "REBASE_HEAD",
  "cherry-pick": "CHERRY_PICK_HEAD",
  revert: "REVERT_HEAD",
} as const;

/** What the commit is called that an operation has stopped at. `ask`: git's answer; null where it has none in time. */
export async function readStoppedAt(
  { gitDir }: Place,
  { kind }: GitOperation,
  ask: (args: readonly string[]) => Promise<string | null>,
): Promise<Pick<GitOperation, "subject">> {
  const isListed = kind === "rebase" || kind === "cherry-pick" || kind === "revert";
  const id = isListed ? readText(gitDir, stoppedAt[kind]).trim() : "";
  const args = ["--no-pager", "log", "-1", "--no-show-signature", "--format=%s", id, "--"];
  const text =
    kind === "am"
      ? readText(gitDir, "rebase-apply/final-commit")
      : commitId.test(id)
        ? await ask(args)
        : null;
  const subject = text?.split("\n", 1)[0] ?? "";
  return subject === "" ? {} : { subject };
}

/**
 * Whether a rebased branch can be pushed without force once it is done: not where the remote has commits that are being
 * replaced, on another base than the new one.
 */
export async function readForces(
  { gitDir }: Place,
  pushedTip: string | null,
  ask: (args: readonly string[]) => Promise<string | null>,
): Promise<Pick<GitOperation, "forces">> {
  const onto = ["rebase-merge", "rebase-apply"].map((name) =>
    readText(gitDir, name, "onto").trim(),
  );
  const base = onto.find((id) => commitId.test(id));
  if (pushedTip === null || base === undefined) return {};
  const range = `${base}...${pushedTip}`;
  const answer = await ask(["rev-list", "--left-right", "--count", range, "--"]);
  return /^[1-9]\d*\t[1-9]\d*\n$/.test(answer ?? "") ? { forces: true } : {};
}

/** The operation in progress in this git folder (a linked worktree has its own), or null. */
export function findOperation(place: Place): GitOperation | null {
  const { gitDir } = place;
  const has = (name: string): boolean => existsSync(join(gitDir, name));
  if (has("rebase-merge")) {
    const folder = join(gitDir, "rebase-merge");
    const about = { ...branchLeft(gitDir), ...ontoOf(place, folder) };
    return { kind: "rebase", ...steps(folder, "msgnum", "end"), ...about };
  }
  if (has("rebase-apply")) {
    const folder = join(gitDir, "rebase-apply");
    const at = steps(folder, "next", "last");
    if (has("rebase-apply/applying")) return { kind: "am", ...at };
    return { kind: "rebase", ...at, ...branchLeft(gitDir), ...ontoOf(place, folder) };
  }
  if (has("MERGE_HEAD")) return { kind: "merge", ...otherOf(place, "MERGE_HEAD") };
  if (has("CHERRY_PICK_HEAD"))
    return { kind: "cherry-pick", ...otherOf(place, "CHERRY_PICK_HEAD") };
  if (has("REVERT_HEAD")) return { kind: "revert", ...otherOf(place, "REVERT_HEAD") };
  // Several commits, and the one in conflict has been committed: only what is left to do says so.
  const todo = readText(gitDir, "sequencer/todo");
  if (todo !== "") return { kind: /^revert\b/.test(todo) ? "revert" : "cherry-pick" };
  if (has("BISECT_LOG")) return { kind: "bisect", ...branchLeft(gitDir), ...bisection(gitDir) };
  return null;
}
