// Builds test data with defaults, so that a test names only the values it is about.

import { unknownIdentity } from "../../src/core/task/identity.ts";
import type { LastHandoff } from "../../src/core/handoff/handoff.ts";
import type { BriefInput } from "../../src/core/brief/brief-input.ts";
import type { GitView } from "../../src/core/brief/git-lines.ts";
import { defaultBriefOptions } from "../../src/core/brief/options.ts";
import type { SourceView } from "../../src/core/brief/source-view.ts";
import type { GitState } from "../../src/core/git/git-state.ts";
import { taskState, type TaskChange } from "../../src/core/news/changes.ts";
import type { SessionRecord } from "../../src/core/session.ts";
import { noNotes } from "../../src/core/ports.ts";
import { countByStatus } from "../../src/core/task/task.ts";
import type { NewTask, Task } from "../../src/core/task/task.ts";
import type { LocalTime } from "../../src/core/time.ts";

/** Saturday 21 November 2026, 10:02 UTC. */
export const saturday: number = Date.UTC(2026, 10, 21, 10, 2);
export const minute = 60_000;
export const hour: number = 60 * minute;
export const day: number = 24 * hour;

/** The calendar of a reader in UTC. */
export function utcCalendar(epochMs: number): LocalTime {
  const date = new Date(epochMs);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
}

export function aTask(overrides: Partial<Task> = {}): Task {
  return { ...aNewTask(), id: "TASK-001", source: "embedded", ...overrides };
}

export function aNewTask(overrides: Partial<NewTask> = {}): NewTask {
  return {
    title: "Add OIDC login",
    status: "pending",
    priority: "medium",
    assignees: [],
    labels: [],
    dependsOn: [],
    inputs: [],
    outputs: [],
    ...overrides,
  };
}

export function aGitState(overrides: Partial<GitState> = {}): GitState {
  return {
    root: "/work/shop-api",
    bare: false,
    linkedWorktree: false,
    branch: "main",
    head: "1111111111111111111111111111111111111111",
    upstream: null,
    counts: { staged: 0, modified: 0, untracked: 0, conflicted: 0 },
    operation: null,
    stashes: 0,
    commits: null,
    defaultBranch: null,
    ...overrides,
  };
}

/** A git state that was read now. */
export function aGitView(overrides: Partial<GitState> = {}): GitView {
  return { kind: "state", state: aGitState(overrides), readAt: saturday, failure: null };
}

/** A fresh response of the embedded store. The counts follow from the tasks, unless they are given. */
export function aSourceView(overrides: Partial<SourceView> = {}): SourceView {
  const tasks = overrides.tasks ?? [];
  return {
    source: "embedded",
    freshness: "fresh",
    fetchedAt: saturday - 12_000,
    failure: null,
    counts: countByStatus(tasks),
    tasks,
    notes: noNotes,
    isFallback: false,
    ...overrides,
  };
}

/** A task before and after a change; null: not listed. */
export const aTaskChange = (
  before: Partial<Task> | null,
  after: Partial<Task> | null,
  taskId = "TASK-51",
): TaskChange => ({
  source: "embedded",
  taskId,
  before: before && taskState(aTask(before)),
  after: after && taskState(aTask(after)),
});

export function aBriefInput(overrides: Partial<BriefInput> = {}): BriefInput {
  return {
    now: saturday,
    calendar: utcCalendar,
    me: unknownIdentity,
    sources: [aSourceView()],
    ended: [],
    cacheError: null,
    isMonitorAlive: true,
    git: aGitView(),
    since: null,
    peers: [],
    options: defaultBriefOptions,
    ...overrides,
  };
}

/** The work that a session left the evening before. */
export function aLeftOff(overrides: Partial<LastHandoff> = {}): LastHandoff {
  return {
    sessionId: "session-0",
    place: "feature/51-login",
    taskId: "TASK-51",
    at: saturday - 16 * hour - 22 * minute,
    said: "Two tests still fail.",
    failed: "npm test",
    files: ["src/auth.ts", "src/a/b.ts"],
    notes: [
      { kind: "decision", text: "Keep the old key", at: saturday - 17 * hour },
      { kind: "dead_end", text: "A second cache", at: saturday - 17 * hour },
    ],
    ...overrides,
  };
}

export function aSessionRecord(overrides: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: "session-1",
    project: "/work/shop-api",
    worktree: "/work/shop-api",
    startedAt: saturday - hour,
    lastSeen: saturday - minute,
    deliveredAt: saturday - hour,
    briefedAt: saturday - hour,
    deliveredSeq: 0,
    delivered: { git: aGitState(), sources: { embedded: null }, peers: [] },
    briefedSeq: 0,
    briefedGit: aGitState(),
    reportedTasks: {},
    endedAt: null,
    ...overrides,
  };
}
