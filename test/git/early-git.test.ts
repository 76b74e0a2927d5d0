import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import { createEarlyGit } from "../../src/git/early-git.ts";
import { gitEnvironment, listConfigArgs, statusArgs } from "../../src/git/hardened.ts";
import { readGitState } from "../../src/git/read-state.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { aGitProgram, repositoryOf } from "../support/git-reading.ts";
import { temporaryRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

const program = aGitProgram();
const cwd = "/work/shop-api";
const call = { cwd, env: gitEnvironment(program, cwd, []), timeoutMs: 60 };

/** The early answer's file, and git as it answers by way of it; `later` says that it was asked. */
function early(text: string | null, shell = 4242) {
  const file = join(temporaryFolder(), `git.${shell}`);
  if (text !== null) writeFileSync(file, text);
  return { file, run: createEarlyGit(file, program, async () => "later") };
}

const whole = `${cwd}\0# branch.head main\x004242 0\n`;

describe("the early answer", () => {
  test("is given for the very call that the gate makes, without its frame", async () => {
    expect(await early(whole).run(statusArgs, call)).toBe("# branch.head main\0");
  });

  test("is waited for while it is not whole", async () => {
    const { file, run } = early(`${cwd}\0# branch.he`);
    const answer = run(statusArgs, { ...call, timeoutMs: 5000 });
    setTimeout(() => writeFileSync(file, whole), 30);
    expect(await answer).toBe("# branch.head main\0");
  });

  test("that does not come in time is a timeout", async () => {
    expect(await early(`${cwd}\0# branch.he`).run(statusArgs, call).catch(codeOf)).toBe(
      "git-timeout",
    );
    expect(await early("").run(statusArgs, call).catch(codeOf)).toBe("git-timeout");
  });

  test("is not taken to be whole by what a file's name says", async () => {
    const { run } = early(`${cwd}\0? 77 0\n`);
    expect(await run(statusArgs, call).catch(codeOf)).toBe("git-timeout");
  });

  test.each([
    ["there is none", null],
    ["the gate would not start git", "4242 1\n"],
    ["git failed", `${cwd}\x004242 128\n`],
    ["git was killed", `${cwd}\0# branch.head main\x004242 137\n`],
    ["it is of another working tree", `/work/other\0# branch.head main\x004242 0\n`],
  ])("is passed over when %s", async (_, text) => {
    expect(await early(text).run(statusArgs, call)).toBe("later");
  });

  test("is no answer to any other call", async () => {
    const filtered = { ...call, env: gitEnvironment(program, cwd, ["lfs"]) };
    expect(await early(whole).run(listConfigArgs, call)).toBe("later");
    expect(await early(whole).run(statusArgs, filtered)).toBe("later");
    expect(await early(whole).run([...statusArgs], call)).toBe("later");
  });

  test("is given once: a second look is a new one", async () => {
    const { run } = early(whole);
    await run(statusArgs, call);
    expect(await run(statusArgs, call)).toBe("later");
  });
});

test("settings that have come to name a filter since: the early answer is not believed", async () => {
  const { folder, commit, git, write } = temporaryRepository();
  commit("tracked", "one\n");
  git("config", "filter.x.clean", "cat");
  write("untracked", "");
  const file = join(temporaryFolder(), "git.4242");
  writeFileSync(file, `${folder}\0# branch.oid (initial)\0# branch.head stale\x004242 0\n`);
  const run = createEarlyGit(file, program, createSpawnGit(program));
  const state = await readGitState(repositoryOf(folder), {
    program,
    run,
    timeoutMs: 10_000,
    extent: "status",
  });
  expect(state.branch).toBe("main");
  expect(state.counts.untracked).toBe(1);
});
