// Both runners of git keep the promises of the port.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createSimpleGit } from "../../src/git/simple-git-runner.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { describeRunGit } from "../contracts/git-runner.ts";
import { writeProgram } from "../support/git-canary.ts";
import { becomesTrue, processesIn } from "../support/git-processes.ts";
import { aGitProgram, environmentIn } from "../support/git-reading.ts";
import { temporaryFolder } from "../support/temporary.ts";

describe("the spawn runner", () => {
  describeRunGit(createSpawnGit);

  test("returns output that came while this process had no processor time", async () => {
    const cwd = temporaryFolder();
    const timeoutMs = 50;
    const options = { cwd, env: environmentIn(cwd), timeoutMs };
    const began = performance.now();
    const response = createSpawnGit(aGitProgram())(["--version"], options);
    while (performance.now() - began < 2 * timeoutMs || processesIn(cwd).length > 0);
    expect(await response).toMatch(/^git version/);
  });

  test("ends a git that prints more than 16 MiB, as git-failed", async () => {
    const cwd = temporaryFolder();
    const file = writeProgram(join(cwd, "git"), "exec yes");
    const env = environmentIn(cwd);
    const response = createSpawnGit(aGitProgram({ file }))([], { cwd, env, timeoutMs: 15_000 });
    await expect(response).rejects.toMatchObject({ code: "git-failed" });
    expect(await becomesTrue(() => processesIn(cwd).length === 0)).toBe(true);
  });
});

describe("the simple-git runner", () => {
  describeRunGit(createSimpleGit);
});
