import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import { createEarlyGit } from "../../src/git/early-git.ts";
import { gitEnvironment, logArgs, statusArgs } from "../../src/git/hardened.ts";
import { readGitState } from "../../src/git/read-state.ts";
import { copyFolder } from "../../src/git/settings-copy.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { aGitProgram, repositoryOf } from "../support/git-reading.ts";
import { temporaryRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

const program = aGitProgram();
const cwd = "/work/shop-api";
const place = { worktree: cwd, gitDir: `${cwd}/.git`, commonDir: `${cwd}/.git` };
const call = {
  cwd,
  env: gitEnvironment(program, place, copyFolder(program, cwd)),
  timeoutMs: 60,
};

/** The early response's file, and git as it answers by way of it; `later` says that it was asked. */
function early(text: string | null, shell = 4242) {
  const file = join(temporaryFolder(), `git.${shell}`);
  if (text !== null) writeFileSync(file, text);
  return { file, run: createEarlyGit(file, program, async () => "later") };
}

const whole = `${cwd}\0# branch.head main\x004242 0\n`;

describe("the output of early git", () => {
  test("is used for the call that the gate makes, without its frame", async () => {
    expect(await early(whole).run(statusArgs, call)).toBe("# branch.head main\0");
  });

  test("is awaited while it is incomplete", async () => {
    const { file, run } = early(`${cwd}\0# branch.he`);
    const response = run(statusArgs, { ...call, timeoutMs: 5000 });
    setTimeout(() => writeFileSync(file, whole), 30);
    expect(await response).toBe("# branch.head main\0");
  });

  test("causes a timeout when it does not come in time", async () => {
    expect(await early(`${cwd}\0# branch.he`).run(statusArgs, call).catch(codeOf)).toBe(
      "git-timeout",
    );
    expect(await early("").run(statusArgs, call).catch(codeOf)).toBe("git-timeout");
  });

  test("does not count as complete because of a file's name", async () => {
    const { run } = early(`${cwd}\0? 77 0\n`);
    expect(await run(statusArgs, call).catch(codeOf)).toBe("git-timeout");
  });

  test.each([
    ["there is none", null],
    ["the gate did not start git", "4242 1\n"],
    ["git failed", `${cwd}\x004242 128\n`],
    ["git was killed", `${cwd}\0# branch.head main\x004242 137\n`],
    ["it is from another working tree", `/work/other\0# branch.head main\x004242 0\n`],
  ])("is ignored when %s", async (_, text) => {
    expect(await early(text).run(statusArgs, call)).toBe("later");
  });

  test("is not used for any other call", async () => {
    const elsewhere = { ...call, env: gitEnvironment(program, place, place.commonDir) };
    expect(await early(whole).run(logArgs, call)).toBe("later");
    expect(await early(whole).run(statusArgs, elsewhere)).toBe("later");
    expect(await early(whole).run([...statusArgs], call)).toBe("later");
  });

  test("is used once: a second call runs git", async () => {
    const { run } = early(whole);
    await run(statusArgs, call);
    expect(await run(statusArgs, call)).toBe("later");
  });
});

test("the output of early git is ignored when the settings have changed since", async () => {
  const { folder, commit, git, write } = temporaryRepository();
  commit("tracked", "one\n");
  write("untracked", "");
  const file = join(temporaryFolder(), "git.4242");
  const read = async (): Promise<string | null> => {
    writeFileSync(file, `${folder}\0# branch.oid (initial)\0# branch.head stale\x004242 0\n`);
    const run = createSpawnGit(program);
    const caller = { program, run, early: createEarlyGit(file, program, run), timeoutMs: 10_000 };
    return (await readGitState(repositoryOf(folder), { ...caller, extent: "status" })).branch;
  };
  // The gate has had no settings to give git before the first.
  expect([await read(), await read()]).toEqual(["main", "stale"]);
  git("config", "branch.main.remote", "elsewhere");
  expect([await read(), await read()]).toEqual(["main", "stale"]);
});
