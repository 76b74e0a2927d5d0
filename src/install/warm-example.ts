// The data of a warm-up run. Without tasks, each session with tasks would need a millisecond more for V8 to compile.

import type { GitState } from "../core/git/git-state.ts";
import type { Task } from "../core/task/task.ts";
import type { Located } from "../git/repository.ts";
import { saveGitState } from "../state/cache/git-states.ts";
import { configureSources, saveResponse } from "../state/cache/task-snapshots.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";

const task: Task = {
  id: "TASK-1",
  source: "warm-up",
  title: "Warm up",
  status: "in_progress",
  priority: "urgent",
  assignees: ["someone"],
  labels: [],
  due: "2026-01-01",
  createdAt: "2026-01-01T00:00:00.000Z",
  dependsOn: [],
  inputs: [],
  outputs: [],
};

/** More than a brief shows: assigned and not, overdue, urgent, blocked and waiting. */
const tasks: readonly Task[] = [
  task,
  { ...task, id: "TASK-2", status: "blocked" },
  { ...task, id: "TASK-3", status: "pending", assignees: [], dependsOn: ["TASK-2"] },
  ...Array.from({ length: 50 }, (_, index): Task => {
    const priority = index % 2 === 0 ? "high" : "urgent";
    return { ...task, id: `TASK-${index + 4}`, status: "pending", priority, assignees: [] };
  }),
];

const id = "0".repeat(40);

const git: Omit<GitState, "root"> = {
  bare: false,
  linkedWorktree: false,
  branch: "main",
  head: id,
  upstream: { name: "origin/main", ahead: 0, behind: 0, gone: false, commit: id },
  counts: { staged: 0, modified: 1, untracked: 0, conflicted: 0 },
  operation: { kind: "rebase", step: 1, total: 2 },
  stashes: 0,
  commits: [{ id, subject: "Warm up", author: "someone", at: "2026-01-01T00:00:00.000Z" }],
  defaultBranch: { name: "origin/main", commit: id },
};

/** Puts the example into a copy of the cache. Its git state is too old to be used, so that git is read too. */
export function putExample(db: Sqlite, { project, worktree }: Located): void {
  const key = { project, source: task.source, origin: "", subject: "" };
  const response = { at: Date.now(), notes: null, ended: [], bySession: null };
  configureSources(db, project, [{ key, isFallback: false }]);
  saveResponse(db, key, { ...response, tasks: tasks.slice(1) });
  saveResponse(db, key, { ...response, tasks });
  saveGitState(db, { worktree, project }, { ...git, root: worktree }, response.at - 3_600_000);
}
