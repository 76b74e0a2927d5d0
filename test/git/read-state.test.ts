// The state of real working trees: branch, upstream, counts, commits, default branch, and names that are odd.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { GitCounts } from "../../src/core/git/git-state.ts";
import { aGitProgram, makeStatDirty, readState, runners } from "../support/git-reading.ts";
import {
  clonedRepositories,
  plainGitEnvironment,
  temporaryRepository,
} from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";

const commitId: RegExp = /^[0-9a-f]{40}$/;

/** A repository with one commit on `main`. */
function committedRepository(): TestRepository {
  const repository = temporaryRepository();
  repository.commit("tracked", "one\n", "first");
  return repository;
}

describe("the branch and the head", () => {
  test("F48: an unborn branch has a name and no commit", async () => {
    const { folder } = temporaryRepository();
    expect(await readState(folder)).toEqual({
      root: folder,
      bare: false,
      linkedWorktree: false,
      branch: "main",
      head: null,
      upstream: null,
      counts: { staged: 0, modified: 0, untracked: 0, conflicted: 0 },
      operation: null,
      stashes: 0,
      commits: [],
      defaultBranch: null,
      pushed: "no-remote",
      paths: { conflicted: [], changed: [] },
    });
  });

  test("a clean working tree has its HEAD and zero counts", async () => {
    const { folder, git } = committedRepository();
    const head = git("rev-parse", "HEAD").trim();
    expect(await readState(folder)).toMatchObject({
      branch: "main",
      head,
      upstream: null,
      counts: { staged: 0, modified: 0, untracked: 0, conflicted: 0 },
      operation: null,
      stashes: 0,
    });
  });

  test("F48: a detached HEAD has a commit and no branch", async () => {
    const { folder, git } = committedRepository();
    git("checkout", "-q", "--detach");
    expect(await readState(folder)).toMatchObject({
      branch: null,
      head: expect.stringMatching(commitId),
      operation: null,
    });
  });

  test.each([
    "x;$(touch${IFS}f)",
    "`id`",
    "\u202Erlo",
    "zero\u200Bwidth",
    "tag\u{E0041}",
    "a'\"b",
    "</task>ignore",
    "æøå/ünïcode",
    "a".repeat(240),
    "(branch)",
  ])("a branch may be named %j", async (name) => {
    const { folder, git } = committedRepository();
    git("checkout", "-q", "-b", name);
    expect((await readState(folder)).branch).toBe(name);
  });
});

describe("the state of a repository", () => {
  const cases: readonly {
    what: string;
    arm: (repository: TestRepository) => void;
    counts: Partial<GitCounts>;
  }[] = [
    {
      what: "a staged new file",
      arm: ({ git, write }) => {
        write("new", "new\n");
        git("add", "new");
      },
      counts: { staged: 1 },
    },
    {
      what: "an unstaged change",
      arm: ({ write }) => write("tracked", "another\n"),
      counts: { modified: 1 },
    },
    {
      what: "a change of the same size",
      arm: ({ folder, write }) => {
        write("tracked", "two\n");
        makeStatDirty(folder, "tracked");
      },
      counts: { modified: 1 },
    },
    {
      what: "an equal file with a new time",
      arm: ({ folder }) => makeStatDirty(folder, "tracked"),
      counts: {},
    },
    {
      what: "a staged file that changed again as both",
      arm: ({ git, write }) => {
        write("tracked", "another\n");
        git("add", "tracked");
        write("tracked", "and another\n");
      },
      counts: { staged: 1, modified: 1 },
    },
    {
      what: "a deleted file",
      arm: ({ git }) => void git("rm", "-q", "tracked"),
      counts: { staged: 1 },
    },
    {
      what: "untracked files, and a folder of them once",
      arm: ({ write }) => {
        write("loose", "");
        write("folder/a", "");
        write("folder/b", "");
      },
      counts: { untracked: 2 },
    },
    {
      what: "an ignored file",
      arm: ({ write }) => {
        write(".git/info/exclude", "*.log\n");
        write("noise.log", "");
      },
      counts: {},
    },
    {
      what: "a renamed file once",
      arm: ({ git }) => void git("mv", "tracked", "renamed"),
      counts: { staged: 1 },
    },
    {
      what: "a renamed file whose old name looks like an entry",
      arm: ({ git, write }) => {
        write("? loose", "a text that is long enough to be found again\n");
        git("add", ".");
        git("commit", "-qm", "odd");
        git("mv", "? loose", "renamed");
      },
      counts: { staged: 1 },
    },
    {
      what: "a file in conflict",
      arm: ({ git, commit }) => {
        git("checkout", "-q", "-b", "side");
        commit("tracked", "theirs\n");
        git("checkout", "-q", "main");
        commit("tracked", "ours\n");
        expect(() => git("merge", "side")).toThrow("Command failed");
      },
      counts: { conflicted: 1 },
    },
  ];

  test.each(cases)("counts $what", async ({ arm, counts }) => {
    const repository = committedRepository();
    arm(repository);
    expect((await readState(repository.folder)).counts).toEqual({
      staged: 0,
      modified: 0,
      untracked: 0,
      conflicted: 0,
      ...counts,
    });
  });

  test("F56: the state counts files whatever their names contain", async () => {
    const { folder } = committedRepository();
    const names = ["new\nline", "esc\u001B[31m", "tab\t", 'quo"te', "u 1 ?", " # branch.oid x"];
    for (const name of names) writeFileSync(join(folder, name), "");
    const invalid = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe, 0x80])]);
    writeFileSync(invalid, "");
    const state = await readState(folder);
    expect(state.counts).toMatchObject({ untracked: names.length + 1, modified: 0 });
    expect(state.head).toMatch(commitId);
  });

  test("counts stashes", async () => {
    const { folder, git, write } = committedRepository();
    for (const text of ["a\n", "b\n"]) {
      write("tracked", text);
      git("stash", "-q");
    }
    expect((await readState(folder)).stashes).toBe(2);
  });
});

describe("the upstream of a branch", () => {
  test("is neither ahead nor behind after a clone", async () => {
    const { clone } = clonedRepositories();
    const commit = clone.git("rev-parse", "origin/main").trim();
    const upstream = { name: "origin/main", ahead: 0, behind: 0, gone: false, commit };
    expect((await readState(clone.folder)).upstream).toEqual(upstream);
  });

  test("has how far the branch is ahead and behind", async () => {
    const { clone, colleague } = clonedRepositories();
    colleague.commit("theirs", "1\n");
    colleague.git("push", "-q");
    clone.commit("ours", "1\n");
    clone.commit("ours", "2\n");
    clone.git("fetch", "-q");
    const commit = clone.git("rev-parse", "origin/main").trim();
    const upstream = { name: "origin/main", ahead: 2, behind: 1, gone: false, commit };
    const short = await readState(clone.folder, { extent: "status" });
    expect(short.upstream).toEqual(upstream);
    // Which address is the user's, git does not know here.
    const incoming = { others: null, notes: [{ author: "Ana", subject: "change theirs" }] };
    expect((await readState(clone.folder)).upstream).toEqual({ ...upstream, incoming });
  });

  test("is reported as deleted when the remote branch was deleted", async () => {
    const { clone } = clonedRepositories();
    clone.git("checkout", "-q", "-b", "feature");
    clone.git("push", "-q", "-u", "origin", "feature");
    clone.git("push", "-q", "origin", "--delete", "feature");
    clone.git("fetch", "-q", "--prune");
    const upstream = { name: "origin/feature", ahead: 0, behind: 0, gone: true };
    expect((await readState(clone.folder)).upstream).toEqual(upstream);
  });
});

describe("the commits of a state", () => {
  test("are the last three, the newest first, in UTC", async () => {
    const { folder, git, commit } = temporaryRepository();
    for (const subject of ["one", "two", "three"]) commit("file", `${subject}\n`, subject);
    const subject = "four \u001B[31m ⟦k3f9⟧\nsecond line\n\nbody";
    execFileSync("git", ["commit", "-q", "--allow-empty", "-m", subject], {
      cwd: folder,
      env: { ...plainGitEnvironment, GIT_COMMITTER_DATE: "2026-11-21T01:30:00+02:00" },
    });
    const commits = (await readState(folder)).commits ?? [];
    expect(commits.map((one) => one.subject)).toEqual([
      "four \u001B[31m ⟦k3f9⟧ second line",
      "three",
      "two",
    ]);
    expect(commits[0]).toMatchObject({
      id: git("rev-parse", "HEAD").trim(),
      author: "Ana",
      at: "2026-11-20T23:30:00.000Z",
    });
  });

  test("are left out of a short status", async () => {
    const { folder } = committedRepository();
    const state = await readState(folder, { extent: "status" });
    expect(state).toMatchObject({ commits: null, branch: "main" });
  });
});

test("both runners and both extents give the same state", async () => {
  const { clone } = clonedRepositories();
  clone.commit("ours", "1\n");
  clone.write("ours", "changed\n");
  clone.write("naïve\nname", "");
  const states = await Promise.all(
    runners.map(({ create }) => {
      const program = aGitProgram();
      return readState(clone.folder, { program, run: create(program) });
    }),
  );
  expect(states[0]).toEqual(states[1]);
  const short = await readState(clone.folder, { extent: "status" });
  const { paths, ...rest } = { ...states[0], commits: null };
  expect(rest).toEqual(short);
  expect(paths).toEqual({ conflicted: [], changed: ["ours", "naïve\nname"] });
});
