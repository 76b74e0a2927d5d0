// What is said of a task by the history of its repository. Every history is made for real, and what is right to say of it was
// written down from that: a commit that is there, or nothing.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { composeBrief } from "../../src/core/brief/brief.ts";
import { treeOrigin } from "../../src/core/tree-origin.ts";
import type { Task } from "../../src/core/task/task.ts";
import { createSimpleGit } from "../../src/git/simple-git-runner.ts";
import { refreshMismatches } from "../../src/monitor/mismatches/refresh-mismatches.ts";
import { readCurrentMismatches } from "../../src/state/cache/mismatches.ts";
import { configureSources, saveResponse } from "../../src/state/cache/task-snapshots.ts";
import { saveDelivered } from "../../src/state/cache/sessions.ts";
import type { Sqlite } from "../../src/state/sqlite/sqlite.ts";
import {
  aBriefInput,
  aGitState,
  aSourceView,
  aTask,
  day,
  hour,
  minute,
  saturday,
} from "../support/builders.ts";
import { aKey, response, temporaryCache } from "../support/cache.ts";
import { aGitProgram, readState } from "../support/git-reading.ts";
import { clonedRepositories, repositoryAt, temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

const program = aGitProgram();
const caller = { program, run: createSimpleGit(program), timeoutMs: 10_000 };

const look = ({ folder }: TestRepository, db: Sqlite, now = saturday): Promise<void> =>
  refreshMismatches({ ...caller, db, now: () => now }, folder);

const login = (more: Partial<Task> = {}): Task =>
  aTask({ id: "T-1", title: "Add the login", status: "in_progress", ...more });

/** The brief of a session, where these tasks are open. */
async function brief(
  repository: TestRepository,
  db: Sqlite,
  { tasks, now = saturday, me = "" }: { tasks: readonly Task[]; now?: number; me?: string },
): Promise<string> {
  const state = await readState(repository.folder);
  const view = aSourceView({ tasks, isBuiltIn: true });
  return composeBrief(
    aBriefInput({
      now,
      sources: [view],
      me: { given: me === "" ? [] : [me], likely: [] },
      git: { kind: "state", state, readAt: now, failure: null },
      mismatches: readCurrentMismatches(db, repository.folder),
    }),
  ).text;
}

const lineIn = (text: string): string =>
  /^(?:Merged and|Completed, with|Branch deleted|In progress without).*$/m.exec(text)?.[0] ?? "";

/** The line of the brief that compares the tasks with git; "": none. */
async function said(
  repository: TestRepository,
  tasks: readonly Task[] = [login()],
  { db = temporaryCache(), ...more }: { db?: Sqlite; now?: number; me?: string } = {},
): Promise<string> {
  response(db, tasks, { key: aKey({ project: repository.folder }) });
  await look(repository, db, more.now);
  return lineIn(await brief(repository, db, { tasks, ...more }));
}

const short = ({ git }: TestRepository, name: string): string =>
  git("rev-parse", name).trim().slice(0, 7);

const merged = (repository: TestRepository, name: string, id = "T-1"): string =>
  `Merged and still open: ${id} (${short(repository, name)}, yesterday 10:00)`;
const reverted = (repository: TestRepository, name: string): string =>
  `Merged and then reverted: T-1 (${short(repository, name)}, yesterday 10:00)`;

/** A clone in which this branch has these commits, and `main` is checked out. */
function withBranch(name = "feat/T-1-login", ...files: string[]): TestRepository {
  const begun = [name, ...files].join(" ");
  return clonedRepositories(begun, ({ clone }) => addBranch(clone, name, ...files)).clone;
}

function addBranch(clone: TestRepository, name: string, ...files: string[]): void {
  clone.git("switch", "-q", "-c", name);
  for (const file of files.length === 0 ? ["login"] : files)
    clone.commit(file, `${file}\n`, `Add ${file}`);
  clone.git("switch", "-q", "main");
}

const push = ({ git }: TestRepository): void => void git("push", "-q", "origin", "main");

function merge(clone: TestRepository, name: string, ...more: string[]): void {
  clone.git("merge", "-q", "--no-ff", "-m", `Merge branch '${name}'`, ...more, name);
  push(clone);
}

function squash(clone: TestRepository, name: string, subject = "Add login"): void {
  clone.git("merge", "-q", "--squash", name);
  clone.git("commit", "-q", "-m", subject);
  push(clone);
}

/** The branch is nowhere any more. */
const remove = ({ git }: TestRepository, name: string): void =>
  void git("branch", "-q", "-D", name);

describe("an open task is reported as merged", () => {
  test("after a merge of its branch, if the branch is kept", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    expect(await said(clone)).toBe(merged(clone, "origin/main"));
  });

  test("after a merge of its branch, if the branch is deleted", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    remove(clone, "feat/T-1-login");
    expect(await said(clone)).toBe(merged(clone, "origin/main"));
  });

  test("after a fast-forward of the default branch to its branch", async () => {
    const clone = withBranch();
    clone.git("merge", "-q", "--ff-only", "feat/T-1-login");
    push(clone);
    clone.commit("other", "1\n", "Another change");
    push(clone);
    expect(await said(clone)).toBe(merged(clone, "feat/T-1-login"));
  });

  test("after a squash with the same file contents", async () => {
    const clone = withBranch("feat/T-1-login", "login", "logout");
    clone.commit("other", "1\n", "Another change");
    squash(clone, "feat/T-1-login");
    expect(await said(clone)).toBe(merged(clone, "main"));
  });

  test("after a squash with the same patch, into a file that had changed elsewhere", async () => {
    const { clone } = clonedRepositories();
    const lines = Array.from({ length: 40 }, (_, at) => `line ${at}`);
    const text = (changes: Record<number, string>): string =>
      `${lines.map((line, at) => changes[at] ?? line).join("\n")}\n`;
    clone.commit("file", text({}), "Add file");
    push(clone);
    clone.git("switch", "-q", "-c", "feat/T-1-login");
    clone.commit("file", text({ 30: "login" }), "Change the end");
    clone.commit("file", text({ 30: "login", 31: "logout" }), "Change more of it");
    clone.git("switch", "-q", "main");
    clone.commit("file", text({ 2: "new", 3: "new\nnewer" }), "Change the beginning");
    squash(clone, "feat/T-1-login");
    expect(await said(clone)).toBe(merged(clone, "main"));
  });

  test("after a squash that names the pull request and the task's id, if the branch was deleted", async () => {
    const clone = withBranch();
    clone.git("switch", "-q", "feat/T-1-login");
    clone.git("switch", "-q", "main");
    remove(clone, "feat/T-1-login");
    clone.commit("login", "reworked\n", "T-1: add the login (#12)");
    push(clone);
    expect(await said(clone)).toBe(merged(clone, "main"));
  });

  test("after a rebase merge of all commits of its branch", async () => {
    const clone = withBranch("feat/T-1-login", "login", "logout");
    clone.commit("other", "1\n", "Another change");
    clone.git("cherry-pick", "main..feat/T-1-login");
    push(clone);
    expect(await said(clone)).toBe(merged(clone, "main"));
  });

  test("after a merge of a fork's pull request, whose branch never existed here", async () => {
    const { clone, colleague } = clonedRepositories();
    addBranch(colleague, "T-1-login", "login");
    colleague.git(
      "merge",
      "-q",
      "--no-ff",
      "-m",
      "Merge pull request #12 from jun/T-1-login",
      "T-1-login",
    );
    push(colleague);
    clone.git("fetch", "-q");
    expect(await said(clone)).toBe(merged(clone, "origin/main"));
  });

  test("after a merge in the upstream project, even if the fork's own default branch is old", async () => {
    const { clone, colleague } = clonedRepositories();
    clone.git("remote", "add", "upstream", join(colleague.folder));
    addBranch(colleague, "feat/T-1-login");
    colleague.git(
      "merge",
      "-q",
      "--no-ff",
      "-m",
      "Merge branch 'feat/T-1-login'",
      "feat/T-1-login",
    );
    colleague.git("branch", "-q", "-D", "feat/T-1-login");
    clone.git("fetch", "-q", "upstream");
    expect(await said(clone)).toBe(merged(clone, "upstream/main"));
  });

  test("after a commit that closes it, on a branch that was merged under another name", async () => {
    const { clone } = clonedRepositories();
    clone.git("switch", "-q", "-c", "work");
    clone.commit("login", "1\n", "Add the login\n\nCloses T-1.");
    const closing = short(clone, "work");
    clone.git("switch", "-q", "main");
    merge(clone, "work");
    expect(await said(clone)).toBe(`Merged and still open: T-1 (${closing}, yesterday 10:00)`);
  });

  test("after a commit with closing words, in a shallow clone", async () => {
    const { clone } = clonedRepositories();
    clone.commit("login", "1\n", "Add the login (fixes T-1)");
    push(clone);
    const parent = temporaryFolder();
    const address = `file://${clone.git("remote", "get-url", "origin").trim()}`;
    repositoryAt(parent).git("clone", "-q", "--depth", "1", address, "shallow");
    const shallow = repositoryAt(join(parent, "shallow"));
    expect(await said(shallow)).toBe(merged(shallow, "origin/main"));
  });

  test("after a merge, while HEAD is detached", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    clone.git("switch", "-q", "--detach", "HEAD~1");
    expect(await said(clone)).toBe(merged(clone, "origin/main"));
  });

  test("after a merge in a repository without a remote", async () => {
    const repository = temporaryRepository();
    repository.commit("a", "1\n", "Begin");
    addBranch(repository, "T-1");
    repository.git("merge", "-q", "--no-ff", "-m", "Merge branch 'T-1'", "T-1");
    expect(await said(repository)).toBe(merged(repository, "main"));
  });

  test("after the last of its two branches is merged, and not before", async () => {
    const clone = withBranch("feat/T-1-api", "api");
    addBranch(clone, "feat/T-1-page", "page");
    merge(clone, "feat/T-1-api");
    const before = await brief(clone, temporaryCache(), { tasks: [login()] });
    expect([await said(clone), before.includes("merged")]).toEqual(["", false]);
    merge(clone, "feat/T-1-page");
    expect(await said(clone)).toBe(merged(clone, "main"));
  });

  test("after a merge of its branch, but not the task of the branch stacked on it", async () => {
    const clone = withBranch("feat/T-1-api", "api");
    clone.git("switch", "-q", "-c", "feat/T-2-page", "feat/T-1-api");
    clone.commit("page", "1\n", "Add page");
    clone.git("switch", "-q", "main");
    squash(clone, "feat/T-1-api");
    const tasks = [login(), login({ id: "T-2" })];
    expect(await said(clone, tasks)).toBe(merged(clone, "main"));
  });

  test("after a merge of its branch, but not the task of a stacked branch without commits", async () => {
    for (const land of [merge, squash]) {
      const clone = withBranch("feat/T-1-api", "api");
      clone.git("branch", "-q", "feat/T-2-page", "feat/T-1-api");
      land(clone, "feat/T-1-api");
      const tasks = [login(), login({ id: "T-2" })];
      const db = temporaryCache();
      expect(await said(clone, tasks, { db })).toBe(merged(clone, "main"));
      const text = await brief(clone, db, { tasks });
      expect(text).toContain("T-1 medium, its branch is merged");
      expect(text).not.toMatch(/T-2 .*merged/);
    }
  });

  test("after the revert of its merge was reverted", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    const commit = short(clone, "main");
    clone.git("revert", "--no-edit", "-m", "1", "HEAD");
    clone.git("revert", "--no-edit", "HEAD");
    push(clone);
    expect(await said(clone)).toBe(`Merged and still open: T-1 (${commit}, yesterday 10:00)`);
  });

  test("with the number of others, the most pressing task first", async () => {
    const clone = withBranch();
    addBranch(clone, "feat/T-2-page", "page");
    addBranch(clone, "feat/T-3-help", "help");
    for (const name of ["feat/T-1-login", "feat/T-2-page", "feat/T-3-help"]) merge(clone, name);
    const tasks = [login(), login({ id: "T-2", priority: "urgent" }), login({ id: "T-3" })];
    expect(await said(clone, tasks)).toBe(`${merged(clone, "main~1", "T-2")} and 2 more`);
  });
});

describe("a task is reported as merged and then reverted", () => {
  test("after a revert of the merge", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    clone.git("revert", "--no-edit", "-m", "1", "HEAD");
    push(clone);
    const db = temporaryCache();
    expect(await said(clone, [login()], { db })).toBe(reverted(clone, "main"));
    // It can be worked on again.
    expect(await brief(clone, db, { tasks: [login()] })).toContain("Next: T-1");
  });

  test("after a revert of the squash, when the revert was squashed too", async () => {
    const clone = withBranch();
    squash(clone, "feat/T-1-login", "Add login (#12)");
    clone.git("rm", "-q", "login");
    clone.git("commit", "-q", "-m", 'Revert "Add login" (#13)\n\nReverts shop/api#12');
    push(clone);
    expect(await said(clone)).toBe(reverted(clone, "main"));
  });

  test("after a merge of the branch that GitHub names after the reverted one", async () => {
    const clone = withBranch();
    clone.git(
      "merge",
      "-q",
      "--no-ff",
      "-m",
      "Merge pull request #12 from jun/feat/T-1-login",
      "feat/T-1-login",
    );
    clone.git("switch", "-q", "-c", "revert-12-feat/T-1-login");
    clone.git("revert", "--no-edit", "-m", "1", "HEAD");
    clone.git("switch", "-q", "main");
    const name = "revert-12-feat/T-1-login";
    clone.git("merge", "-q", "--no-ff", "-m", `Merge pull request #13 from jun/${name}`, name);
    push(clone);
    for (const one of [name, "feat/T-1-login"]) remove(clone, one);
    expect(await said(clone)).toBe(reverted(clone, "main^2"));
  });

  test("after a revert of the commit that closed it", async () => {
    const { clone } = clonedRepositories();
    clone.commit("login", "1\n", "Add the login, closes T-1");
    clone.git("revert", "--no-edit", "HEAD");
    push(clone);
    expect(await said(clone)).toBe(reverted(clone, "main"));
  });
});

describe("no mismatch is reported", () => {
  test("before a branch is merged", async () => {
    expect(await said(withBranch())).toBe("");
  });

  test("for a new branch without commits", async () => {
    const clone = withBranch("other");
    merge(clone, "other");
    clone.git("branch", "-q", "feat/T-1-login");
    expect(await said(clone)).toBe("");
  });

  test("after a cherry-pick of one of two commits", async () => {
    const clone = withBranch("feat/T-1-login", "login", "logout");
    clone.git("cherry-pick", "feat/T-1-login~1");
    push(clone);
    expect(await said(clone)).toBe("");
  });

  test("after a merge into another branch than the default one", async () => {
    const clone = withBranch();
    clone.git("switch", "-q", "-c", "develop");
    clone.git(
      "merge",
      "-q",
      "--no-ff",
      "-m",
      "Merge branch 'feat/T-1-login' into develop",
      "feat/T-1-login",
    );
    clone.git("push", "-q", "origin", "develop");
    clone.git("switch", "-q", "main");
    expect(await said(clone)).toBe("");
    remove(clone, "feat/T-1-login");
    expect(await said(clone)).toBe("");
  });

  test("after a merge that is not pushed", async () => {
    const clone = withBranch();
    clone.git("merge", "-q", "--no-ff", "-m", "Merge branch 'feat/T-1-login'", "feat/T-1-login");
    expect(await said(clone)).toBe("");
  });

  test("after a merge that kept none of the branch's changes", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login", "-s", "ours");
    remove(clone, "feat/T-1-login");
    expect(await said(clone)).toBe("");
  });

  test("for a branch with newer commits after its merge or squash", async () => {
    for (const land of [merge, squash]) {
      const clone = withBranch();
      land(clone, "feat/T-1-login");
      clone.git("switch", "-q", "feat/T-1-login");
      clone.commit("more", "1\n", "More of it");
      clone.git("switch", "-q", "main");
      expect(await said(clone)).toBe("");
    }
  });

  test("for a branch that was deleted without a merge", async () => {
    const clone = withBranch();
    remove(clone, "feat/T-1-login");
    expect(await said(clone)).toBe("");
  });

  test("for a squash that names the id, if no branch of the task was ever seen", async () => {
    const { clone } = clonedRepositories();
    clone.commit("login", "1\n", "T-1: prepare the login (#12)");
    clone.commit("login", "2\n", "T-1: add the form (#13)");
    push(clone);
    expect(await said(clone)).toBe("");
  });

  test("for a commit that only mentions the task's id", async () => {
    const { clone } = clonedRepositories();
    for (const [at, words] of [
      "T-1: begin the login",
      "Work on T-1",
      "See T-1, and fix the cart",
      "Prepare for T-1",
      "Fix T-1 tests",
    ].entries())
      clone.commit("login", `${at}\n`, words);
    push(clone);
    expect(await said(clone)).toBe("");
  });

  test("for a commit that closes the task on a branch that is not merged", async () => {
    const { clone } = clonedRepositories();
    clone.git("switch", "-q", "-c", "work");
    clone.commit("login", "1\n", "Add the login\n\nCloses T-1");
    clone.git("push", "-q", "origin", "work");
    clone.git("switch", "-q", "main");
    expect(await said(clone)).toBe("");
  });

  test("after the default branch was rewritten without the merge", async () => {
    const clone = withBranch();
    const before = clone.git("rev-parse", "main").trim();
    merge(clone, "feat/T-1-login");
    remove(clone, "feat/T-1-login");
    const db = temporaryCache();
    expect(await said(clone, [login()], { db })).toBe(merged(clone, "main"));
    clone.git("reset", "-q", "--hard", before);
    clone.git("push", "-q", "--force", "origin", "main");
    // Before the monitor has looked again, and after it.
    expect(lineIn(await brief(clone, db, { tasks: [login()] }))).toBe("");
    expect(await said(clone, [login()], { db })).toBe("");
  });

  test("for a task that somebody changed after the merge", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    expect(await said(clone, [login({ updatedAt: "2026-11-20T18:00:00Z" })])).toBe("");
    expect(await said(clone, [login({ updatedAt: "2026-11-20T10:02:00Z" })])).not.toBe("");
  });

  test("for a task that was reopened after the merge, according to the log of changes", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    const db = temporaryCache();
    const key = aKey({ project: clone.folder });
    response(db, [login()], { key, at: saturday - 10 * hour });
    response(db, [], { key, at: saturday - 9 * hour, ended: [login({ status: "completed" })] });
    response(db, [login()], { key, at: saturday - 8 * hour });
    expect(await said(clone, [login()], { db })).toBe("");
  });

  test("for a task that was created after the merge", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    expect(await said(clone, [login({ createdAt: "2026-11-20T12:00:00Z" })])).toBe("");
  });

  test("for another person's task", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    const tasks = [login({ assignees: ["Jun"] }), login({ id: "T-2", assignees: ["Ana"] })];
    expect(await said(clone, tasks, { me: "Ana" })).toBe("");
    expect(await said(clone, tasks, { me: "Jun" })).toBe(merged(clone, "main"));
  });

  test("for a task that was completed since", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    const db = temporaryCache();
    const key = aKey({ project: clone.folder });
    await said(clone, [login()], { db });
    response(db, [], { key, ended: [login({ status: "completed" })] });
    expect(readCurrentMismatches(db, clone.folder).current).toEqual([]);
  });

  test("if a later commit may undo the merge in other words than git's", async () => {
    for (const words of ["Back out T-1, it broke the staging realm", "Roll back #12"]) {
      const clone = withBranch();
      clone.git(
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge pull request #12 from jun/feat/T-1-login",
        "feat/T-1-login",
      );
      clone.commit("login", "nothing\n", words);
      push(clone);
      remove(clone, "feat/T-1-login");
      expect(await said(clone)).toBe("");
    }
  });

  test("if two sources have a task with the same id", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    const db = temporaryCache();
    const keys = ["board", "ops"].map((source) => aKey({ project: clone.folder, source }));
    configureSources(
      db,
      clone.folder,
      keys.map((key) => ({ key, isFallback: false })),
    );
    for (const key of keys) {
      const tasks = [login({ source: key.source })];
      saveResponse(db, key, { tasks, ended: [], notes: null, at: saturday, bySession: null });
    }
    await look(clone, db);
    expect(readCurrentMismatches(db, clone.folder).current).toEqual([]);
  });

  test("for a task in a file of the repository, because the file may be older than the merge", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    const db = temporaryCache();
    const key = aKey({ project: clone.folder, origin: treeOrigin(clone.folder) });
    response(db, [login()], { key, at: saturday + hour });
    await look(clone, db);
    expect(readCurrentMismatches(db, clone.folder).current).toEqual([]);
  });

  test("until a server's tasks are read after the merge, because the server may have closed the task", async () => {
    const clone = withBranch();
    merge(clone, "feat/T-1-login");
    const db = temporaryCache();
    const key = aKey({ project: clone.folder, origin: "https://tracker.example" });
    response(db, [login()], { key, at: saturday - minute });
    await look(clone, db);
    expect(readCurrentMismatches(db, clone.folder).current).toEqual([]);
    response(db, [login()], { key, at: saturday + minute });
    expect(readCurrentMismatches(db, clone.folder).current).toHaveLength(1);
  });
});

describe("the number of an issue", () => {
  const issue = (more: Partial<Task> = {}): Task =>
    login({ id: "42", url: "https://github.com/shop/api/issues/42", ...more });
  const at = (address: string): TestRepository => {
    const { clone } = clonedRepositories();
    clone.commit("login", "1\n", "Add the login\n\nCloses #42");
    push(clone);
    clone.git("remote", "set-url", "origin", address);
    return clone;
  };

  test("is matched in the issue's own repository", async () => {
    for (const address of ["git@github.com:shop/api.git", "https://github.com/Shop/api"]) {
      const clone = at(address);
      expect(await said(clone, [issue()])).toBe(merged(clone, "main", "42"));
    }
  });

  test("is not matched in another repository, or if the issue's repository is unknown", async () => {
    const clone = at("git@github.com:jun/api.git");
    expect(await said(clone, [issue()])).toBe("");
    const known = at("git@github.com:shop/api.git");
    const { url: _url, ...unknown } = issue();
    expect(await said(known, [unknown])).toBe("");
    expect(await said(known, [issue({ url: "https://github.com/shop/web/issues/42" })])).toBe("");
  });

  test("is not matched with a pull request of the same number", async () => {
    const { clone } = clonedRepositories();
    addBranch(clone, "login");
    clone.git("merge", "-q", "--no-ff", "-m", "Merge pull request #42 from jun/login", "login");
    clone.commit("more", "1\n", "Fix the cart (#42)");
    push(clone);
    clone.git("remote", "set-url", "origin", "git@github.com:shop/api.git");
    expect(await said(clone, [issue()])).toBe("");
  });

  test("in a branch's name is matched only if the name has a word of the issue's title", async () => {
    for (const [name, line] of [
      ["42-login", true],
      ["42-days", false],
    ] as const) {
      const clone = withBranch(name);
      merge(clone, name);
      clone.git("remote", "set-url", "origin", "git@github.com:shop/api.git");
      expect(await said(clone, [issue()])).toBe(line ? merged(clone, "main", "42") : "");
    }
  });
});

describe("a completed task", () => {
  /** The task was open, and is completed an hour before the look. */
  async function saidOfCompleted(clone: TestRepository): Promise<string> {
    const db = temporaryCache();
    const key = aKey({ project: clone.folder });
    response(db, [login()], { key, at: saturday - 2 * hour });
    const ended = [login({ status: "completed" })];
    response(db, [], { key, at: saturday - hour, ended });
    await look(clone, db);
    return lineIn(await brief(clone, db, { tasks: [] }));
  }

  test("is reported with the commits of its branch that exist nowhere else", async () => {
    const clone = withBranch("feat/T-1-login", "login", "logout");
    const last = short(clone, "feat/T-1-login");
    expect(await saidOfCompleted(clone)).toBe(
      `Completed, with commits that are nowhere else: T-1 (2 commits on feat/T-1-login, last ${last})`,
    );
  });

  test("is not reported if the commits were pushed, merged, squashed or copied to another branch", async () => {
    const pushed = withBranch();
    pushed.git("push", "-q", "origin", "feat/T-1-login");
    const mergedOne = withBranch();
    merge(mergedOne, "feat/T-1-login");
    const squashed = withBranch();
    squash(squashed, "feat/T-1-login");
    const reworked = withBranch();
    reworked.commit("login", "otherwise\n", "T-1: add the login (#12)");
    push(reworked);
    const copied = withBranch();
    copied.git("branch", "-q", "copy", "feat/T-1-login");
    for (const clone of [pushed, mergedOne, squashed, reworked, copied])
      expect(await saidOfCompleted(clone)).toBe("");
  });
});

describe("the task of a branch that was deleted on the remote", () => {
  test("is reported with the last commit of the branch", async () => {
    const clone = withBranch();
    clone.git("push", "-q", "-u", "origin", "feat/T-1-login");
    clone.git("push", "-q", "origin", "--delete", "feat/T-1-login");
    expect(await said(clone)).toBe(
      `Branch deleted on the remote: T-1 (${short(clone, "feat/T-1-login")}, yesterday 10:00)`,
    );
  });

  test("is reported as merged if a squash with a changed patch names the pull request and the id", async () => {
    const clone = withBranch();
    clone.git("push", "-q", "-u", "origin", "feat/T-1-login");
    clone.commit("login", "reworked\n", "T-1: add the login (#12)");
    push(clone);
    clone.git("push", "-q", "origin", "--delete", "feat/T-1-login");
    expect(await said(clone)).toBe(merged(clone, "main"));
  });
});

describe("a task in progress", () => {
  const old = "2026-11-01T10:00:00Z";
  const later = Date.parse("2026-12-10T10:00:00Z");
  const quiet = (more: Partial<Task> = {}) => [login({ updatedAt: old, ...more })];

  test("is reported as idle after two weeks without a commit, branch or session", async () => {
    const clone = withBranch();
    expect(await said(clone, quiet(), { now: later })).toBe(
      `In progress without a sign of work for two weeks: T-1 (${short(clone, "feat/T-1-login")}, 20 Nov 10:00)`,
    );
    const { clone: other } = clonedRepositories();
    expect(await said(other, quiet(), { now: later })).toBe(
      "In progress without a sign of work for two weeks: T-1 (1 Nov 10:00)",
    );
  });

  test("is not reported as idle after any sign of work, or if the history is too short", async () => {
    const clone = withBranch();
    expect(await said(clone, quiet(), { now: Date.parse("2026-12-02T10:00:00Z") })).toBe("");
    expect(await said(clone, quiet({ updatedAt: "2026-12-01T10:00:00Z" }), { now: later })).toBe(
      "",
    );
    expect(await said(clone, quiet({ status: "pending" }), { now: later })).toBe("");
    const db = temporaryCache();
    const git = aGitState({ root: clone.folder, branch: "feat/T-1-login" });
    const place = { project: clone.folder, worktree: clone.folder, projectName: "shop" };
    saveDelivered(db, {
      ...place,
      id: "s1",
      at: later - day,
      seq: 0,
      delivered: { git, sources: {} },
    });
    expect(await said(clone, quiet(), { db, now: later })).toBe("");
  });
});
