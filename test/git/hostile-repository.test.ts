// What a repository contains cannot make us run anything. For each vector the same repository is read as the program
// does, which must not start the canary, and then by plain git, which must: or the test would prove nothing.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { cachedGits } from "../../scripts/cached-gits.ts";
import { codeOf } from "../../src/core/errors.ts";
import { requireGitVersion } from "../../src/git/find-git.ts";
import type { RunGit } from "../../src/git/hardened.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { createCanary } from "../support/git-canary.ts";
import {
  aGitProgram,
  extents,
  gitFile,
  makeStatDirty,
  readState,
  runners,
} from "../support/git-reading.ts";
import { rewriteSettings } from "../support/git-rewriting.ts";
import type { Runner } from "../support/git-reading.ts";
import { armedRepository, vectorNamed, vectors } from "../support/git-vectors.ts";
import type { Vector } from "../support/git-vectors.ts";
import { plainGitEnvironment, repositoryAt, temporaryRepository } from "../support/repository.ts";
import { firstOf, triesAll } from "../support/cases.ts";

/** Runs plain git, with no settings but the repository's, whatever its exit code. */
function runPlainGit(folder: string, args: readonly string[], file = "git"): void {
  spawnSync(file, args, { cwd: folder, env: plainGitEnvironment, timeout: 5000 });
}

interface Observation {
  by: "status" | "whole" | "plain git";
  response: string;
  fired: boolean;
}

/** Reads one armed repository in both extents, then runs plain git in it. */
async function observe(
  vector: Vector,
  create: Runner["create"],
  file = gitFile,
): Promise<Observation[]> {
  const canary = createCanary();
  const folder = armedRepository(vector, canary);
  const program = aGitProgram({ file });
  const seen: Observation[] = [];
  for (const extent of extents) {
    const reading = readState(folder, { program, run: create(program), extent });
    const response = await reading.then(() => "state", codeOf);
    seen.push({ by: extent, response, fired: canary.hasFired() });
  }
  runPlainGit(folder, vector.plain, file);
  return [...seen, { by: "plain git", response: "", fired: canary.hasFired() }];
}

const minorOf = (version: string): number => Number(version.split(".")[1]);
const ownMinor = minorOf(requireGitVersion(gitFile));

function expectedOf({ refused = [], inert }: Vector, minor = ownMinor): Observation[] {
  const hardened = extents.map((extent) => ({
    by: extent,
    response: refused.includes(extent) ? "git-failed" : "state",
    fired: false,
  }));
  return [...hardened, { by: "plain git", response: "", fired: inert?.(minor) !== true }];
}

describe.each(firstOf(runners))("a hostile repository with the $name runner", ({ create }) => {
  test.each(vectors)(
    "A1-A8, B1-B4: $name: nothing is started, while plain git starts it",
    async (vector) => {
      expect(await observe(vector, create)).toEqual(expectedOf(vector));
    },
  );

  test("starts nothing with all attacks in one, and its state is right", async () => {
    const canary = createCanary();
    const folder = armedRepository(vectorNamed("a submodule's filter clean"), canary);
    const { git, write } = repositoryAt(folder);
    git("config", "core.fsmonitor", canary.program);
    git("config", "filter.x.clean", `${canary.program}; cat`);
    git("config", "filter.x.required", "true");
    git("config", "filter.a=b.process", canary.program);
    git("config", "diff.external", canary.program);
    git("config", "log.showSignature", "true");
    git("config", "gpg.program", canary.program);
    write(".git/info/attributes", "tracked filter=x\nother filter=a=b\n");
    write("tracked", "two\n");
    write("other", "new\n");
    canary.reset();
    const program = aGitProgram();
    const state = await readState(folder, { program, run: create(program) });
    expect(canary.hasFired()).toBe(false);
    expect(state.branch).toBe("main");
    expect(state.counts).toEqual({ staged: 0, modified: 1, untracked: 1, conflicted: 0 });
    expect(state.commits).toHaveLength(2);
  });
});

const others = cachedGits();

// "node scripts/cached-gits.ts trixie" makes one.
describe.runIf(triesAll && others.length > 0)("a hostile repository with another git", () => {
  describe.each(others)("git $version", ({ file, version }) => {
    test.each(vectors)(
      "A1-A8, B1-B4: $name: nothing is started, while plain git starts it",
      async (vector) => {
        const seen = await observe(vector, createSpawnGit, file);
        expect(seen).toEqual(expectedOf(vector, minorOf(version)));
      },
    );
  });

  test("is tested with several versions of git", () => {
    expect(others).not.toEqual([]);
  });
});

test("a bare repository in a sub-folder is read without running git in it", async () => {
  const { folder, git } = temporaryRepository();
  git("init", "-q", "--bare", "-b", "trunk", "inner.git");
  const refuse: RunGit = async (args) => {
    throw new Error(`git ${args.join(" ")} was run`);
  };
  const state = await readState(join(folder, "inner.git"), { run: refuse });
  expect(state).toMatchObject({ bare: true, branch: "trunk", root: join(folder, "inner.git") });
});

describe("settings that change while they are read", () => {
  // Section 3, A50: of twenty reads of such a repository twenty ran the program.
  test.each(extents)(
    "A50, B6: settings that change while they are read cannot make git start a program (%s)",
    async (extent) => {
      const canary = createCanary();
      const repository = temporaryRepository();
      repository.commit("tracked", "one\n");
      repository.write(".git/info/attributes", "* filter=x\n");
      repository.write("tracked", "two\n");
      makeStatDirty(repository.folder, "tracked");
      onTestFinished(await rewriteSettings(repository.folder, canary.program));
      const [program, read] = [aGitProgram(), new Set<string>()];
      for (let count = 0; count < 40; count += 1)
        read.add(
          await readState(repository.folder, { program, extent }).then(() => "state", codeOf),
        );
      expect([[...read], canary.hasFired()]).toEqual([["state"], false]);
      for (let left = 40; left > 0 && !canary.hasFired(); left -= 1)
        runPlainGit(repository.folder, ["status"]);
      expect(canary.hasFired()).toBe(true);
    },
  );

  test("are read as they were, and the next state has the change", async () => {
    const { folder, git, commit } = temporaryRepository();
    commit("tracked", "one\n");
    git("branch", "base");
    const program = aGitProgram();
    const [runner] = runners;
    const run: RunGit = async (args, options) => {
      if (args.includes("status")) git("branch", "-q", "-u", "base");
      return (await runner?.create(program)(args, options)) ?? "";
    };
    expect((await readState(folder, { program, run })).upstream).toBeNull();
    expect((await readState(folder, { program, run })).upstream).toMatchObject({ name: "base" });
  });
});

test("settings that git cannot read are a failure, not a state", async () => {
  const { folder } = temporaryRepository();
  writeFileSync(join(folder, ".git/config"), "[core\n");
  await expect(readState(folder)).rejects.toMatchObject({ code: "git-failed" });
});
