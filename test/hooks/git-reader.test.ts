// What a hook says of a real working tree when git cannot be asked.

import { existsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { GitRecord } from "../../src/core/session.ts";
import type { GitProgram } from "../../src/git/hardened.ts";
import { createGitReader } from "../../src/hooks/git-reader.ts";
import { locateSession } from "../../src/git/repository.ts";
import { aGitState, hour, minute, saturday } from "../support/builders.ts";
import { aGitProgram } from "../support/git-reading.ts";
import { clonedRepositories, temporaryRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** What was read a while ago: too long for it to count as of now. */
function lastRead(folder: string, ago: number): GitRecord {
  const snapshot = { value: aGitState({ head: "as-of-then" }), fetchedAt: saturday - ago };
  return { worktree: folder, project: folder, snapshot, failure: null };
}

async function read(folder: string, last: GitRecord | null, program: GitProgram | null) {
  const codes: string[] = [];
  const report = (code: string): void => void codes.push(code);
  const reader = createGitReader({ git: program, earlyGit: null, report }, 5000);
  return { view: await reader(locateSession(folder), last, saturday), codes };
}

/** A repository on `main` whose index git refuses to read. */
function spoiltRepository(): string {
  const repository = temporaryRepository();
  repository.commit("README.md", "one\n");
  repository.write(".git/index", "rubbish");
  return repository.folder;
}

const marks = ["HEAD", "index", "logs/HEAD", "packed-refs", "config", "refs/remotes/origin"];

/** As if git had last done anything in it then. */
function dateGit(folder: string, at: number, names: readonly string[] = marks): void {
  for (const name of names) {
    const file = join(folder, ".git", name);
    if (existsSync(file)) utimesSync(file, at / 1000, at / 1000);
  }
}

describe("the git state that a hook uses", () => {
  test("is the monitor's if that is recent, without a call of git", async () => {
    const folder = spoiltRepository();
    dateGit(folder, saturday - minute);
    const { view, codes } = await read(folder, lastRead(folder, 1500), aGitProgram());
    expect(view).toMatchObject({ state: { head: "as-of-then" }, failure: null });
    expect(codes).toEqual([]);
  });

  test("is read again if git has written something since, or HEAD names another branch", async () => {
    const repository = temporaryRepository();
    repository.commit("README.md", "one\n");
    const { folder } = repository;
    dateGit(folder, saturday - minute);
    const last = lastRead(folder, 1500);
    const again = { state: { head: repository.git("rev-parse", "HEAD").trim() }, failure: null };
    repository.git("symbolic-ref", "HEAD", "refs/heads/login");
    repository.git("branch", "-f", "login", "main");
    dateGit(folder, saturday - minute);
    expect((await read(folder, last, aGitProgram())).view).toMatchObject(again);
    repository.git("symbolic-ref", "HEAD", "refs/heads/main");
    for (const name of ["HEAD", "index", "logs/HEAD"]) {
      dateGit(folder, saturday - minute);
      expect((await read(folder, last, aGitProgram())).view).not.toMatchObject(again);
      utimesSync(join(folder, ".git", name), saturday / 1000 - 1, saturday / 1000 - 1);
      expect((await read(folder, last, aGitProgram())).view).toMatchObject(again);
    }
  });

  test("is read again after a push", async () => {
    const { clone } = clonedRepositories();
    clone.commit("tracked", "2");
    const { folder } = clone;
    const asOfThen = { state: { head: "as-of-then" } };
    const last = lastRead(folder, 1500);
    dateGit(folder, saturday - minute);
    expect((await read(folder, last, aGitProgram())).view).toMatchObject(asOfThen);
    clone.git("push", "-q");
    const [remote] = marks.slice(-1);
    dateGit(
      folder,
      saturday - minute,
      marks.filter((name) => name !== remote),
    );
    expect((await read(folder, last, aGitProgram())).view).not.toMatchObject(asOfThen);
  });

  test("is read again if the monitor's is too old", async () => {
    const { folder } = temporaryRepository();
    const { view } = await read(folder, lastRead(folder, minute), aGitProgram());
    expect(view).toMatchObject({ state: { branch: "main" }, readAt: saturday, failure: null });
  });

  test("includes the position of the default branch, from which the next brief counts", async () => {
    const { clone, colleague } = clonedRepositories();
    clone.git("checkout", "-q", "-b", "login");
    const last = lastRead(clone.folder, 20 * hour);
    const commitOf = (): string => clone.git("rev-parse", "origin/main").trim();
    const [{ snapshot }, before] = [last, commitOf()];
    if (snapshot !== null) snapshot.value.defaultBranch = { name: "origin/main", commit: before };
    for (const text of ["1", "2", "3"]) colleague.commit("theirs", text);
    colleague.git("push", "-q");
    clone.git("fetch", "-q");
    expect(commitOf()).not.toBe(before);
    for (const known of [last, null]) {
      const { view } = await read(clone.folder, known, aGitProgram());
      const defaultBranch = { name: "origin/main", commit: commitOf(), ahead: 0, behind: 3 };
      expect(view).toMatchObject({ state: { defaultBranch } });
    }
  });

  test("F57: the last git state is used, with its age and the reason, when git fails, and the failure is reported", async () => {
    const folder = spoiltRepository();
    const { view, codes } = await read(folder, lastRead(folder, minute), aGitProgram());
    expect(view).toEqual({
      kind: "state",
      state: aGitState({ head: "as-of-then" }),
      readAt: saturday - minute,
      failure: { code: "git-failed" },
    });
    expect(codes).toEqual(["git-failed"]);
  });

  test("is unknown, with the reason, if it was never read", async () => {
    const { view } = await read(spoiltRepository(), null, aGitProgram());
    expect(view).toEqual({ kind: "unknown", code: "git-failed", branch: "main" });
  });

  test("F54: only the branch from HEAD is used when the last git state is of another branch", async () => {
    const folder = spoiltRepository();
    const last = lastRead(folder, minute);
    if (last.snapshot !== null) last.snapshot.value.branch = "login";
    const { view } = await read(folder, last, aGitProgram());
    expect(view).toEqual({ kind: "unknown", code: "git-failed", branch: "main" });
  });

  test("F47: the git state is unknown on a machine without git", async () => {
    const { folder } = temporaryRepository();
    const { view, codes } = await read(folder, null, null);
    expect(view).toEqual({ kind: "unknown", code: "git-missing", branch: "main" });
    expect(codes).toEqual(["git-missing"]);
  });

  test('is "no repository" outside of one', async () => {
    expect((await read(temporaryFolder(), null, null)).view).toEqual({ kind: "no-repository" });
  });
});

describe("the folder of a session", () => {
  test("is the session's own even if it was deleted, without a repository", () => {
    expect(locateSession("/nowhere/shop-api")).toEqual({
      project: "/nowhere/shop-api",
      projectName: "shop-api",
      worktree: "/nowhere/shop-api",
      isRepository: false,
      branch: null,
    });
  });

  test("has a name even if its path is unknown", () => {
    expect(locateSession(null)).toMatchObject({ projectName: "unknown", isRepository: false });
  });
});
