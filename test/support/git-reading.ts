// Reads a folder's git state as the program does, with the machine's git and a home folder without settings.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GitState } from "../../src/core/git/git-state.ts";
import { gitEnvironment, type GitProgram, type RunGit } from "../../src/git/hardened.ts";
import { readGitState } from "../../src/git/read-state.ts";
import type { ReadOptions } from "../../src/git/read-state.ts";
import { findRepository } from "../../src/git/repository.ts";
import type { Repository } from "../../src/git/repository.ts";
import { createSimpleGit } from "../../src/git/simple-git-runner.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";

/** The path of the machine's git. */
export const gitFile: string = execFileSync("sh", ["-c", "command -v git"], {
  encoding: "utf8",
}).trim();

/** The folder where this process keeps the copies of settings that git reads. */
const copies = mkdtempSync(join(tmpdir(), "sitrep-copies-"));
process.once("exit", () => rmSync(copies, { force: true, recursive: true }));

export function aGitProgram(overrides: Partial<GitProgram> = {}): GitProgram {
  return { file: gitFile, home: "/nonexistent", copies, ...overrides };
}

/** The environment of a git call in a plain repository. It reads the settings themselves, not their copy. */
export function environmentIn(folder: string, program: GitProgram = aGitProgram()) {
  const gitDir = join(folder, ".git");
  return gitEnvironment(program, { worktree: folder, gitDir, commonDir: gitDir }, gitDir);
}

export interface Runner {
  name: string;
  create: (program: GitProgram) => RunGit;
}

export const runners: readonly Runner[] = [
  { name: "spawn", create: createSpawnGit },
  { name: "simple-git", create: createSimpleGit },
];

export const extents = ["status", "whole"] as const;

/** Returns the repository of a folder. Throws if there is none. */
export function repositoryOf(folder: string): Repository {
  const repository = findRepository(folder);
  if (repository === null) throw new Error(`no repository at ${folder}`);
  return repository;
}

/** Reads the state of a folder. By default, reads the whole state with the spawn runner. */
export function readState(folder: string, overrides: Partial<ReadOptions> = {}): Promise<GitState> {
  const program = overrides.program ?? aGitProgram();
  return readGitState(repositoryOf(folder), {
    program,
    run: createSpawnGit(program),
    timeoutMs: 10_000,
    extent: "whole",
    ...overrides,
  });
}

/** Sets a modification time that the index does not know, so that git has to read the file. */
export function makeStatDirty(folder: string, path: string): void {
  utimesSync(join(folder, path), 1_600_000_000, 1_600_000_000);
}
