// The lines of a brief that are about something beside the list of tasks.

import { describe, expect, test } from "vitest";
import { currentBranch } from "../../../src/core/brief/task-list.ts";
import type { BriefInput } from "../../../src/core/brief/brief-input.ts";
import type { GitView } from "../../../src/core/brief/git-lines.ts";
import { taskState } from "../../../src/core/news/changes.ts";
import type { TaskChange } from "../../../src/core/news/changes.ts";
import { aGitState, aGitView, aTask, day, hour, minute, saturday } from "../../support/builders.ts";
import { aBrief } from "../../support/rendered-brief.ts";

describe("the repository", () => {
  const counts = { staged: 3, modified: 2, untracked: 1, conflicted: 0 };
  const upstream = { name: "origin/main", ahead: 2, behind: 1, gone: false };
  const gitLineOf = (git: GitView): string | undefined =>
    aBrief({ git })
      .split("\n")
      .find((line) => line.startsWith("Git"));

  test.for<[string, GitView, string]>([
    ["detached", aGitView({ branch: null }), "Git: detached at 111111111; clean"],
    ["before its first commit", aGitView({ head: null }), "Git: main, no commits yet; clean"],
    ["bare", aGitView({ bare: true, branch: null }), "Git: bare repository"],
    [
      "in a rebase",
      aGitView({ branch: null, operation: { kind: "rebase", step: 2, total: 5, branch: "login" } }),
      "Git: detached; clean",
    ],
    [
      "in conflict",
      aGitView({ counts: { ...counts, conflicted: 2 }, operation: { kind: "merge" } }),
      "Git: main, no upstream; 2 in conflict, 3 staged, 2 modified, 1 untracked",
    ],
    [
      "ahead and behind",
      aGitView({ upstream, counts }),
      "Git: main, origin: 2 ahead, 1 behind; 3 staged, 2 modified, 1 untracked",
    ],
    [
      "without its upstream",
      aGitView({ upstream: { ...upstream, gone: true } }),
      "Git: main, deleted on origin; clean",
    ],
    [
      "from an older snapshot",
      {
        kind: "state",
        state: aGitState({ upstream, counts }),
        readAt: saturday - 25 * minute,
        failure: { code: "git-timeout" },
      },
      "Git as of 09:37, 25 min ago (git did not respond in time): main, origin: 2 ahead, 1 behind; 3 staged, 2 modified, 1 untracked",
    ],
    ["none", { kind: "no-repository" }, "Git: not in a repository."],
    ["not known", { kind: "unknown", code: "git-missing" }, "Git: unknown, git was not found."],
  ])("%s", ([, git, line]) => {
    expect(gitLineOf(git)).toBe(line);
  });

  test.for<[string, GitView, string | null]>([
    ["the one checked out", aGitView({ branch: "main" }), "main"],
    [
      "the one being rebased",
      aGitView({ branch: null, operation: { kind: "rebase", branch: "feature/TASK-51" } }),
      "feature/TASK-51",
    ],
    ["none when detached", aGitView({ branch: null }), null],
    ["none without a repository", { kind: "no-repository" }, null],
    ["none when git is not known", { kind: "unknown", code: "git-failed" }, null],
  ])("tasks are matched with a branch: %s", ([, git, branch]) => {
    expect(currentBranch(git)).toBe(branch);
  });
});

describe("what happened since the last session", () => {
  const added: TaskChange = {
    source: "embedded",
    taskId: "TASK-1",
    before: null,
    after: taskState(aTask()),
  };
  const done: TaskChange = {
    source: "embedded",
    taskId: "TASK-2",
    before: taskState(aTask()),
    after: taskState(aTask({ status: "completed" })),
  };
  const sinceLine = (since: BriefInput["since"]): string | undefined =>
    aBrief({ since })
      .split("\n")
      .find((line) => line.startsWith("Since"));

  test.for<[string, BriefInput["since"], string | undefined]>([
    [
      "yesterday",
      { at: saturday - 15 * hour - 42 * minute, changes: [added, added, done], refUpdates: [] },
      "Since the last brief here (yesterday 18:20): TASK-1 new; TASK-2 completed",
    ],
    [
      "today",
      { at: saturday - hour, changes: [done], refUpdates: [] },
      "Since the last brief here (09:02): TASK-2 completed",
    ],
    [
      "last month",
      { at: saturday - 30 * day, changes: [added], refUpdates: [] },
      "Since the last brief here (22 Oct 10:02): TASK-1 new",
    ],
    ["nothing that is named", { at: saturday - hour, changes: [], refUpdates: [] }, undefined],
    ["there was none", null, undefined],
  ])("%s", ([, since, line]) => {
    expect(sinceLine(since)).toBe(line);
  });
});
