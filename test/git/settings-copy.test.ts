// What git reads in place of a repository's own settings.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import { copyFolder, gitCallEnvironment, removeOldCopies } from "../../src/git/settings-copy.ts";
import { listSettingsArgs, parseSettingsListing } from "../../src/git/settings-listing.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { makeFifo } from "../support/git-fifo.ts";
import { aGitProgram, gitFile, readState, repositoryOf } from "../support/git-reading.ts";
import { plainGitEnvironment, repositoryAt, temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

function committedRepository(): TestRepository {
  const repository = temporaryRepository();
  repository.commit("tracked", "one\n");
  return repository;
}

const programWithCopies = () => aGitProgram({ copies: temporaryFolder() });

async function copyOf(folder: string, program = programWithCopies()) {
  const caller = { program, run: createSpawnGit(program), timeoutMs: 10_000 };
  const { isKept } = await gitCallEnvironment(repositoryOf(folder), caller);
  return { isKept, text: readFileSync(join(copyFolder(program, folder), "config"), "latin1") };
}

const listing = (...entries: readonly [scope: string, entry: string][]): string =>
  entries.map(([scope, entry]) => `${scope}\0${entry}\0`).join("");

describe("a repository's plain settings", () => {
  test("are copied byte for byte once, and again after a change", async () => {
    const { folder, git } = committedRepository();
    const file = join(folder, ".git/config");
    writeFileSync(file, Buffer.from("[user]\n\tname = \u00e9\u00ff\\\n x\r\n", "latin1"));
    const program = programWithCopies();
    const own = (): string => readFileSync(file, "latin1");
    expect(await copyOf(folder, program)).toEqual({ isKept: false, text: own() });
    expect(await copyOf(folder, program)).toEqual({ isKept: true, text: own() });
    git("config", "user.name", "ana");
    expect(await copyOf(folder, program)).toEqual({ isKept: false, text: own() });
  });

  test("are empty for a repository without a settings file", async () => {
    const { folder } = committedRepository();
    rmSync(join(folder, ".git/config"));
    expect((await copyOf(folder)).text).toBe("\n");
    expect(await readState(folder)).toMatchObject({ branch: "main", counts: { modified: 0 } });
  });
});

describe("settings with includes or filters", () => {
  test("are copied as git lists them", async () => {
    const { folder, git, write } = committedRepository();
    write("more", '[core]\n\tautocrlf = input\n[branch "a\\"b\\\\c d.e"]\n\tremote = x\n');
    git("config", "include.path", "../more");
    git("config", "user.name", 'two\nlines, "quotes", \\ and ; # ');
    git("config", "user.email", "");
    git("config", "filter.x.clean", "cat");
    writeFileSync(join(folder, ".git/config"), "[status]\n\tshort\n", { flag: "a" });
    const { text } = await copyOf(folder);
    writeFileSync(join(folder, "copy"), text, "latin1");
    const env = plainGitEnvironment;
    const args = ["config", "--list", "-z", "--file", "copy"];
    const copied = execFileSync(gitFile, args, { cwd: folder, env, encoding: "utf8" });
    expect(copied.split("\0").filter((one) => !one.startsWith("core."))).toEqual([
      'branch.a"b\\c d.e.remote\nx',
      'user.name\ntwo\nlines, "quotes", \\ and ; # ',
      "user.email\n",
      "status.short",
      "",
    ]);
    expect(copied).toContain("core.autocrlf\ninput\0");
  });

  test.each([
    ["filter.x.clean\ncat", "a filter"],
    ["include.path\n/x", "an include"],
    ["includeif.onbranch:main.path\n/x", "a conditional include"],
    ["lfs.extension.x.clean\n/x", "an extension of git-lfs"],
    ["core.fsmonitor\n/x", "a program"],
    ["core.sshcommand\n/x", "another program"],
    ["remote.origin.uploadpack\n/x", "a program of a remote"],
    ["extensions.worktreeconfig\ntrue", "worktree settings"],
    ["core.worktree\n/x", "another working tree"],
    ["diff.x.textconv\n/x", "an unlisted setting"],
  ])("leave %j out: %s", (entry) => {
    expect(parseSettingsListing(listing(["local", entry]))).toBe("\n");
  });

  test("are copied without the user's own, which git reads itself", () => {
    const text = listing(["global", "user.name\nana"], ["command", "core.eol\nlf"]);
    expect(parseSettingsListing(text)).toBe("\n");
    expect(parseSettingsListing(listing(["worktree", "user.name\nana"]))).toContain("ana");
  });

  test("cannot add a line through a value", () => {
    const value = 'x"\n[filter "x"]\n\tclean = cat\n#';
    const file = join(temporaryFolder(), "config");
    writeFileSync(file, parseSettingsListing(listing(["local", `user.name\n${value}`])));
    const args = ["config", "--list", "-z", "--file", file];
    const env = plainGitEnvironment;
    expect(execFileSync(gitFile, args, { env, encoding: "utf8" })).toBe(`user.name\n${value}\0`);
  });

  test("A14: settings that are a FIFO, a folder or far too large fail at once as git-failed", async () => {
    const { folder } = committedRepository();
    const file = join(folder, ".git/config");
    for (const put of [
      () => makeFifo(file),
      () => symlinkSync("/dev/zero", file),
      () => symlinkSync("..", file),
      () => writeFileSync(file, `# filter ${"x".repeat(2 * 1024 * 1024)}\n`),
    ]) {
      rmSync(file, { force: true });
      put();
      const before = performance.now();
      expect(await readState(folder).then(() => "state", codeOf)).toBe("git-failed");
      expect(performance.now() - before).toBeLessThan(5000);
    }
  });

  test("are listed by git with their scope", () => {
    expect(listSettingsArgs).toContain("--show-scope");
  });
});

describe("the folder of the settings copy", () => {
  test("lets git read more than settings: ignored files, a shallow clone, SHA-256", async () => {
    const origin = committedRepository();
    origin.commit("tracked", "two\n");
    const parent = repositoryAt(temporaryFolder());
    parent.git("clone", "-q", "--depth", "1", `file://${origin.folder}`, "shallow");
    const shallow = repositoryAt(join(parent.folder, "shallow"));
    shallow.write(".git/info/exclude", "/ignored\n");
    shallow.write("ignored", "");
    const state = await readState(shallow.folder);
    expect(state).toMatchObject({ counts: { untracked: 0 }, upstream: { name: "origin/main" } });
    expect(state.commits).toHaveLength(1);
    parent.git("init", "-q", "-b", "main", "--object-format=sha256", "long");
    const long = repositoryAt(join(parent.folder, "long"));
    long.commit("tracked", "one\n");
    expect((await readState(long.folder)).head).toHaveLength(64);
  });

  test("is written again for each of two paths with the same name", async () => {
    const program = programWithCopies();
    const parent = temporaryFolder();
    const [one, other] = [join(parent, "a@b"), join(parent, "a/b")];
    repositoryAt(parent).write("a/b/file", "");
    repositoryAt(parent).write("a@b/file", "");
    for (const folder of [one, other]) {
      const { git, commit } = repositoryAt(folder);
      git("init", "-q", "-b", folder === one ? "one" : "other");
      commit("tracked", "one\n");
      repositoryAt(folder).write(".git/info/exclude", folder === one ? "file\n" : "");
    }
    expect(copyFolder(program, one)).toBe(copyFolder(program, other));
    for (const [folder, untracked] of [
      [one, 0],
      [other, 1],
      [one, 0],
    ] as const)
      expect((await readState(folder, { program })).counts.untracked).toBe(untracked);
  });

  test("has a name that fits, for a path of any length", async () => {
    const { folder } = committedRepository();
    const long = join(folder, ...Array.from({ length: 6 }, () => "ü".repeat(60)));
    const inner = repositoryAt(long);
    inner.write("file", "");
    inner.git("init", "-q", "-b", "main");
    expect((await readState(long)).counts.untracked).toBe(1);
  });

  test("is removed when the repository was deleted, and only then", async () => {
    const program = programWithCopies();
    const { folder } = committedRepository();
    await copyOf(folder, program);
    removeOldCopies(program.copies, [], 0);
    expect(existsSync(copyFolder(program, folder))).toBe(true);
    renameSync(join(folder, ".git"), join(folder, "elsewhere"));
    removeOldCopies(program.copies, [folder], 0);
    expect(existsSync(copyFolder(program, folder))).toBe(false);
    removeOldCopies(join(program.copies, "none"), [], 0);
  });

  test("is removed when it is old and unused, with the drafts of those in use", async () => {
    const program = programWithCopies();
    const [used, unused] = [committedRepository().folder, committedRepository().folder];
    for (const folder of [used, unused]) await copyOf(folder, program);
    const draft = join(copyFolder(program, used), "config.draft.1-a-1");
    writeFileSync(draft, "half");
    const isThere = (path: string): boolean => existsSync(path);
    const paths = [...[used, unused].map((folder) => copyFolder(program, folder)), draft];
    removeOldCopies(program.copies, [used], Date.now() - 60_000);
    expect(paths.map(isThere)).toEqual([true, true, true]);
    removeOldCopies(program.copies, [used], Date.now() + 60_000);
    expect(paths.map(isThere)).toEqual([true, false, false]);
    expect((await copyOf(used, program)).isKept).toBe(true);
  });

  test("is reported as git-failed if it cannot be written", async () => {
    const { folder } = committedRepository();
    const copies = join(folder, "tracked");
    const read = readState(folder, { program: aGitProgram({ copies }) });
    expect(await read.then(() => "state", codeOf)).toBe("git-failed");
  });
});
