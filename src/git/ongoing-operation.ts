// The operation that git is in the middle of, by the files that it leaves in the git folder.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../core/read.ts";
import type { GitOperation } from "../core/git/git-state.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { AskGit } from "./hardened.ts";
import { readDefaultBranch, readReflog } from "./refs.ts";
import { commitId, readLeftBranch, type Repository } from "./repository.ts";

const readText = (...file: string[]): string => readSmallFile(join(...file), 4096) ?? "";
const maxLogLength = 4 * 1024 * 1024;

function steps(
  folder: string,
  ...files: readonly [step: string, total: string]
): { step?: number; total?: number } {
  const [step = NaN, total = NaN] = files.map((file) =>
    Number.parseInt(readText(folder, file), 10),
  );
  return Number.isNaN(step + total) ? {} : { step, total };
}

const branchLeft = (gitDir: string): { branch?: string } =>
  defined({ branch: readLeftBranch(gitDir) ?? undefined });

type Place = Pick<Repository, "gitDir" | "commonDir">;

/** A commit's name: as given to git, else the default branch if it is at this commit, else the id. */
function nameOf(place: Place, id: string, given: string | undefined): { other?: string } {
  if (!commitId.test(id)) return {};
  // `HEAD~3` now means another commit.
  const isName = given !== undefined && !/^[0-9a-f]{7,64}$|^(?:HEAD|@)(?:[~^@]|$)/.test(given);
  if (isName) return { other: given };
  const base = readDefaultBranch(place);
  return { other: base?.commit === id ? base.name : id.slice(0, 9) };
}

/** The base of a rebase: git keeps its commit, and its given name in HEAD's log. */
function ontoOf(place: Place, folder: string): { other?: string } {
  const id = readText(folder, "onto").trim();
  const log = readReflog(place.gitDir, "HEAD");
  const start = log.findLast(({ what }) => what.includes(" (start): checkout "));
  const given = start?.to === id ? / checkout (\S+)$/.exec(start.what)?.[1] : undefined;
  return nameOf(place, id, given);
}

const mergedName = /^Merge (?:remote-tracking )?(?:branch|tag|commit) '([^'\n]+)'/;

function otherOf(place: Place, file: string): { other?: string } {
  const id = readText(place.gitDir, file).split("\n", 1)[0] ?? "";
  if (file === "MERGE_HEAD")
    return nameOf(place, id, mergedName.exec(readText(place.gitDir, "MERGE_MSG"))?.[1]);
  return commitId.test(id) ? { other: id.slice(0, 9) } : {};
}

function bisection(gitDir: string): Pick<GitOperation, "other" | "good" | "bad"> {
  const start = readText(gitDir, "BISECT_START").trim();
  const log = `\n${readSmallFile(join(gitDir, "BISECT_LOG"), maxLogLength) ?? ""}`;
  const [good, bad] = ["good", "bad"].map((word) => log.split(`\n# ${word}: [`).length - 1);
  return {
    ...(commitId.test(start) ? { other: start.slice(0, 9) } : {}),
    ...(good === undefined || bad === undefined || good + bad === 0 ? {} : { good, bad }),
  };
}

const stoppedAt: Partial<Record<GitOperation["kind"], string>> = {
  rebase: "REBASE_HEAD",
  "cherry-pick": "CHERRY_PICK_HEAD",
  revert: "REVERT_HEAD",
};

export async function readStoppedAt(
  { gitDir }: Place,
  { kind }: GitOperation,
  ask: AskGit,
): Promise<Pick<GitOperation, "subject">> {
  const file = stoppedAt[kind];
  const id = file === undefined ? "" : readText(gitDir, file).trim();
  const args = ["--no-pager", "log", "-1", "--no-show-signature", "--format=%s", id, "--"];
  const asked = commitId.test(id) ? await ask(args) : null;
  const text = kind === "am" ? readText(gitDir, "rebase-apply/final-commit") : asked;
  const subject = text?.split("\n", 1)[0] ?? "";
  return subject === "" ? {} : { subject };
}

/** True if the branch needs a forced push after the rebase, because the new base and the remote's branch have diverged. */
export async function readForces(
  { gitDir }: Place,
  pushedTip: string | null,
  ask: AskGit,
): Promise<Pick<GitOperation, "forces">> {
  const onto = ["rebase-merge", "rebase-apply"].map((name) =>
    readText(gitDir, name, "onto").trim(),
  );
  const base = onto.find((id) => commitId.test(id));
  if (pushedTip === null || base === undefined) return {};
  const range = `${base}...${pushedTip}`;
  const response = await ask(["rev-list", "--left-right", "--count", range, "--"]);
  return /^[1-9]\d*\t[1-9]\d*\n$/.test(response ?? "") ? { forces: true } : {};
}

const rebases = [
  ["rebase-merge", "msgnum", "end"],
  ["rebase-apply", "next", "last"],
] as const;
const heads = [
  ["merge", "MERGE_HEAD"],
  ["cherry-pick", "CHERRY_PICK_HEAD"],
  ["revert", "REVERT_HEAD"],
] as const;

export function findOperation(place: Place): GitOperation | null {
  const { gitDir } = place;
  const has = (name: string): boolean => existsSync(join(gitDir, name));
  if (has("rebase-apply/applying"))
    return { kind: "am", ...steps(join(gitDir, "rebase-apply"), "next", "last") };
  for (const [name, step, total] of rebases) {
    const folder = join(gitDir, name);
    const at = has(name) ? steps(folder, step, total) : null;
    if (at !== null)
      return { kind: "rebase", ...at, ...branchLeft(gitDir), ...ontoOf(place, folder) };
  }
  for (const [kind, file] of heads) if (has(file)) return { kind, ...otherOf(place, file) };
  // If the conflicting one of several commits has been committed, only the list of the others is left.
  const todo = readText(gitDir, "sequencer/todo");
  if (todo !== "") return { kind: /^revert\b/.test(todo) ? "revert" : "cherry-pick" };
  if (has("BISECT_LOG")) return { kind: "bisect", ...branchLeft(gitDir), ...bisection(gitDir) };
  return null;
}
