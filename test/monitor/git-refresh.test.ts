// What the monitor writes down of a real working tree, when git answers and when it does not.

import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readGitRecord } from "../../src/state/cache/git-states.ts";
import { createSimpleGit } from "../../src/git/simple-git-runner.ts";
import { freshGitMark, gitFreshMs } from "../../src/state/live/fresh-git.ts";
import { refreshGit } from "../../src/monitor/git-refresh.ts";
import type { RefreshGitDeps } from "../../src/monitor/git-refresh.ts";
import { minute, saturday } from "../support/builders.ts";
import { temporaryCache } from "../support/cache.ts";
import { aGitProgram } from "../support/git-reading.ts";
import { repositoryAt, temporaryRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

function aDeps(overrides: Partial<RefreshGitDeps> = {}): RefreshGitDeps {
  const program = aGitProgram();
  const run = createSimpleGit(program);
  const live = temporaryFolder();
  const fixed = { timeoutMs: 5000, now: () => saturday };
  return { db: temporaryCache(), live, program, run, ...fixed, ...overrides };
}

describe("the refresh of a working tree", () => {
  test("saves the state of the working tree and when it was read", async () => {
    const repository = temporaryRepository();
    repository.commit("README.md", "one\n");
    const deps = aDeps();
    expect(await refreshGit(deps, repository.folder)).toBeNull();
    expect(readGitRecord(deps.db, repository.folder)).toMatchObject({
      snapshot: { value: { branch: "main" }, fetchedAt: saturday },
      failure: null,
    });
  });

  test("keeps the last good state beside a failure, and counts failures until git answers", async () => {
    const repository = temporaryRepository();
    repository.commit("README.md", "one\n");
    const deps = aDeps();
    await refreshGit(deps, repository.folder);
    repository.write(".git/index", "rubbish");
    const later = { ...deps, now: () => saturday + minute };
    const code = await refreshGit(later, repository.folder);
    expect(code).toBe("git-failed");
    await refreshGit(later, repository.folder);
    expect(readGitRecord(deps.db, repository.folder)).toMatchObject({
      snapshot: { value: { branch: "main" }, fetchedAt: saturday },
      failure: { code, count: 2 },
    });
    rmSync(`${repository.folder}/.git/index`);
    expect(await refreshGit(later, repository.folder)).toBeNull();
    expect(readGitRecord(deps.db, repository.folder)?.failure).toBeNull();
  });

  test("marks for the gate how long the state is fresh, and removes the mark when git fails", async () => {
    const repository = temporaryRepository();
    repository.commit("README.md", "one\n");
    const deps = aDeps();
    await refreshGit(deps, repository.folder);
    const mark = freshGitMark(deps.live, repository.folder);
    expect(statSync(mark).mtimeMs).toBe(saturday + gitFreshMs);
    repository.write(".git/index", "rubbish");
    await refreshGit(deps, repository.folder);
    expect(existsSync(mark)).toBe(false);
  });

  test("reads a working tree whose path is too long for a mark's file name, and writes no mark", async () => {
    const repository = repositoryAt(
      join(temporaryFolder(), ...Array<string>(5).fill("x".repeat(80))),
    );
    mkdirSync(repository.folder, { recursive: true });
    repository.git("init", "-q", "-b", "main");
    const deps = aDeps();
    expect(await refreshGit(deps, repository.folder)).toBeNull();
    expect(readGitRecord(deps.db, repository.folder)).toMatchObject({
      snapshot: { value: { branch: "main" } },
    });
  });

  test("saves nothing for a folder outside of a repository", async () => {
    const deps = aDeps();
    const folder = temporaryFolder();
    expect(await refreshGit(deps, folder)).toBeNull();
    expect(readGitRecord(deps.db, folder)).toBeNull();
  });
});
