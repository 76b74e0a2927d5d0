// Filters of the user's own settings (git-lfs is one) go on working: without them every large file looks modified.

import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createCanary } from "../support/git-canary.ts";
import { aGitProgram, makeStatDirty, readState, runners } from "../support/git-reading.ts";
import { plainGitEnvironment, temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** A home whose settings have a filter "lfs", which stores every file as the word "pointer". */
function homeWithFilter(program: string, file = ".gitconfig"): string {
  const home = temporaryFolder();
  mkdirSync(dirname(join(home, file)), { recursive: true });
  const lines = ['[filter "lfs"]', `\tclean = "${program}; echo pointer"`, "\trequired = true", ""];
  writeFileSync(join(home, file), lines.join("\n"));
  return home;
}

/** A repository whose one file is stored as a pointer, and has its content in the working tree. */
function pointerRepository(): TestRepository {
  const repository = temporaryRepository();
  const { folder, commit, write } = repository;
  commit("large", "pointer\n");
  appendFileSync(join(folder, ".git/info/attributes"), "large filter=lfs\n");
  write("large", "content\n");
  makeStatDirty(folder, "large");
  return repository;
}

describe.each(runners)("in a git state read with the $name runner,", ({ create }) => {
  test.each([".gitconfig", ".config/git/config"])(
    "a filter in the user's own ~/%s runs, and the file does not count as modified",
    async (file) => {
      const canary = createCanary();
      const { folder } = pointerRepository();
      const program = aGitProgram({ home: homeWithFilter(canary.program, file) });
      const state = await readState(folder, { program, run: create(program) });
      expect(canary.hasFired()).toBe(true);
      expect(state.counts.modified).toBe(0);
    },
  );

  test.each(["clean", "smudge", "process", "required"])(
    "the user's own filter runs unchanged when the repository sets its %s",
    async (key) => {
      const [users, repositorys] = [createCanary(), createCanary()];
      const { folder, git } = pointerRepository();
      git("config", `filter.lfs.${key}`, key === "required" ? "true" : repositorys.program);
      const program = aGitProgram({ home: homeWithFilter(users.program) });
      const state = await readState(folder, { program, run: create(program) });
      expect([users.hasFired(), repositorys.hasFired()]).toEqual([true, false]);
      expect(state.counts.modified).toBe(0);
    },
  );
});

test("a filter in another home's settings does not run", async () => {
  const canary = createCanary();
  homeWithFilter(canary.program);
  const { folder } = pointerRepository();
  const state = await readState(folder, { program: aGitProgram({ home: temporaryFolder() }) });
  expect(canary.hasFired()).toBe(false);
  expect(state.counts.modified).toBe(1);
});

test("the user's own file system monitor does not run", async () => {
  const canary = createCanary();
  const home = temporaryFolder();
  writeFileSync(join(home, ".gitconfig"), `[core]\n\tfsmonitor = ${canary.program}\n`);
  const { folder, commit } = temporaryRepository();
  commit("tracked", "one\n");
  await readState(folder, { program: aGitProgram({ home }) });
  expect(canary.hasFired()).toBe(false);
});

const gitLfs = spawnSync("sh", ["-c", "command -v git-lfs"], { encoding: "utf8" }).stdout.trim();

// git-lfs runs `lfs.extension.<name>.clean` of the repository's settings, whoever set the filter itself.
describe.skipIf(gitLfs === "")("the user's own git-lfs", () => {
  test("does not run an extension that the repository sets, while plain git does", async () => {
    const canary = createCanary();
    const home = temporaryFolder();
    writeFileSync(
      join(home, ".gitconfig"),
      `[filter "lfs"]\n\tclean = ${gitLfs} clean -- %f\n\tprocess = ${gitLfs} filter-process\n`,
    );
    const { folder, git } = pointerRepository();
    git("config", "lfs.extension.x.clean", canary.program);
    git("config", "lfs.extension.x.smudge", "cat");
    git("config", "lfs.extension.x.priority", "0");
    await readState(folder, { program: aGitProgram({ home }) });
    const hardened = canary.hasFired();
    const env = { ...plainGitEnvironment, GIT_CONFIG_GLOBAL: join(home, ".gitconfig") };
    spawnSync("git", ["status"], { cwd: folder, env });
    expect([hardened, canary.hasFired()]).toEqual([false, true]);
  });
});
