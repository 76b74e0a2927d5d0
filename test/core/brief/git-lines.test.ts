import { describe, expect, test } from "vitest";
import { fullGitStateText, gitLine, operationTexts } from "../../../src/core/brief/git-lines.ts";
import type { GitView } from "../../../src/core/brief/git-lines.ts";
import { operationSentence } from "../../../src/core/brief/operation-lines.ts";
import { plainMarkup } from "../../../src/core/brief/options.ts";
import type { GitState } from "../../../src/core/git/git-state.ts";
import { aGitState, day, hour, minute, saturday, utcCalendar } from "../../support/builders.ts";

const context = {
  hasSources: false,
  style: plainMarkup,
  now: utcCalendar(saturday),
  calendar: utcCalendar,
};
const clean = { staged: 0, modified: 0, untracked: 0, conflicted: 0 };
const upstream = { name: "origin/main", ahead: 0, behind: 0, gone: false };

describe("a working tree in words", () => {
  test.for<[string, Partial<GitState>, string]>([
    ["clean on a branch", {}, "main, no upstream; clean"],
    [
      "files of each kind, the conflicts first",
      { counts: { staged: 3, modified: 2, untracked: 1, conflicted: 4 } },
      "main, no upstream; 4 in conflict, 3 staged, 2 modified, 1 untracked",
    ],
    [
      "only what there is of them",
      { counts: { ...clean, untracked: 7 } },
      "main, no upstream; 7 untracked",
    ],
    ["as its upstream", { upstream }, "main, same commits as origin; clean"],
    [
      "ahead of its upstream",
      { upstream: { ...upstream, ahead: 2 } },
      "main, origin: 2 ahead; clean",
    ],
    [
      "behind its upstream",
      { upstream: { ...upstream, behind: 1 } },
      "main, origin: 1 behind; clean",
    ],
    [
      "away from its upstream both ways",
      { upstream: { ...upstream, ahead: 2, behind: 1 } },
      "main, origin: 2 ahead, 1 behind; clean",
    ],
    [
      "its upstream gone",
      { upstream: { ...upstream, gone: true } },
      "main, deleted on origin; clean",
    ],
    [
      "a local branch as upstream",
      { upstream: { ...upstream, name: "main" } },
      "main, same commits as main; clean",
    ],
    [
      "detached",
      { branch: null, head: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d" },
      "detached at 1a2b3c4d5; clean",
    ],
    [
      "detached at an id with many letters",
      { branch: null, head: "db97fd7bc5e6f708192a3b4c5d6e7f8091a2b3c4" },
      "detached at db97fd7bc; clean",
    ],
    ["before the first commit", { head: null }, "main, no commits yet; clean"],
    [
      "before the first commit, without a branch",
      { branch: null, head: null },
      "no branch, no commits yet; clean",
    ],
    ["bare: no files are counted", { bare: true, branch: null }, "bare repository"],
    [
      "in the middle of a rebase",
      {
        branch: null,
        operation: { kind: "rebase", step: 2, total: 5, branch: "feature/TASK-51" },
      },
      "detached; clean. A rebase of feature/TASK-51 is stopped at step 2 of 5; nothing is in conflict.",
    ],
    [
      "in the middle of a merge with conflicts",
      { counts: { ...clean, conflicted: 1 }, operation: { kind: "merge" } },
      "main, no upstream; 1 in conflict. A merge is not finished.",
    ],
    [
      "an operation that says one number only",
      { operation: { kind: "am", step: 2 } },
      "main, no upstream; clean. git am is not finished.",
    ],
    ["stashes", { stashes: 2 }, "main, no upstream; clean; 2 stashes"],
    [
      "the last stash's age and branch",
      { stashes: 2, stash: { at: saturday - 9 * day, branch: "login" } },
      "main, no upstream; clean; 2 stashes (the last 9 d old, made on login)",
    ],
    [
      "a push that will need force",
      {
        counts: { ...clean, conflicted: 2 },
        conflicts: ["a", "b"],
        operation: {
          kind: "rebase",
          step: 2,
          total: 3,
          branch: "login",
          other: "main",
          subject: 'Say "in"',
          forces: true,
        },
      },
      `main, no upstream; 2 in conflict. A rebase of login onto main is stopped at step 2 of 3 ("Say 'in'"); conflicts: "a", "b". The pushed branch needs a force push afterwards.`,
    ],
    ["a linked worktree", { linkedWorktree: true }, "main, no upstream; clean; linked worktree"],
    [
      "a branch name cut at 80",
      { branch: "x".repeat(200) },
      `"${"x".repeat(79)}…", no upstream; clean`,
    ],
    [
      "names that attack: branch, remote and the branch being rebased",
      {
        branch: 'a"`rm`\u202E',
        upstream: { ...upstream, name: 'evil"\u200B remote/main' },
        operation: { kind: "rebase", branch: 'b"<x>' },
      },
      `"a''rm'", same commits as "evil' remote/main"; clean. A rebase of "b'‹x›" is not finished; nothing is in conflict.`,
    ],
    [
      "conflicts by name, outside an operation",
      { counts: { ...clean, conflicted: 3 }, conflicts: ["a.ts", "b.ts"] },
      'main, no upstream; 3 in conflict ("a.ts", "b.ts" and 1 more)',
    ],
    [
      "a detached commit that nothing else has",
      { branch: null, loose: 1 },
      "detached at 111111111, 1 commit on no branch or tag; clean",
    ],
    [
      "as many of them as are counted",
      { branch: null, loose: 100 },
      "detached at 111111111, 100 or more commits on no branch or tag; clean",
    ],
    ["a tag checked out", { branch: null, tag: "v1.2" }, "detached at v1.2; clean"],
    [
      "a submodule at another commit",
      { submodules: ["lib"] },
      "main, no upstream; clean; submodule lib changed",
    ],
    [
      "several submodules",
      { submodules: ["a", "b", "c", "d"] },
      "main, no upstream; clean; submodules a, b, c and more changed",
    ],
    [
      "files that both sides changed",
      { overlap: ["a.ts"] },
      "main, no upstream; clean; incoming changes to a.ts, modified here",
    ],
    [
      "one stash, of this branch and a day old: nothing about it",
      { stashes: 1, stash: { at: saturday - day, branch: "main" } },
      "main, no upstream; clean; 1 stash",
    ],
    [
      "one old stash",
      { stashes: 1, stash: { at: saturday - 3 * day } },
      "main, no upstream; clean; 1 stash (3 d old)",
    ],
    [
      "a stash of another branch, dated in the future",
      { stashes: 1, stash: { at: saturday + day, branch: "login" } },
      "main, no upstream; clean; 1 stash (made on login)",
    ],
    [
      "a clone of one commit",
      { shallow: "tip" },
      "main, no upstream; clean; shallow clone, depth 1",
    ],
    [
      "a shallow clone with counts",
      { shallow: "some", upstream: { ...upstream, behind: 1 } },
      "main, origin: 1 behind; clean; shallow clone (its commit counts may be off)",
    ],
  ])("%s", ([, state, words]) => {
    expect(fullGitStateText(aGitState(state), saturday)).toBe(words);
  });

  test("no ages are given when the current time is unknown", () => {
    const state = aGitState({
      upstream,
      fetchedAt: saturday - 9 * day,
      stashes: 1,
      stash: { at: saturday - 9 * day },
    });
    expect(fullGitStateText(state, null)).toBe("main, same commits as origin; clean; 1 stash");
  });
});

describe("a branch and its remotes in words", () => {
  const base = { name: "origin/main", commit: "2".repeat(40), ahead: 0, behind: 0 };
  const own = { ...upstream, name: "origin/login" };
  test.for<[string, Partial<GitState>, string]>([
    ["never pushed", { pushed: "never" }, "login, not pushed; clean"],
    ["without a remote", { pushed: "no-remote" }, "login, no remote; clean"],
    ["pushed, and following nothing", { pushed: "yes" }, "login, no upstream; clean"],
    [
      "following the default branch, never pushed",
      { upstream, pushed: "never", defaultBranch: base },
      "login, same commits as origin/main; not pushed; clean",
    ],
    [
      "following a default branch that was deleted",
      { upstream: { ...upstream, gone: true }, pushed: "never", defaultBranch: base },
      "login, its upstream origin/main was deleted; clean",
    ],
    [
      "following a branch of its own, which says that it was pushed",
      { upstream: own, pushed: "never", defaultBranch: base },
      "login, same commits as origin; clean",
    ],
    [
      "with commits that the upstream has as others",
      { upstream: { ...own, ahead: 2, behind: 1, same: 1 } },
      "login, origin: 2 ahead (1 of them there under different hashes), 1 behind; clean",
    ],
    [
      "with only such commits",
      { upstream: { ...own, ahead: 2, same: 2 } },
      "login, origin: 2 ahead (there under different hashes); clean",
    ],
    [
      "as far from its upstream both ways",
      { upstream: { ...own, ahead: 1, behind: 1 } },
      "login, origin: 1 ahead, 1 behind; clean",
    ],
    [
      "away from the default branch",
      { defaultBranch: { ...base, ahead: 3, behind: 2 } },
      "login, no upstream; origin/main: 3 ahead, 2 behind; clean",
    ],
    [
      "with commits that the default branch lacks",
      { defaultBranch: { ...base, ahead: 3 } },
      "login, no upstream; origin/main: 3 ahead; clean",
    ],
    [
      "with such commits, and deleted on the remote",
      { upstream: { ...own, gone: true }, defaultBranch: { ...base, ahead: 3 } },
      "login, deleted on origin; origin/main: 3 ahead; clean",
    ],
    [
      "with such commits, pushed: that goes without saying",
      { upstream: own, defaultBranch: { ...base, ahead: 3 } },
      "login, same commits as origin; clean",
    ],
    [
      "behind the default branch, pushed",
      { upstream: own, defaultBranch: { ...base, behind: 2 } },
      "login, same commits as origin; origin/main: 2 behind; clean",
    ],
    [
      "following the default branch, whose distance is said once",
      { upstream: { ...upstream, behind: 2 }, defaultBranch: { ...base, behind: 2 } },
      "login, origin/main: 2 behind; clean",
    ],
    ["level with the default branch", { defaultBranch: base }, "login, no upstream; clean"],
    [
      "behind the project that it is a fork of",
      { fork: { name: "upstream/main", commit: "3", behind: 4 } },
      "login, no upstream; upstream/main: 4 behind; clean",
    ],
    [
      "level with that project",
      { fork: { name: "upstream/main", commit: "3" } },
      "login, no upstream; clean",
    ],
    [
      "behind that project, whose distance was said",
      {
        upstream: { ...upstream, name: "upstream/main", behind: 4 },
        fork: { name: "upstream/main", commit: "3", behind: 4 },
      },
      "login, upstream/main: 4 behind; clean",
    ],
    [
      "as of a fetch days ago",
      { upstream: own, fetchedAt: saturday - 3 * day },
      "login, same commits as origin; last fetch 3 d ago; clean",
    ],
    [
      "as of a fetch a day ago",
      { upstream: own, fetchedAt: saturday - day },
      "login, same commits as origin; clean",
    ],
    [
      "as of a fetch in the future",
      { upstream: own, fetchedAt: saturday + day },
      "login, same commits as origin; clean",
    ],
    [
      "without a remote to fetch from",
      { pushed: "no-remote", fetchedAt: saturday - 3 * day },
      "login, no remote; clean",
    ],
    [
      "based on a branch that was merged in another form",
      { defaultBranch: base, below: { name: "api", commit: "4", of: 2, all: 3 } },
      "login, no upstream; based on api, which was merged into origin/main as different commits (2 of the 3 commits; 1 is its own: git rebase --onto origin/main api); clean",
    ],
    [
      "based on a branch that was deleted",
      { defaultBranch: base, below: { name: "api", commit: "4", of: 2, all: 4, goneOn: "origin" } },
      "login, no upstream; based on api, which was deleted on origin (2 of the 4 commits; 2 are its own: git rebase --onto origin/main api); clean",
    ],
    [
      "based on a branch, where the default branch is not known",
      { below: { name: "api", commit: "4", of: 2, all: 4 } },
      "login, no upstream; clean",
    ],
  ])("%s", ([, state, words]) => {
    expect(fullGitStateText(aGitState({ branch: "login", ...state }), saturday)).toBe(words);
  });
});

describe("an operation that has stopped, as a sentence", () => {
  test.for<[string, Partial<GitState>, string | null]>([
    ["none", {}, null],
    [
      "a rebase of a branch that was never pushed",
      { pushed: "never", operation: { kind: "rebase", branch: "login", other: "main" } },
      "A rebase of login (not pushed) onto main is not finished; nothing is in conflict.",
    ],
    [
      "a merge on a branch that was never pushed",
      { pushed: "never", operation: { kind: "merge", branch: "login" } },
      "A merge of login is not finished; nothing is in conflict.",
    ],
    [
      "a merge of a branch",
      { operation: { kind: "merge", other: "login" } },
      "A merge of login is not finished; nothing is in conflict.",
    ],
    [
      "patches",
      { operation: { kind: "am", step: 2, total: 5 } },
      "git am is stopped at patch 2 of 5.",
    ],
    ["a step of unknown many", { operation: { kind: "am", total: 5 } }, "git am is not finished."],
    [
      "more files in conflict than are named",
      {
        counts: { ...clean, conflicted: 3 },
        conflicts: ["a.ts"],
        operation: { kind: "merge" },
      },
      'A merge is not finished; conflicts: "a.ts" and 2 more.',
    ],
    [
      "a bisect, from a branch",
      { operation: { kind: "bisect", branch: "main", other: "x", good: 2, bad: 1 } },
      "Bisecting from main (2 good, 1 bad so far).",
    ],
    [
      "a bisect, from a commit, of which one count is known",
      { operation: { kind: "bisect", other: "v1.2", good: 2 } },
      "Bisecting from v1.2.",
    ],
    ["a bisect from somewhere", { operation: { kind: "bisect", bad: 1 } }, "Bisecting."],
  ])("%s", ([, state, sentence]) => {
    expect(operationSentence(aGitState(state))).toBe(sentence);
    const view = { kind: "state", state: aGitState(state), readAt: saturday } as const;
    expect(operationTexts({ ...view, failure: null })).toEqual(sentence === null ? [] : [sentence]);
    // An old state's line has the sentence itself.
    expect(operationTexts({ ...view, failure: { code: "git-timeout" } })).toEqual([]);
  });

  test("is added to an old line, and not to a current one", () => {
    const state = aGitState({ branch: null, operation: { kind: "bisect" } });
    const view = { kind: "state", state, readAt: saturday } as const;
    expect(gitLine({ ...view, failure: null }, context, saturday)).toBe("Git: detached; clean");
    expect(gitLine({ ...view, failure: { code: "git-missing" } }, context, saturday)).toBe(
      "Git as of 10:02, 0 s ago (git was not found): detached; clean. Bisecting.",
    );
  });
});

describe("the line says when the state was read, unless it is current", () => {
  const state = aGitState();
  test.for<[string, GitView, string]>([
    [
      "of this moment",
      { kind: "state", state, readAt: saturday, failure: null },
      "Git: main, no upstream; clean",
    ],
    [
      "a second old",
      { kind: "state", state, readAt: saturday - 1000, failure: null },
      "Git: main, no upstream; clean",
    ],
    [
      "a millisecond older",
      { kind: "state", state, readAt: saturday - 1001, failure: null },
      "Git read 1 s ago: main, no upstream; clean",
    ],
    [
      "eight seconds old",
      { kind: "state", state, readAt: saturday - 8000, failure: null },
      "Git read 8 s ago: main, no upstream; clean",
    ],
    [
      "a minute old",
      { kind: "state", state, readAt: saturday - minute, failure: null },
      "Git as of 10:01, 1 min ago: main, no upstream; clean",
    ],
    [
      "an older snapshot, with the reason",
      {
        kind: "state",
        state,
        readAt: saturday - 2 * hour,
        failure: { code: "git-timeout" },
      },
      "Git as of 08:02, 2 h ago (git did not respond in time): main, no upstream; clean",
    ],
    [
      "yesterday's",
      { kind: "state", state, readAt: saturday - day, failure: null },
      "Git as of yesterday 10:02, 24 h ago: main, no upstream; clean",
    ],
    [
      "recent, and git has failed since",
      { kind: "state", state, readAt: saturday - 5000, failure: { code: "git-missing" } },
      "Git as of 10:01, 5 s ago (git was not found): main, no upstream; clean",
    ],
    [
      "from the future: the clock was put back",
      { kind: "state", state, readAt: saturday + 2 * minute, failure: null },
      "Git as of an unknown time (the clock was changed): main, no upstream; clean",
    ],
    ["no repository", { kind: "no-repository" }, "Git: not in a repository."],
    [
      "nothing known",
      { kind: "unknown", code: "git-timeout" },
      "Git: unknown, git did not respond in time.",
    ],
    [
      "nothing known but what HEAD names",
      { kind: "unknown", code: "git-timeout", branch: "login" },
      "Git: login; the rest is unknown, git did not respond in time.",
    ],
  ])("%s", ([, view, line]) => {
    expect(gitLine(view, context, saturday)).toBe(line);
  });
});
