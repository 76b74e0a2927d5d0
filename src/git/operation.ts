// The operation that a repository is in the middle of, from the files that git leaves in its folder.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { GitOperation } from "../core/git-state.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";

const readText = (file: string): string => readSmallFile(file, 4096) ?? "";

function steps(
  folder: string,
  stepFile: string,
  totalFile: string,
): { step: number; total: number } | undefined {
  const step = Number.parseInt(readText(join(folder, stepFile)), 10);
  const total = Number.parseInt(readText(join(folder, totalFile)), 10);
  return Number.isNaN(step) || Number.isNaN(total) ? undefined : { step, total };
}

function rebasedBranch(folder: string): { branch: string } | undefined {
  const branch = /^refs\/heads\/(.+)$/m.exec(readText(join(folder, "head-name")))?.[1];
  return branch === undefined ? undefined : { branch };
}

/** The operation in progress in this git folder (a linked worktree has its own), or null. */
export function findOperation(gitDir: string): GitOperation | null {
  const has = (name: string): boolean => existsSync(join(gitDir, name));
  if (has("rebase-merge")) {
    const folder = join(gitDir, "rebase-merge");
    return { kind: "rebase", ...steps(folder, "msgnum", "end"), ...rebasedBranch(folder) };
  }
  if (has("rebase-apply")) {
    const folder = join(gitDir, "rebase-apply");
    const kind = has("rebase-apply/applying") ? "am" : "rebase";
    return { kind, ...steps(folder, "next", "last"), ...rebasedBranch(folder) };
  }
  if (has("MERGE_HEAD")) return { kind: "merge" };
  if (has("CHERRY_PICK_HEAD")) return { kind: "cherry-pick" };
  if (has("REVERT_HEAD")) return { kind: "revert" };
  // Several commits, and the one in conflict has been committed: only what is left to do says so.
  const todo = readText(join(gitDir, "sequencer/todo"));
  if (todo !== "") return { kind: /^revert\b/.test(todo) ? "revert" : "cherry-pick" };
  if (has("BISECT_LOG")) return { kind: "bisect" };
  return null;
}
