// Which repository, working tree and project a folder belongs to.

import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { findRepository, locate } from "../../src/git/repository.ts";
import { makeFifo } from "../support/git-fifo.ts";
import { readState } from "../support/git-reading.ts";
import { repositoryAt, temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

function committedRepository(): TestRepository {
  const repository = temporaryRepository();
  repository.commit("tracked", "one\n", "first");
  return repository;
}

/** A linked worktree on a branch of its own. */
function linkedWorktree({ git }: TestRepository, folder: string): TestRepository {
  git("worktree", "add", "-q", "-b", "side", folder);
  return repositoryAt(folder);
}

describe("a working folder", () => {
  test("belongs to the repository above it", () => {
    const { folder } = committedRepository();
    mkdirSync(join(folder, "a/b"), { recursive: true });
    expect(findRepository(join(folder, "a/b"))).toEqual({
      worktree: folder,
      gitDir: join(folder, ".git"),
      commonDir: join(folder, ".git"),
      project: folder,
      bare: false,
      linkedWorktree: false,
    });
  });

  test("behind a symbolic link has its real path", () => {
    const { folder } = committedRepository();
    const link = join(temporaryFolder(), "link");
    symlinkSync(folder, link);
    expect(findRepository(link)?.worktree).toBe(folder);
  });

  test("F48: a folder outside of every repository has no repository", () => {
    expect(findRepository(temporaryFolder())).toBeNull();
  });

  test("has no repository if it was deleted", () => {
    const { folder } = committedRepository();
    expect(findRepository(join(folder, "gone"))).toBeNull();
  });
});

describe("a linked worktree", () => {
  test("F50: a linked worktree has its own state and the main worktree's project", async () => {
    const main = committedRepository();
    const linked = linkedWorktree(main, join(temporaryFolder(), "linked"));
    linked.write("new", "");
    expect(findRepository(linked.folder)).toEqual({
      worktree: linked.folder,
      gitDir: join(main.folder, ".git/worktrees/linked"),
      commonDir: join(main.folder, ".git"),
      project: main.folder,
      bare: false,
      linkedWorktree: true,
    });
    expect(await readState(linked.folder)).toMatchObject({
      root: linked.folder,
      linkedWorktree: true,
      branch: "side",
      counts: { untracked: 1 },
    });
    expect(await readState(main.folder)).toMatchObject({
      branch: "main",
      counts: { untracked: 0 },
    });
  });

  test("inside the main worktree is not mistaken for it", async () => {
    const main = committedRepository();
    const linked = linkedWorktree(main, join(main.folder, ".claude/worktrees/side"));
    expect(await readState(linked.folder)).toMatchObject({ root: linked.folder, branch: "side" });
  });

  test("F48: a linked worktree of a bare repository has that repository as its project", async () => {
    const { folder, git } = committedRepository();
    git("clone", "-q", "--bare", ".", "bare.git");
    const bare = repositoryAt(join(folder, "bare.git"));
    const linked = linkedWorktree(bare, join(temporaryFolder(), "linked"));
    expect(findRepository(linked.folder)?.project).toBe(bare.folder);
    expect(await readState(linked.folder)).toMatchObject({ branch: "side", bare: false });
  });

  test("F57: a linked worktree that was moved without git is not a repository", () => {
    const main = committedRepository();
    const parent = temporaryFolder();
    linkedWorktree(main, join(parent, "linked"));
    renameSync(join(parent, "linked"), join(parent, "moved"));
    expect(findRepository(join(parent, "moved"))).toBeNull();
  });
});

describe("a submodule", () => {
  test("F50: a submodule is a separate project with its own state", async () => {
    const origin = committedRepository();
    const main = committedRepository();
    main.git("-c", "protocol.file.allow=always", "submodule", "-q", "add", origin.folder, "sub");
    main.git("commit", "-qm", "sub");
    const sub = join(main.folder, "sub");
    writeFileSync(join(sub, "new"), "");
    expect(findRepository(sub)).toMatchObject({
      worktree: sub,
      project: sub,
      gitDir: join(main.folder, ".git/modules/sub"),
      linkedWorktree: false,
    });
    expect(await readState(sub)).toMatchObject({ root: sub, counts: { untracked: 1 } });
    // What is not committed in it is not looked at: git would run in there, by settings of its own.
    expect(await readState(main.folder)).toMatchObject({ counts: { modified: 0, untracked: 0 } });
    repositoryAt(sub).commit("new", "1\n");
    expect(main.git("status", "--short")).toBe(" M sub\n");
    expect(await readState(main.folder)).toMatchObject({ counts: { modified: 1, untracked: 0 } });
  });
});

// git knows a main worktree by its common folder only, which here is not inside it.
test("a linked worktree of a submodule shares the submodule's project", () => {
  const origin = committedRepository();
  const main = committedRepository();
  main.git("-c", "protocol.file.allow=always", "submodule", "-q", "add", origin.folder, "sub");
  const sub = repositoryAt(join(main.folder, "sub"));
  const linked = linkedWorktree(sub, join(temporaryFolder(), "linked"));
  expect(findRepository(linked.folder)?.project).toBe(sub.folder);
});

test("A9, B7: an unpacked linked worktree does not get the project that its core.worktree names", () => {
  const victim = committedRepository();
  const hostile = committedRepository();
  linkedWorktree(hostile, join(hostile.folder, "linked"));
  const parent = hostile.folder;
  renameSync(join(parent, ".git"), join(parent, "folder"));
  const git = repositoryAt(parent).git;
  git("config", "--file", "folder/config", "core.worktree", victim.folder);
  const gitDir = join(parent, "folder/worktrees/linked");
  writeFileSync(join(parent, "linked/.git"), `gitdir: ${gitDir}\n`);
  // So plain git takes it, and so the project was taken.
  expect(repositoryAt(join(parent, "linked")).git("worktree", "list")).toContain("folder");
  expect(git("--git-dir=folder", "rev-parse", "--show-toplevel").trim()).toBe(victim.folder);
  expect(findRepository(join(parent, "linked"))).toMatchObject({
    linkedWorktree: true,
    project: join(parent, "folder"),
  });
});

test("a git folder kept elsewhere is read", async () => {
  const folder = temporaryFolder();
  const repository = repositoryAt(folder);
  const elsewhere = join(temporaryFolder(), "elsewhere");
  repository.git("init", "-q", "-b", "main", "--separate-git-dir", elsewhere);
  repository.commit("tracked", "one\n");
  expect(findRepository(folder)).toMatchObject({ worktree: folder, gitDir: elsewhere });
  expect(await readState(folder)).toMatchObject({ branch: "main", counts: { staged: 0 } });
});

describe("a bare repository", () => {
  test("has its branch and nothing else", async () => {
    const { folder, git } = committedRepository();
    git("clone", "-q", "--bare", ".", "bare.git");
    const bare = join(folder, "bare.git");
    expect(findRepository(join(bare, "objects"))).toMatchObject({ worktree: bare, bare: true });
    expect(await readState(bare)).toMatchObject({
      root: bare,
      bare: true,
      branch: "main",
      head: null,
      commits: null,
    });
  });

  test("has no branch if its HEAD is detached", async () => {
    const { folder, git } = committedRepository();
    git("clone", "-q", "--bare", ".", "bare.git");
    writeFileSync(join(folder, "bare.git/HEAD"), `${"1".repeat(40)}\n`);
    expect((await readState(join(folder, "bare.git"))).branch).toBeNull();
  });

  // The layout `.git` file -> `.bare` with worktrees beside it: git says "must be run in a work tree" here.
  test("has no working tree if a .git file beside its worktrees names it", async () => {
    const { git } = committedRepository();
    const folder = temporaryFolder();
    git("clone", "-q", "--bare", ".", join(folder, ".bare"));
    writeFileSync(join(folder, ".git"), "gitdir: ./.bare\n");
    expect((await readState(folder)).counts).toMatchObject({ staged: 0, modified: 0 });
  });
});

describe("a .git that is not a repository", () => {
  test.each([
    { what: "text", text: "nothing\n" },
    { what: "empty", text: "" },
    { what: "naming a missing folder", text: "gitdir: /nowhere/at/all\n" },
  ])("is ignored if it is a file: $what", ({ text }) => {
    const { folder } = committedRepository();
    mkdirSync(join(folder, "inner"));
    writeFileSync(join(folder, "inner/.git"), text);
    expect(findRepository(join(folder, "inner"))?.worktree).toBe(folder);
  });

  test("does not hang the reading if it is a FIFO", () => {
    const folder = temporaryFolder();
    makeFifo(join(folder, ".git"));
    expect(findRepository(folder)).toBeNull();
  });

  test("is ignored if it is a symlink", () => {
    const { folder } = committedRepository();
    const other = temporaryFolder();
    symlinkSync(join(folder, ".git"), join(other, ".git"));
    expect(findRepository(other)).toBeNull();
  });

  // git goes on to the folder above; the files there then look deleted and those here untracked.
  test("is ignored if it is an empty folder", () => {
    const { folder } = committedRepository();
    mkdirSync(join(folder, "inner/.git"), { recursive: true });
    expect(findRepository(join(folder, "inner"))?.worktree).toBe(folder);
  });
});

describe("a folder that claims another repository", () => {
  test("has no repository if the worktree's git folder does not name it back", () => {
    const main = committedRepository();
    linkedWorktree(main, join(temporaryFolder(), "linked"));
    const hostile = temporaryFolder();
    const target = join(main.folder, ".git/worktrees/linked");
    writeFileSync(join(hostile, ".git"), `gitdir: ${target}\n`);
    expect(findRepository(hostile)).toBeNull();
  });

  test("does not get the tasks of a repository by its git folder", () => {
    const main = committedRepository();
    const hostile = temporaryFolder();
    writeFileSync(join(hostile, ".git"), `gitdir: ${join(main.folder, ".git")}\n`);
    expect(findRepository(hostile)?.project ?? null).not.toBe(main.folder);
  });

  // A folder called `.git` belongs to the folder that holds it. `fromGitFile` promises null when the git folder that
  // is named does not name the working tree back.
  test("does not get the commits of a repository by its git folder", async () => {
    const main = committedRepository();
    const hostile = temporaryFolder();
    writeFileSync(join(hostile, ".git"), `gitdir: ${join(main.folder, ".git")}\n`);
    const repository = findRepository(hostile);
    const commits = repository === null ? [] : ((await readState(hostile)).commits ?? []);
    expect(commits.map(({ subject }) => subject)).not.toContain("first");
  });

  // A made-up git folder in the tree names the victim's common folder, and names the tree back.
  test("does not get the tasks of a repository by an invented worktree folder", () => {
    const main = committedRepository();
    const hostile = temporaryFolder();
    const madeUp = join(hostile, "made-up");
    mkdirSync(madeUp);
    writeFileSync(join(hostile, ".git"), `gitdir: ${madeUp}\n`);
    writeFileSync(join(madeUp, "gitdir"), `${join(hostile, ".git")}\n`);
    writeFileSync(join(madeUp, "commondir"), `${join(main.folder, ".git")}\n`);
    writeFileSync(join(madeUp, "HEAD"), "ref: refs/heads/main\n");
    expect(findRepository(hostile)?.project).not.toBe(main.folder);
  });
});

describe("the function locate", () => {
  test("gives the main worktree's name as the project's and the branch of the worktree", () => {
    const main = committedRepository();
    const linked = linkedWorktree(main, join(temporaryFolder(), "linked"));
    mkdirSync(join(linked.folder, "deep"));
    expect(locate(join(linked.folder, "deep"))).toMatchObject({
      project: main.folder,
      projectName: basename(main.folder),
      worktree: linked.folder,
      branch: "side",
    });
  });

  test("gives a folder outside every repository as its own project", () => {
    const folder = temporaryFolder();
    expect(locate(folder)).toEqual({
      project: folder,
      projectName: basename(folder),
      worktree: folder,
      repository: null,
      branch: null,
    });
  });

  test("gives no branch when HEAD is detached", () => {
    const { folder, git } = committedRepository();
    git("checkout", "-q", "--detach");
    expect(locate(folder)?.branch).toBeNull();
  });

  test("gives no branch and does not hang when HEAD is a FIFO", () => {
    const { folder } = committedRepository();
    makeFifo(join(folder, ".git/HEAD"));
    expect(locate(folder)).toMatchObject({ project: folder, branch: null });
  });

  test("gives null for a deleted folder", () => {
    expect(locate(join(temporaryFolder(), "gone"))).toBeNull();
  });
});
