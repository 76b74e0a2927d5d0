import { describe, expect, test } from "vitest";
import { allGitWords, gitLine } from "../../../src/core/brief/git-lines.ts";
import type { GitView } from "../../../src/core/brief/git-lines.ts";
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
  ])("%s", ([, state, words]) => {
    expect(allGitWords(aGitState(state), saturday)).toBe(words);
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
