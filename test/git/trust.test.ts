// Whose repository it is, and what a session's environment or a repository's settings may not change about the response.

import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import { aGitProgram, readState, runners } from "../support/git-reading.ts";
import { plainGitEnvironment, repositoryAt, temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

const isRoot = process.getuid?.() === 0;
const stranger = 12_345;

function committedRepository(): TestRepository {
  const repository = temporaryRepository();
  repository.commit("tracked", "one\n", "first");
  return repository;
}

function chownTree(folder: string, uid: number): void {
  execFileSync("chown", ["-R", String(uid), folder]);
}

const plainGitAccepts = (folder: string, env: Record<string, string> = {}): boolean =>
  spawnSync("git", ["status"], { cwd: folder, env: { ...plainGitEnvironment, ...env } }).status ===
  0;

describe.skipIf(!isRoot)("a repository of another user", () => {
  test.each(runners)(
    "F51: a repository of another user is git-untrusted by the $name runner",
    async ({ create }) => {
      const { folder } = committedRepository();
      chownTree(folder, stranger);
      expect(plainGitAccepts(folder)).toBe(false);
      const program = aGitProgram();
      await expect(readState(folder, { program, run: create(program) })).rejects.toMatchObject({
        code: "git-untrusted",
        hint: expect.stringContaining(`safe.directory ${folder}`),
      });
    },
  );

  // git looks at the owner of the working tree as well as of the git folder.
  test("is git-untrusted when only the working tree belongs to the other user", async () => {
    const { folder } = committedRepository();
    chownSync(folder, stranger, stranger);
    expect(plainGitAccepts(folder)).toBe(false);
    expect(await readState(folder).then(() => "state", codeOf)).toBe("git-untrusted");
  });

  test("F51: a repository of another user is not accepted because of SUDO_UID, which plain git accepts", async () => {
    const { folder } = committedRepository();
    chownTree(folder, stranger);
    vi.stubEnv("SUDO_UID", String(stranger));
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(plainGitAccepts(folder, { SUDO_UID: String(stranger) })).toBe(true);
    await expect(readState(folder)).rejects.toMatchObject({ code: "git-untrusted" });
  });

  test("is read when the user's own settings trust it", async () => {
    const { folder } = committedRepository();
    chownTree(folder, stranger);
    const home = temporaryFolder();
    repositoryAt(home).git("config", "--file", ".gitconfig", "safe.directory", folder);
    expect((await readState(folder, { program: aGitProgram({ home }) })).branch).toBe("main");
  });

  test("cannot make itself trusted by its own settings", async () => {
    const { folder, git } = committedRepository();
    git("config", "safe.directory", "*");
    chownTree(folder, stranger);
    await expect(readState(folder)).rejects.toMatchObject({ code: "git-untrusted" });
  });
});

describe("a session's environment", () => {
  test.each(runners)("does not change the response of the $name runner", async ({ create }) => {
    const { folder } = committedRepository();
    const other = committedRepository();
    other.git("checkout", "-q", "-b", "other");
    const hostile = {
      GIT_DIR: join(other.folder, ".git"),
      GIT_WORK_TREE: other.folder,
      GIT_INDEX_FILE: join(other.folder, ".git/index"),
      GIT_COMMON_DIR: join(other.folder, ".git"),
      GIT_OBJECT_DIRECTORY: join(other.folder, ".git/objects"),
      GIT_NAMESPACE: "other",
      GIT_CEILING_DIRECTORIES: "/",
      GIT_CONFIG_PARAMETERS: "'core.bare=true'",
      GIT_EXEC_PATH: "/nonexistent",
      GIT_TRACE: "1",
      GIT_LITERAL_PATHSPECS: "1",
    };
    const program = aGitProgram();
    const before = await readState(folder, { program, run: create(program) });
    for (const [name, value] of Object.entries(hostile)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await readState(folder, { program, run: create(program) })).toEqual(before);
    expect(before.branch).toBe("main");
  });

  test("F50: inside a real git hook the state does not come from the hook's variables", async () => {
    const outer = committedRepository();
    const inner = committedRepository();
    inner.git("checkout", "-q", "-b", "inner");
    const script = [
      `const { readState } = await import("${join(import.meta.dirname, "../support/git-reading.ts")}");`,
      `console.log(process.env.GIT_INDEX_FILE, (await readState("${inner.folder}")).branch);`,
    ];
    outer.write("read.mjs", script.join("\n"));
    outer.write(".git/hooks/pre-commit", `#!/bin/sh\nexec '${process.execPath}' read.mjs >&2\n`);
    execFileSync("chmod", ["+x", join(outer.folder, ".git/hooks/pre-commit")]);
    outer.write("tracked", "two\n");
    const { stderr } = spawnSync("git", ["commit", "-qam", "second"], {
      cwd: outer.folder,
      env: plainGitEnvironment,
      encoding: "utf8",
    });
    expect(stderr.trim()).toMatch(/\bindex(\.lock)? inner$/);
  });
});

describe("the setting core.worktree", () => {
  test.each(["/etc", "../../.."])("set to %s has no effect", async (worktree) => {
    const { folder, git } = committedRepository();
    git("config", "core.worktree", worktree);
    expect(readdirSync("/etc").length).toBeGreaterThan(0);
    expect(await readState(folder)).toMatchObject({
      root: folder,
      counts: { staged: 0, modified: 0, untracked: 0, conflicted: 0 },
    });
  });
});

describe("the setting core.bare", () => {
  test("set to true in a working tree's repository does not stop the reading", async () => {
    const { folder, git } = committedRepository();
    git("config", "core.bare", "true");
    expect(await readState(folder)).toMatchObject({ branch: "main", counts: { staged: 0 } });
  });
});
