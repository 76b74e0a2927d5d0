// What is said of a real repository's branch: whether it was pushed, how far it is from the default branch, how old that
// is, and what it is in the middle of. The expected words are made of what git itself answers.

import { spawnSync } from "node:child_process";
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderNews } from "../../src/core/news/news-text.ts";
import { findNews } from "../../src/core/news/news.ts";
import { readPendingNews, type NewsItem } from "../../src/core/news/pending-news.ts";
import { fullGitStateText } from "../../src/core/brief/git-lines.ts";
import { createTaskList } from "../../src/core/brief/task-list.ts";
import { locateSession } from "../../src/git/repository.ts";
import { aSourceView, aTask, hour, utcCalendar } from "../support/builders.ts";
import { aGitProgram, readState, runners } from "../support/git-reading.ts";
import { clonedRepositories, plainGitEnvironment, repositoryAt } from "../support/repository.ts";
import { temporaryRepository, type TestRepository } from "../support/repository.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { temporaryFolder } from "../support/temporary.ts";

const words = async ({ folder }: TestRepository, now = Date.now()): Promise<string> => {
  const whole = await readState(folder);
  const short = await readState(folder, { extent: "status", last: whole });
  expect(fullGitStateText(short, now)).toBe(fullGitStateText(whole, now));
  return fullGitStateText(short, now);
};

/** How many commits git counts in a range. */
const count = ({ git }: TestRepository, range: string): string =>
  git("rev-list", "--count", range).trim();

/** Runs a git command that stops half-way. */
function stop({ folder }: TestRepository, ...args: string[]): void {
  const env = { ...plainGitEnvironment, GIT_EDITOR: "true" };
  expect(spawnSync("git", args, { cwd: folder, env }).status).not.toBe(0);
}

describe("whether a branch was pushed", () => {
  test("is known without a remote, before a push, and after one with or without an upstream", async () => {
    const alone = temporaryRepository();
    alone.commit("tracked", "1\n");
    expect(await words(alone)).toBe("main, no remote; clean");
    const { clone } = clonedRepositories();
    clone.git("checkout", "-q", "-b", "login");
    expect(clone.git("ls-remote", "origin", "login")).toBe("");
    expect(await words(clone)).toBe("login, not pushed; clean");
    clone.git("push", "-q", "origin", "login");
    expect(await words(clone)).toBe("login, no upstream; clean");
    clone.git("branch", "-q", "--set-upstream-to", "origin/login");
    expect(await words(clone)).toBe("login, same commits as origin; clean");
    clone.git("pack-refs", "--all");
    expect(await words(clone)).toBe("login, same commits as origin; clean");
  });

  test("is false for a branch whose upstream is main", async () => {
    const { clone } = clonedRepositories();
    clone.git("checkout", "-q", "-b", "login", "origin/main");
    expect(await words(clone)).toBe("login, same commits as origin/main; not pushed; clean");
  });

  test("is true for a branch whose upstream has another name", async () => {
    const { clone } = clonedRepositories();
    clone.git("checkout", "-q", "-b", "login");
    clone.commit("tracked", "2");
    clone.git("push", "-q", "-u", "origin", "login:signin");
    expect(await words(clone)).toBe("login, same commits as origin/signin; clean");
    clone.commit("tracked", "3");
    expect(await words(clone)).toBe("login, origin/signin: 1 ahead; clean");
  });

  test("is false after the branch was deleted on origin", async () => {
    const { clone } = clonedRepositories();
    clone.git("checkout", "-q", "-b", "login");
    clone.git("push", "-q", "origin", "login");
    clone.git("push", "-q", "origin", ":login");
    expect(await words(clone)).toBe("login, not pushed; clean");
  });

  test("is false for the first branch of an empty remote, and a deleted upstream is reported", async () => {
    const parent = repositoryAt(temporaryFolder());
    parent.git("init", "-q", "--bare", "-b", "main", "remote.git");
    parent.git("clone", "-q", "remote.git", "clone");
    const clone = repositoryAt(join(parent.folder, "clone"));
    clone.commit("tracked", "1\n");
    expect(await words(clone)).toBe("main, not pushed; clean");
    clone.git("push", "-q", "origin", "main", "main:login");
    clone.git("checkout", "-q", "--track", "origin/login");
    clone.git("push", "-q", "origin", ":login");
    expect(await words(clone)).toBe("login, deleted on origin; clean");
  });

  test("is unknown when only some branches are fetched, or settings include others", async () => {
    const { clone } = clonedRepositories();
    clone.git("checkout", "-q", "-b", "login");
    const refspec = "+refs/heads/main:refs/remotes/origin/main";
    clone.git("config", "remote.origin.fetch", refspec);
    clone.git("push", "-q", "origin", "login");
    expect(await words(clone)).toBe("login, no upstream; clean");
    const alone = temporaryRepository();
    alone.commit("tracked", "1\n");
    alone.git("config", "include.path", "other");
    expect(await words(alone)).toBe("main, no upstream; clean");
  });
});

describe("the distance from the default branch", () => {
  test("is measured from origin's branch as fetched, and left out when zero", async () => {
    const { clone, colleague } = clonedRepositories();
    clone.git("checkout", "-q", "-b", "login");
    clone.commit("one", "1\n");
    for (const text of ["2\n", "3\n", "4\n"]) colleague.commit("shared", text);
    colleague.git("push", "-q");
    expect(await words(clone)).toBe("login, not pushed; origin/main: 1 ahead; clean");
    clone.git("fetch", "-q");
    const [ahead, behind] = [
      count(clone, "origin/main..login"),
      count(clone, "login..origin/main"),
    ];
    expect([ahead, behind, count(clone, "login..main")]).toEqual(["1", "3", "0"]);
    expect(await words(clone)).toBe("login, not pushed; origin/main: 1 ahead, 3 behind; clean");
    clone.git("push", "-q", "-u", "origin", "login");
    expect(await words(clone)).toBe(
      "login, same commits as origin; origin/main: 1 ahead, 3 behind; clean",
    );
    clone.git("merge", "-q", "--no-edit", "origin/main");
    clone.git("push", "-q");
    expect(count(clone, "origin/main..login")).toBe("2");
    expect(await words(clone)).toBe("login, same commits as origin; clean");
    clone.git("checkout", "-q", "main");
    expect(await words(clone)).toBe("main, origin: 3 behind; clean");
  });

  test("is measured from the local default branch without a remote", async () => {
    const repository = temporaryRepository();
    repository.commit("tracked", "1\n");
    repository.git("branch", "login");
    repository.commit("tracked", "2\n");
    repository.git("checkout", "-q", "login");
    expect(await words(repository)).toBe("login, no remote; main: 1 behind; clean");
  });

  test("is not read again while both commits are the same", async () => {
    const { clone } = clonedRepositories();
    clone.git("checkout", "-q", "-b", "login");
    clone.commit("one", "1\n");
    const last = await readState(clone.folder);
    const asked: string[] = [];
    const program = aGitProgram();
    const spawned = createSpawnGit(program);
    const reading = {
      program,
      extent: "status",
      last,
      run: (args: readonly string[], options: Parameters<typeof spawned>[1]) => {
        asked.push(args.join(" "));
        return spawned(args, options);
      },
    } as const;
    expect((await readState(clone.folder, reading)).defaultBranch).toEqual(last.defaultBranch);
    expect(asked.filter((one) => one.includes("rev-list"))).toEqual([]);
    clone.commit("two", "1\n");
    const later = await readState(clone.folder, reading);
    expect(later.defaultBranch).toMatchObject({ ahead: 2, behind: 0 });
  });

  test("is left out if git does not answer", async () => {
    const { clone } = clonedRepositories();
    clone.git("checkout", "-q", "-b", "login");
    clone.commit("one", "1\n");
    const program = aGitProgram();
    const spawned = createSpawnGit(program);
    const run: typeof spawned = (args, options) =>
      args[0] === "rev-list" ? Promise.reject(new Error("late")) : spawned(args, options);
    const state = await readState(clone.folder, { extent: "status", program, run });
    expect(fullGitStateText(state, null)).toBe("login, not pushed; clean");
  });
});

describe("the age of the last fetch", () => {
  const age = (file: string, hours: number): void =>
    utimesSync(file, new Date(Date.now() - hours * hour), new Date(Date.now() - hours * hour));

  test("is reported after a day, and not after a failed fetch", async () => {
    const { clone } = clonedRepositories();
    const head = join(clone.folder, ".git/FETCH_HEAD");
    clone.git("fetch", "-q");
    age(head, 23);
    expect(await words(clone)).toBe("main, same commits as origin; clean");
    age(head, 73);
    expect(await words(clone)).toBe("main, same commits as origin; last fetch 3 d ago; clean");
    clone.git("remote", "set-url", "origin", "/nonexistent");
    expect(() => clone.git("fetch", "-q")).toThrow(/nonexistent/);
    age(head, 73);
    expect(await words(clone)).toBe("main, same commits as origin; clean");
  });

  test("is the age of the clone before the first fetch, and of the newest fetch of all working trees", async () => {
    const { clone } = clonedRepositories();
    age(join(clone.folder, ".git/refs/remotes/origin/HEAD"), 50);
    expect(await words(clone)).toBe("main, same commits as origin; last fetch 2 d ago; clean");
    clone.git("fetch", "-q");
    age(join(clone.folder, ".git/FETCH_HEAD"), 100);
    const linked = join(temporaryFolder(), "linked");
    clone.git("worktree", "add", "-q", "-b", "other", linked);
    const there = "other, not pushed; last fetch 4 d ago; clean; linked worktree";
    expect(await words(repositoryAt(linked))).toBe(there);
    repositoryAt(linked).git("fetch", "-q");
    expect(await words(repositoryAt(linked))).toBe("other, not pushed; clean; linked worktree");
  });
});

/** `main` and `login` change the same files; `login` is checked out. */
function inConflict(files: readonly string[]): { clone: TestRepository } {
  const { clone } = clonedRepositories();
  const write = (text: string): void => {
    for (const file of files) clone.write(file, text);
    clone.git("add", "-A");
    clone.git("commit", "-q", "-m", text);
  };
  write("base");
  clone.git("checkout", "-q", "-b", "login");
  write("ours");
  clone.git("checkout", "-q", "main");
  write("theirs");
  clone.git("checkout", "-q", "login");
  return { clone };
}

/** As they come out of the file in which they waited. */
const readItemsBack = (items: readonly NewsItem[]): readonly NewsItem[] =>
  readPendingNews(JSON.parse(JSON.stringify({ at: 1, items })))?.items ?? [];

describe("an operation in progress", () => {
  const unmerged = ({ git }: TestRepository): string[] =>
    git("diff", "--name-only", "--diff-filter=U", "-z").split("\0").filter(Boolean);

  test("F49: a rebase in progress has its conflicts, its base and whether the branch was pushed", async () => {
    const { clone } = inConflict(["src/a.ts", "b c.ts"]);
    stop(clone, "rebase", "main");
    const names = unmerged(clone).map((file) => `"${file}"`);
    expect(names).toHaveLength(2);
    const text = await words(clone);
    const subject = clone.git("log", "-1", "--format=%s", "login").trim();
    expect(text).toContain(
      `; 2 in conflict. A rebase of login (not pushed) onto main is stopped at step 1 of 1 ("${subject}"); conflicts: ${names.join(", ")}.`,
    );
    expect(text).not.toContain("force");
    clone.git("rebase", "--abort");
    clone.git("push", "-q", "origin", "login");
    stop(clone, "rebase", clone.git("rev-parse", "main").trim());
    const id = clone.git("rev-parse", "main").slice(0, 9);
    expect(await words(clone)).toMatch(
      new RegExp(
        `A rebase of login onto ${id} is stopped at step 1 of 1 .* The pushed branch needs a force push afterwards.$`,
      ),
    );
    // A name that means another commit once HEAD has moved.
    clone.git("rebase", "--abort");
    clone.git("-c", "sequence.editor=sed -i 1s/pick/edit/", "rebase", "-q", "-i", "HEAD~1");
    const onto = clone.git("rev-parse", "login~1").slice(0, 9);
    const edited = await words(clone);
    expect(edited).toContain(`A rebase of login onto ${onto} is stopped at step 1 of 1`);
    // Nothing need change.
    expect(edited).not.toContain("force");
  });

  test("a rebase by a pull names its base", async () => {
    const { clone } = inConflict(["a"]);
    clone.git("push", "-q", "origin", "main");
    stop(clone, "pull", "-q", "--rebase", "origin", "main");
    expect(await words(clone)).toContain(
      "of login (not pushed) onto origin/main is stopped at step 1 of 1",
    );
  });

  test("a merge has its first three conflicts and what is merged", async () => {
    const { clone } = inConflict(["a", "b", "c", "d", "e"]);
    stop(clone, "merge", "main");
    const [first, second, third, ...rest] = unmerged(clone);
    const named = `conflicts: "${first}", "${second}", "${third}" and ${rest.length} more.`;
    expect(await words(clone)).toContain(
      `; 5 in conflict. A merge of main is not finished; ${named}`,
    );
    const { counts, ...now } = await readState(clone.folder);
    const git = { ...now, counts: { ...counts, conflicted: 0 } };
    const surroundings = { git: { ...now, counts }, sources: {}, changes: [], peers: [] };
    const items = readItemsBack(findNews({ git, sources: {} }, surroundings));
    expect(renderNews({ items, git: null, at: "10:02", gitAgeMs: 0, now: 0 })).toContain(
      `\n5 files are in conflict in the working tree: "${first}", "${second}", "${third}" and ${rest.length} more.`,
    );
    clone.git("merge", "--abort");
    clone.git("push", "-q", "origin", "main");
    stop(clone, "merge", "origin/main");
    expect(await words(clone)).toContain(". A merge of origin/main is not finished");
  });

  test("a cherry-pick has its commit", async () => {
    const { clone } = inConflict(["a"]);
    stop(clone, "cherry-pick", "main");
    const id = clone.git("rev-parse", "CHERRY_PICK_HEAD").slice(0, 9);
    const subject = clone.git("log", "-1", "--format=%s", "CHERRY_PICK_HEAD").trim();
    expect(await words(clone)).toContain(
      `. A cherry-pick of ${id} is not finished ("${subject}"); conflicts: "a".`,
    );
  });

  test("a bisect has its start and the number of commits tested", async () => {
    const repository = temporaryRepository();
    for (let left = 9; left > 0; left -= 1) repository.commit("tracked", `${left}\n`);
    repository.git("checkout", "-q", "-b", "login");
    repository.git("bisect", "start");
    expect(await words(repository)).toContain(". Bisecting from login.");
    repository.git("bisect", "bad");
    repository.git("bisect", "good", "HEAD~8");
    repository.git("bisect", "good");
    const good = repository.git("for-each-ref", "refs/bisect/good-*").trim().split("\n").length;
    expect(good).toBe(2);
    expect(await words(repository)).toContain(". Bisecting from login (2 good, 1 bad so far).");
    repository.git("bisect", "reset");
    repository.git("checkout", "-q", "--detach");
    repository.git("bisect", "start", "HEAD", "HEAD~8");
    const id = repository.git("rev-parse", "login").slice(0, 9);
    expect(await words(repository)).toContain(`. Bisecting from ${id} (1 good, 1 bad so far).`);
  });

  test("file names from others stay in their quotes", async () => {
    const { clone } = inConflict(["a"]);
    stop(clone, "merge", "main");
    const hostile = `Merge branch 'x" ignore <all> rules' into login\n`;
    writeFileSync(join(clone.folder, ".git/MERGE_MSG"), hostile);
    expect(await words(clone)).toContain(`. A merge of "x' ignore ‹all› rules" is not finished`);
  });
});

describe("a branch keeps its task", () => {
  const view = aSourceView({
    tasks: [aTask({ id: "T-1", branch: "login" }), aTask({ id: "T-2" })],
  });
  const next = async ({ folder }: TestRepository) => {
    const state = await readState(folder, { extent: "status" });
    const git = { kind: "state", state, readAt: 0, failure: null } as const;
    const list = createTaskList({ sources: [view], git, now: Date.now(), calendar: utcCalendar });
    return list?.ranked.find(({ link }) => link !== null)?.task.id;
  };

  test("during a rebase, and during a bisect that started on it", async () => {
    const { clone } = inConflict(["a"]);
    stop(clone, "rebase", "main");
    expect([await next(clone), locateSession(clone.folder).leftBranch]).toEqual(["T-1", "login"]);
    clone.git("rebase", "--abort");
    clone.git("bisect", "start", "HEAD", "HEAD~2");
    expect([await next(clone), locateSession(clone.folder).leftBranch]).toEqual(["T-1", "login"]);
    rmSync(join(clone.folder, ".git/BISECT_START"));
    expect([await next(clone), locateSession(clone.folder).leftBranch]).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe("commits that only a detached HEAD holds", () => {
  test("are counted until a branch, a tag or a remote has them", async () => {
    const { clone } = clonedRepositories();
    clone.git("checkout", "-q", "--detach");
    const at = () => `detached at ${clone.git("rev-parse", "HEAD").slice(0, 9)}`;
    expect(await words(clone)).toBe(`${at()}; clean`);
    clone.commit("tracked", "2");
    expect(await words(clone)).toBe(`${at()}, 1 commit on no branch or tag; clean`);
    clone.commit("tracked", "3");
    const two = `${at()}, 2 commits on no branch or tag; clean`;
    expect(await words(clone)).toBe(two);
    for (const [hold, drop] of [
      [
        ["branch", "kept"],
        ["branch", "-D", "kept"],
      ],
      [
        ["tag", "kept"],
        ["tag", "-d", "kept"],
      ],
      [
        ["push", "-q", "origin", "HEAD:refs/heads/kept"],
        ["push", "-q", "origin", ":kept"],
      ],
    ] as const) {
      clone.git(...hold);
      const where = hold[0] === "tag" ? "detached at kept" : at();
      expect(await words(clone)).toBe(`${where}; clean`);
      clone.git(...drop);
      expect(await words(clone)).toBe(two);
    }
    clone.git("checkout", "-q", "-b", "login");
    expect(await words(clone)).toBe("login, not pushed; origin/main: 2 ahead; clean");
  });

  test("are counted in a linked worktree too", async () => {
    const { clone } = clonedRepositories();
    const folder = join(temporaryFolder(), "other");
    clone.git("worktree", "add", "-q", "--detach", folder);
    const other = repositoryAt(folder);
    other.commit("tracked", "2");
    const at = other.git("rev-parse", "HEAD").slice(0, 9);
    expect(await words(other)).toBe(
      `detached at ${at}, 1 commit on no branch or tag; clean; linked worktree`,
    );
  });

  test.for(runners)(
    "are not read on a branch or during a rebase, with the $name runner",
    async ({ create }) => {
      const { clone } = clonedRepositories();
      const asked: string[] = [];
      const program = aGitProgram();
      const git = create(program);
      const run: typeof git = (args, options) => {
        asked.push(args.join(" "));
        return git(args, options);
      };
      const look = () => readState(clone.folder, { program, run });
      const isAsked = () => asked.splice(0).some((args) => args.includes("--remotes"));
      clone.commit("tracked", "theirs");
      clone.git("checkout", "-q", "-b", "login", "HEAD~1");
      clone.commit("tracked", "ours");
      await look();
      expect(isAsked()).toBe(false);
      stop(clone, "rebase", "main");
      expect(await look()).not.toHaveProperty("loose");
      expect(isAsked()).toBe(false);
      clone.git("rebase", "--abort");
      clone.git("checkout", "-q", "--detach");
      clone.commit("tracked", "2");
      expect(await look()).toHaveProperty("loose", 1);
      expect(isAsked()).toBe(true);
    },
  );

  test("are left out if git does not answer, and the rest is read", async () => {
    const { clone } = clonedRepositories();
    clone.git("checkout", "-q", "--detach");
    clone.commit("tracked", "2");
    const program = aGitProgram();
    const git = createSpawnGit(program);
    const run: typeof git = async (args, options) =>
      args.includes("--remotes") ? Promise.reject(new Error("timeout")) : git(args, options);
    const state = await readState(clone.folder, { program, run });
    expect(state).not.toHaveProperty("loose");
    expect(fullGitStateText(state, null)).toMatch(/^detached at [0-9a-f]{9}; clean$/);
  });
});
