// What takes git several looks: real repositories, and expected values that git itself gives. A hook says the same from
// what the monitor has read, and nothing that is not so any more.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderNews } from "../../src/core/news/news-text.ts";
import { fullGitStateText } from "../../src/core/brief/git-lines.ts";
import { refUpdateTexts } from "../../src/core/brief/since-lines.ts";
import { parseGitState as readBack } from "../../src/core/git/git-state.ts";
import type { GitState } from "../../src/core/git/git-state.ts";
import { findNews } from "../../src/core/news/news.ts";
import { countRefUpdates } from "../../src/git/new-commits.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { createCanary } from "../support/git-canary.ts";
import { aGitProgram, readState, repositoryOf } from "../support/git-reading.ts";
import { clonedRepositories, plainGitEnvironment, repositoryAt } from "../support/repository.ts";
import { temporaryRepository, type TestRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** As the monitor reads it, out of its row in the cache. */
const monitors = async ({ folder }: TestRepository, last: GitState | null = null) => {
  const state = readBack(JSON.parse(JSON.stringify(await readState(folder, { last }))));
  if (state === null) throw new Error("no state");
  return state;
};
const hooks = ({ folder }: TestRepository, last: GitState | null) =>
  readState(folder, { extent: "status", last });
const said = (state: GitState): string => fullGitStateText(state, null);

/** What both say, which is the same. */
async function words(repository: TestRepository): Promise<string> {
  const state = await monitors(repository);
  expect(said(await hooks(repository, state))).toBe(said(state));
  return said(state);
}

const count = ({ git }: TestRepository, ...range: string[]): number =>
  Number(git("rev-list", "--count", ...range).trim());

/** `login` in a clone, pushed and followed, with these commits. */
function onLogin(...names: string[]) {
  const both = clonedRepositories();
  both.clone.git("switch", "-q", "-c", "login");
  for (const name of names) both.clone.commit(name, `${name}\n`, `Add ${name}`);
  both.clone.git("push", "-q", "-u", "origin", "login");
  both.colleague.git("fetch", "-q");
  return both;
}

const refUpdates = async ({ folder }: TestRepository, was: GitState): Promise<string[]> => {
  const program = aGitProgram();
  const caller = { program, run: createSpawnGit(program), timeoutMs: 10_000 };
  return refUpdateTexts({
    refUpdates: await countRefUpdates(repositoryOf(folder), was, was.branch, caller),
  });
};

describe("an upstream that was rewritten", () => {
  const news = (was: GitState, is: GitState): string | null => {
    const now = { git: is, sources: {}, changes: [], peers: [] };
    const items = findNews({ git: was, sources: {} }, now);
    return renderNews({ items, git: null, at: "10:02", now: 0, gitAgeMs: 0 });
  };
  /** The colleague amends the last commit of `login`, which keeps its author. */
  function amended() {
    const both = onLogin("one", "two");
    both.colleague.git("switch", "-q", "login");
    both.colleague.git("commit", "-q", "--amend", "-m", "Add two, better");
    return both;
  }

  test(`is reported under "Since" and as news, whoever the commits' author is`, async () => {
    const { clone, colleague } = amended();
    const was = await monitors(clone);
    colleague.git("push", "-q", "--force");
    clone.git("fetch", "-q");
    const old = was.upstream?.commit ?? "";
    expect(clone.git("merge-base", old, "origin/login").trim()).not.toBe(old);
    const is = await monitors(clone, was);
    expect(is.upstream?.lost).toEqual([old]);
    expect(news(was, is)).toContain(
      `\norigin/login was rewritten; missing here: 1 commit by Ana: "Add two, better".`,
    );
    expect(await refUpdates(clone, was)).toEqual([
      `this branch's upstream was rewritten and lost 1 commit: 1 new commit by Ana: "Add two, better"`,
    ]);
    expect(await refUpdates(clone, is)).toEqual([]);
    expect(news(is, is)).toBeNull();
  });

  test("is found in its reflog, even after later commits", async () => {
    const { clone, colleague } = amended();
    const was = await monitors(clone);
    colleague.git("push", "-q", "--force");
    clone.git("fetch", "-q");
    colleague.commit("three", "3\n");
    colleague.git("push", "-q");
    clone.git("fetch", "-q");
    const is = await monitors(clone);
    expect(news(was, is)).toContain("origin/login was rewritten; missing here: 2 commits");
    expect(await refUpdates(clone, was)).toEqual([
      expect.stringContaining("was rewritten and lost 1 commit: 2 new commits"),
    ]);
  });

  test("is reported when it only dropped commits", async () => {
    const { clone, colleague } = onLogin("one", "two");
    const was = await monitors(clone);
    colleague.git("switch", "-q", "login");
    colleague.git("reset", "-q", "--hard", "HEAD~1");
    colleague.git("push", "-q", "--force");
    clone.git("fetch", "-q");
    const is = await monitors(clone, was);
    expect(news(was, is)).toContain(
      "origin/login was rewritten; none of its commits is missing here.",
    );
    expect(await refUpdates(clone, was)).toEqual([
      "this branch's upstream was rewritten and lost 1 commit",
    ]);
  });

  test("does not include one that only has new commits, or that was rewritten from here", async () => {
    const { clone, colleague } = onLogin("one", "two");
    const was = await monitors(clone);
    colleague.git("switch", "-q", "login");
    colleague.commit("three", "3\n", "Add three");
    colleague.git("push", "-q");
    clone.git("fetch", "-q");
    const moved = await monitors(clone, was);
    expect(moved.upstream).not.toHaveProperty("lost");
    expect(news(was, moved)).toContain("1 new commit on origin/login");
    clone.git("commit", "-q", "--amend", "-m", "Add two, best");
    clone.git("push", "-q", "--force");
    const pushed = await monitors(clone, moved);
    expect(pushed.upstream).not.toHaveProperty("lost");
    expect(news(moved, pushed)).toBeNull();
    expect(await refUpdates(clone, moved)).toEqual([]);
  });
});

describe("commits that the other branch has as different commits", () => {
  test("are counted separately, as git cherry does", async () => {
    const { clone, colleague } = onLogin("one", "two");
    // The colleague puts the branch onto another base.
    colleague.commit("base", "1\n");
    colleague.git("switch", "-q", "login");
    colleague.git("rebase", "-q", "main");
    colleague.git("push", "-q", "--force");
    clone.commit("three", "3\n");
    clone.git("fetch", "-q");
    const there = clone.git("cherry", "origin/login", "login").match(/^-/gm)?.length;
    expect(there).toBe(2);
    const [ahead, behind] = [
      count(clone, "origin/login..login"),
      count(clone, "login..origin/login"),
    ];
    expect(await words(clone)).toContain(
      `login, origin: ${ahead} ahead (${there} of them there under different hashes), ${behind} behind;`,
    );
    clone.git("reset", "-q", "--hard", "HEAD~1");
    expect(await words(clone)).toContain(
      "origin: 2 ahead (there under different hashes), 3 behind;",
    );
    // A hook that has commits of which nothing was read says nothing of it.
    const before = await monitors(clone);
    clone.commit("four", "4\n");
    expect(said(await hooks(clone, before))).toContain("origin: 3 ahead, 3 behind;");
  });

  test("are counted for the default branch too, and other changes are not", async () => {
    const { clone, colleague } = onLogin("one", "two");
    colleague.commit("else", "1\n");
    colleague.git("cherry-pick", "origin/login~1");
    colleague.git("push", "-q");
    clone.git("fetch", "-q");
    expect(clone.git("cherry", "origin/main", "login").match(/^-/gm)).toHaveLength(1);
    expect(await words(clone)).toContain(
      "origin/main: 2 ahead (1 of them there under different hashes), 2 behind",
    );
    const other = clonedRepositories();
    other.colleague.commit("x", "theirs\n");
    other.colleague.git("push", "-q");
    other.clone.commit("x", "ours\n");
    other.clone.git("fetch", "-q");
    expect(await words(other.clone)).toBe("main, origin: 1 ahead, 1 behind; clean");
  });
});

describe("a branch based on a merged or deleted branch", () => {
  /** `second`, of one commit, on `login`, of two. */
  function stacked() {
    const both = onLogin("one", "two");
    both.clone.git("switch", "-q", "-c", "second");
    both.clone.commit("three", "3\n");
    return both;
  }

  test("shows its base after the base was deleted on origin, and what a rebase would take along", async () => {
    const { clone, colleague } = stacked();
    expect(await words(clone)).not.toContain("based on");
    colleague.git("push", "-q", "origin", "--delete", "login");
    colleague.commit("base", "1\n");
    colleague.git("push", "-q");
    clone.git("fetch", "-q", "--prune");
    const all = count(clone, "origin/main..second");
    const of = count(clone, "origin/main..login");
    expect(await words(clone)).toContain(
      `; based on login, which was deleted on origin (${of} of the ${all} commits; 1 is its own: git rebase --onto origin/main login)`,
    );
    // What it says is done.
    clone.git("rebase", "-q", "--onto", "origin/main", "login");
    expect(count(clone, "origin/main..second")).toBe(all - of);
    expect(await words(clone)).not.toContain("based on");
  });

  test("shows its base as merged if the default branch has each of its commits in another form", async () => {
    const { clone, colleague } = stacked();
    colleague.commit("base", "1\n");
    colleague.git("cherry-pick", "origin/main..origin/login");
    colleague.git("push", "-q");
    clone.git("fetch", "-q");
    const text = await words(clone);
    expect(text).toContain(
      "; based on login, which was merged into origin/main as different commits (2 of the 3 commits; 1 is its own:",
    );
    // A hook looks whether the branch is still there.
    const state = await monitors(clone);
    clone.git("branch", "-q", "-D", "login");
    expect(said(await hooks(clone, state))).not.toContain("based on");
  });

  test("shows no base that is half merged, has a local upstream, or has merges above it", async () => {
    const { clone, colleague } = stacked();
    colleague.commit("base", "1\n");
    colleague.git("cherry-pick", "origin/login~1");
    colleague.git("push", "-q");
    clone.git("fetch", "-q");
    expect(await words(clone)).not.toContain("based on");
    clone.git("branch", "-q", "gone");
    clone.git("branch", "-q", "--set-upstream-to", "gone", "login");
    clone.git("branch", "-q", "-D", "gone");
    expect(clone.git("for-each-ref", "--format=%(upstream:track)", "refs/heads/login")).toBe(
      "[gone]\n",
    );
    expect(await words(clone)).not.toContain("based on");
    // A branch of another name is deleted there, this one is not.
    clone.git("config", "branch.login.remote", "origin");
    expect(clone.git("ls-remote", "origin", "login")).not.toBe("");
    expect(await words(clone)).not.toContain("based on");
    clone.git("config", "branch.login.merge", "refs/heads/login");
    clone.git("push", "-q", "origin", "--delete", "login");
    expect(await words(clone)).toContain("based on");
    clone.git("merge", "-q", "--no-edit", "origin/main");
    expect(await words(clone)).not.toContain("based on");
  });
});

describe("incoming changes to files modified here", () => {
  test("are the files that both sides changed", async () => {
    const { clone, colleague } = clonedRepositories();
    for (const name of ["a.txt", "b c.txt", "d.txt"]) colleague.commit(name, "1\n");
    colleague.git("push", "-q");
    clone.git("pull", "-q");
    for (const name of ["a.txt", "b c.txt"]) colleague.commit(name, "2\n");
    colleague.commit("new.txt", "1\n");
    colleague.git("push", "-q");
    clone.git("fetch", "-q");
    for (const name of ["d.txt", "new.txt"]) clone.write(name, "here\n");
    expect(await words(clone)).not.toContain("incoming");
    for (const name of ["b c.txt"]) clone.write(name, "here\n");
    const incoming = clone.git("diff", "--name-only", "HEAD...@{upstream}").split("\n");
    const modified = clone.git("diff", "--name-only", "HEAD").split("\n").filter(Boolean);
    const both = modified.filter((name) => incoming.includes(name));
    expect(both).toEqual(["b c.txt"]);
    const state = await monitors(clone);
    expect(said(state)).toContain('; incoming changes to "b c.txt", modified here');
    expect(spawnSync("git", ["merge", "origin/main"], { cwd: clone.folder }).status).not.toBe(0);
    // A hook compares with what is modified as it looks.
    clone.write("a.txt", "here\n");
    expect(said(await hooks(clone, state))).toContain('to a.txt, "b c.txt", modified here');
    clone.git("checkout", "-q", "--", "a.txt", "b c.txt");
    expect(said(await hooks(clone, state))).not.toContain("incoming");
  });
});

describe("the git state also has", () => {
  test("the default branch of the project that this is a fork of", async () => {
    const { clone, colleague } = clonedRepositories();
    const project = temporaryFolder();
    colleague.git("clone", "-q", "--bare", ".", `${project}/project.git`);
    clone.git("remote", "add", "upstream", `${project}/project.git`);
    clone.git("fetch", "-q", "upstream");
    expect(await words(clone)).toBe("main, same commits as origin; clean");
    for (const text of ["2\n", "3\n"]) colleague.commit("shared", text);
    colleague.git("push", "-q", `${project}/project.git`, "main");
    clone.git("fetch", "-q", "upstream");
    const behind = count(clone, "main..upstream/main");
    expect(behind).toBe(2);
    expect(await words(clone)).toBe(
      `main, same commits as origin; upstream/main: ${behind} behind; clean`,
    );
    clone.git("merge", "-q", "upstream/main");
    expect(await words(clone)).toBe("main, origin: 2 ahead; clean");
  });

  test("the tag that is checked out, the newest version of several", async () => {
    const repository = temporaryRepository();
    repository.commit("one", "1\n");
    repository.git("tag", "v1.9.0");
    repository.git("tag", "-a", "-m", "ten", "v1.10.0");
    repository.git("checkout", "-q", "v1.9.0");
    expect(await words(repository)).toBe("detached at v1.10.0; clean");
    repository.git("pack-refs", "--all");
    expect(await words(repository)).toBe("detached at v1.10.0; clean");
    repository.commit("two", "2\n");
    expect(await words(repository)).toContain("1 commit on no branch or tag; clean");
  });

  test("whether a clone is shallow, and has only one commit", async () => {
    const { colleague } = clonedRepositories();
    for (const text of ["2\n", "3\n"]) colleague.commit("shared", text);
    const parent = repositoryAt(temporaryFolder());
    const at = (depth: string): TestRepository => {
      parent.git("clone", "-q", "--depth", depth, `file://${colleague.folder}`, depth);
      return repositoryAt(`${parent.folder}/${depth}`);
    };
    const one = at("1");
    expect(count(one, "HEAD")).toBe(1);
    expect(await words(one)).toContain("; shallow clone, depth 1");
    expect(await words(at("2"))).toMatch(/; shallow clone$/);
    // The clone advances by three commits, of which a fetch of depth 1 brings one.
    const was = await monitors(one);
    for (const text of ["4\n", "5\n", "6\n"]) colleague.commit("shared", text);
    one.git("fetch", "-q", "--depth", "1");
    expect(count(one, "main..origin/main")).toBe(1);
    expect(count(colleague, "HEAD~3..HEAD")).toBe(3);
    const is = await monitors(one, was);
    expect(is.upstream).not.toHaveProperty("lost");
    expect(said(is)).toContain("; shallow clone, depth 1 (its commit counts may be off)");
    expect(await refUpdates(one, was)).toEqual(["this branch's upstream is at another commit"]);
    one.git("fetch", "-q", "--unshallow");
    expect(await words(one)).not.toContain("shallow");
  });

  test("a submodule at another commit, staged or not", async () => {
    const [inner, outer] = [temporaryRepository(), temporaryRepository()];
    inner.commit("one", "1\n");
    const allowed = "protocol.file.allow=always";
    outer.git("-c", allowed, "submodule", "add", "-q", inner.folder, "vendor/proto");
    outer.git("commit", "-q", "-m", "vendor");
    expect(await words(outer)).toBe("main, no remote; clean");
    repositoryAt(`${outer.folder}/vendor/proto`).commit("two", "2\n");
    const named = "; submodule vendor/proto changed";
    expect(outer.git("submodule", "summary")).toContain("vendor/proto");
    expect(await words(outer)).toContain(`1 modified${named}`);
    outer.git("add", "vendor/proto");
    expect(await words(outer)).toContain(`1 staged${named}`);
    outer.git("commit", "-q", "-m", "newer");
    repositoryAt(`${outer.folder}/vendor/proto`).write("one", "dirty\n");
    expect(await words(outer)).toBe("main, no remote; clean");
  });

  test("the last stash when it is old or from another branch", async () => {
    const repository = temporaryRepository();
    repository.commit("one", "1\n");
    repository.write("one", "2\n");
    repository.git("stash", "-q");
    const at = Number(repository.git("log", "-1", "--format=%ct", "stash@{0}").trim()) * 1000;
    const later = async (days: number) =>
      fullGitStateText(await monitors(repository), at + days * 86_400_000);
    expect(await later(0)).toMatch(/; 1 stash$/);
    expect(await later(9)).toMatch(/; 1 stash \(9 d old\)$/);
    repository.git("switch", "-q", "-c", "login");
    expect(await later(9)).toMatch(/; 1 stash \(9 d old, made on main\)$/);
    repository.write("one", "3\n");
    repository.git("stash", "push", "-q", "-m", "later");
    expect(await later(0)).toMatch(/; 2 stashes$/);
    repository.git("switch", "-q", "--detach");
    repository.git("stash", "drop", "-q");
    expect(await later(9)).toMatch(/; 1 stash \(9 d old, made on main\)$/);
  });

  test("no commit for a rebase that stopped without a conflict", async () => {
    const repository = temporaryRepository();
    for (const name of ["one", "two", "three"]) repository.commit(name, "1\n", `Add ${name}`);
    const env = { ...plainGitEnvironment, GIT_SEQUENCE_EDITOR: "sed -i 1abreak" };
    spawnSync("git", ["rebase", "-i", "HEAD~2"], { cwd: repository.folder, env });
    expect(await words(repository)).toMatch(
      /A rebase of main .* is stopped at step \d of \d; nothing is in conflict\.$/,
    );
  });
});

describe("a program that a repository names", () => {
  /** Away from its upstream both ways, by the same change of a file that is also modified. */
  function diverged() {
    const { clone, colleague } = clonedRepositories();
    colleague.commit("other", "1\n");
    colleague.commit("tracked", "same\n");
    colleague.git("push", "-q");
    clone.commit("tracked", "same\n");
    clone.git("fetch", "-q");
    clone.write("tracked", "here\n");
    return clone;
  }
  const plainly = ({ folder }: TestRepository, ...args: string[]): unknown =>
    spawnSync("git", args, { cwd: folder, env: plainGitEnvironment, timeout: 5000 });

  test("A1-A8: a program that a repository names as diff driver is not started, while plain git starts it", async () => {
    const [clone, canary] = [diverged(), createCanary()];
    for (const key of ["diff.external", "diff.x.command", "diff.x.textconv"])
      clone.git("config", key, canary.program);
    clone.write(".git/info/attributes", "* diff=x\n");
    const state = await monitors(clone);
    expect(state.upstream?.same).toBe(1);
    expect(state.overlap).toEqual(["tracked"]);
    expect(canary.hasFired()).toBe(false);
    plainly(clone, "diff", "HEAD...@{upstream}");
    expect(canary.hasFired()).toBe(true);
  });

  test("A1-A8: a program that a repository names as server for a missing file is not started, and data that needs the file is left out", async () => {
    const [clone, canary] = [diverged(), createCanary()];
    const blob = clone.git("rev-parse", "HEAD:tracked").trim();
    rmSync(join(clone.folder, ".git/objects", blob.slice(0, 2), blob.slice(2)), { force: true });
    clone.git("config", "core.repositoryFormatVersion", "1");
    clone.git("config", "extensions.partialClone", "origin");
    clone.git("config", "remote.origin.promisor", "true");
    clone.git("config", "remote.origin.uploadpack", canary.program);
    const state = await monitors(clone);
    expect(state.upstream).toMatchObject({ ahead: 1, behind: 2 });
    expect(state.upstream).not.toHaveProperty("same");
    expect(canary.hasFired()).toBe(false);
    plainly(clone, "rev-list", "--left-right", "--cherry-mark", "--count", "HEAD...@{upstream}");
    expect(canary.hasFired()).toBe(true);
  });
});
