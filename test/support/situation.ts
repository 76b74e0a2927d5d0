// Runs a hook on a made-up state in a real cache file, live folder and news. test/support/world.ts makes real states.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openCache } from "../../src/state/cache/cache-file.ts";
import { setEntry } from "../../src/state/cache/cache-entries.ts";
import { saveGitState } from "../../src/state/cache/git-states.ts";
import { readLiveSessions, saveDelivered } from "../../src/state/cache/sessions.ts";
import { lastChangeSeq } from "../../src/state/cache/task-changes.ts";
import {
  configureSources,
  saveResponse,
  saveFailure,
} from "../../src/state/cache/task-snapshots.ts";
import type { RefUpdate } from "../../src/core/brief/since-lines.ts";
import type { GitView } from "../../src/core/brief/git-lines.ts";
import { hookSettingsKey } from "../../src/core/hook-settings.ts";
import type { GitState } from "../../src/core/git/git-state.ts";
import { noNotes } from "../../src/core/ports.ts";
import type { Task } from "../../src/core/task/task.ts";
import type { HookInput } from "../../src/hooks/input.ts";
import { createPreToolUse } from "../../src/hooks/pre-tool-use.ts";
import type { CallKind } from "../../src/hooks/pre-tool-use.ts";
import { createSessionStart } from "../../src/hooks/session-start.ts";
import type { SessionStartDeps } from "../../src/hooks/session-start.ts";
import { createSubagentStart } from "../../src/hooks/subagent-start.ts";
import {
  findConcerns,
  markFileReported,
  readSessionFiles,
} from "../../src/state/live/watched-files.ts";
import { claimNews } from "../../src/state/live/pending-news.ts";
import { createNewsKeeper } from "../../src/monitor/news-keeper.ts";
import type { Sqlite } from "../../src/state/sqlite/sqlite.ts";
import { openCacheReader } from "../../src/hooks/cache-reader.ts";
import { aGitState, aTask, minute, saturday, utcCalendar } from "./builders.ts";
import { aKey } from "./cache.ts";
import { temporaryFolder } from "./temporary.ts";

/** The tasks in the form of a file, or a number of generated ones. */
type TaskList = Partial<Task>[] | { many: number };

interface RecordedSource {
  name: string;
  /** Its response when the recorded sessions read their news; absent: the same as now. */
  before?: TaskList;
  /** Its response now; absent: it never answered. */
  tasks?: TaskList;
  /** Tasks that ended since then. */
  ended?: Partial<Task>[];
  minutesOld?: number;
  failure?: { code: string; minutesOld: number };
}

interface RecordedSession {
  id: string;
  minutesAgo: number;
  worktree?: string;
  git?: Partial<GitState>;
  sources?: Record<string, string | null>;
}

/** The state that a test describes. Everything happens on Saturday 21 November 2026 at 10:02 UTC. */
export interface Situation {
  event: "session-start" | "subagent-start" | "tool-call";
  source?: string;
  settings?: unknown;
  sources?: RecordedSource[];
  git?: Partial<GitState> | "no-repository" | { unknown: string };
  gitMinutesOld?: number;
  gitFailure?: string;
  sessions?: RecordedSession[];
  moves?: RefUpdate[];
  isMonitorDead?: boolean;
  isCacheMissing?: boolean;
  call?: { kind: CallKind; toolName: string; toolInput: Record<string, string> };
}

const project = "/work/shop-api";
const place = {
  project,
  projectName: "shop-api",
  worktree: project,
  isRepository: true,
};

const verbs = ["Fix", "Add", "Remove", "Document", "Speed up"];
const things = ["the cart total", "login by SMS", "the export job", "search", "invoices"];
const priorities = ["low", "medium", "none", "low", "medium"] as const;

function tasksOf(list: TaskList, source: string): Task[] {
  if (Array.isArray(list)) return list.map((task) => aTask({ source, priority: "none", ...task }));
  return Array.from({ length: list.many }, (_, index) =>
    aTask({
      source,
      id: `SHOP-${index + 1}`,
      title: `${verbs[index % 5] ?? ""} ${things[Math.floor(index / 5) % 5] ?? ""}`,
      priority: priorities[index % 5] ?? "none",
      createdAt: new Date(saturday - (list.many - index) * minute).toISOString(),
    }),
  );
}

function fillCache(db: Sqlite, situation: Situation): void {
  const sources = situation.sources ?? [{ name: "embedded", tasks: [] }];
  const keyOf = (source: string) =>
    aKey({
      source,
      origin: source === "embedded" ? "file:/home/ana/tasks.db" : `https://${source}.example`,
    });
  const save = (source: RecordedSource, list: TaskList, at: number): void =>
    saveResponse(db, keyOf(source.name), {
      tasks: tasksOf(list, source.name),
      ended: tasksOf(source.ended ?? [], source.name),
      notes: noNotes,
      at,
      bySession: null,
    });
  configureSources(
    db,
    project,
    sources.map(({ name }) => ({ key: keyOf(name), isFallback: false })),
  );
  for (const source of sources) {
    const list = source.before ?? source.tasks;
    if (list !== undefined) save({ ...source, ended: [] }, list, saturday - 3000 * minute);
  }
  const seq = lastChangeSeq(db);
  for (const session of situation.sessions ?? []) {
    const worktree = session.worktree ?? project;
    const git = aGitState({ root: worktree, ...session.git });
    const known = session.sources ?? Object.fromEntries(sources.map(({ name }) => [name, null]));
    const at = saturday - session.minutesAgo * minute;
    const delivered = { git, sources: known, peers: [] };
    saveDelivered(db, {
      id: session.id,
      project,
      projectName: "shop-api",
      worktree,
      at,
      seq,
      delivered,
    });
    if (worktree !== project) saveGitState(db, { worktree, project }, git, at);
  }
  for (const source of sources) {
    const at = saturday - (source.minutesOld ?? 0.2) * minute;
    if (source.tasks !== undefined) save(source, source.tasks, at);
    if (source.failure !== undefined) {
      const since = saturday - source.failure.minutesOld * minute;
      const failure = {
        code: source.failure.code,
        at: since,
        since,
        count: 3,
        nextTryAt: saturday,
      };
      saveFailure(db, keyOf(source.name), failure);
    }
  }
  const setting = { key: hookSettingsKey, kind: "setting", value: situation.settings } as const;
  if (situation.settings !== undefined) setEntry(db, { ...setting, ttlMs: 0 }, saturday);
}

function gitViewOf({ git = {}, gitMinutesOld = 0, gitFailure }: Situation): GitView {
  if (git === "no-repository") return { kind: "no-repository" };
  if ("unknown" in git) return { kind: "unknown", code: git.unknown };
  const state = aGitState(git as Partial<GitState>);
  const failure = gitFailure === undefined ? null : { code: gitFailure };
  return { kind: "state", state, readAt: saturday - gitMinutesOld * minute, failure };
}

const inputOf = (situation: Situation): HookInput => ({
  sessionId: "now",
  cwd: project,
  source: situation.source ?? "startup",
  toolName: situation.call?.toolName ?? null,
  toolInput: situation.call?.toolInput ?? null,
  agentId: situation.event === "subagent-start" ? "agent-1" : null,
  agentType: null,
});

function startDeps(file: string, situation: Situation): SessionStartDeps {
  const git = gitViewOf(situation);
  const branch = git.kind === "state" ? git.state.branch : null;
  return {
    now: () => saturday,
    clock: () => 0,
    sleep: async () => undefined,
    maxWaitMs: 0,
    calendar: utcCalendar,
    locate: () => ({ ...place, branch }),
    isOff: () => false,
    countRefUpdates: async () => situation.moves ?? [],
    claimEvent: () => true,
    deliveredNews: () => [],
    isClaudeCodeGone: () => false,
    openCache: () => openCacheReader(file),
    readGit: async () => git,
    monitor: {
      isAlive: () => situation.isMonitorDead !== true,
      start: () => undefined,
      requestRefresh: () => undefined,
    },
    record: () => undefined,
    report: () => undefined,
  };
}

async function atToolCall(db: Sqlite, live: string, situation: Situation): Promise<string | null> {
  const git = gitViewOf(situation);
  if (git.kind === "state") saveGitState(db, { worktree: project, project }, git.state, git.readAt);
  const tokenStore = createNewsKeeper(db, live, () => false);
  tokenStore.publish(readLiveSessions(db, saturday - 60 * minute), saturday);
  const handle = createPreToolUse({
    kind: situation.call?.kind ?? "news",
    now: () => saturday,
    clock: () => 0,
    calendar: utcCalendar,
    monitor: { isAlive: () => true, start: () => undefined },
    live: {
      claim: (id, kind) => claimNews(live, id, kind),
      files: (id) => readSessionFiles(live, id),
      concerns: (watched, path, now) => findConcerns(live, watched, path, now),
      markFileReported: (id, file) => markFileReported(live, id, file),
      noteEdit: () => undefined,
      postDelivery: () => undefined,
    },
  });
  return (await handle(inputOf(situation))).context;
}

/** Returns the text that the session reads; null: no text. */
export async function textIn(situation: Situation): Promise<string | null> {
  const folder = temporaryFolder();
  const [file, live] = [join(folder, "cache.db"), join(folder, "live")];
  mkdirSync(live);
  if (situation.isCacheMissing !== true) {
    const db = openCache(file);
    onTestFinished(() => {
      db.close();
    });
    fillCache(db, situation);
    if (situation.event === "tool-call") return atToolCall(db, live, situation);
  }
  const deps = startDeps(file, situation);
  const handle =
    situation.event === "subagent-start"
      ? createSubagentStart({ ...deps, postDelivery: () => undefined })
      : createSessionStart(deps);
  const response = await handle(inputOf(situation));
  response.afterwards?.();
  return response.context;
}
