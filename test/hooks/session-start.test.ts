import { describe, expect, test } from "vitest";
import type { RefUpdate } from "../../src/core/brief/since-lines.ts";
import { noCurrentMismatches } from "../../src/core/task/mismatch.ts";
import type { GitView } from "../../src/core/brief/git-lines.ts";
import type { SourceView } from "../../src/core/brief/source-view.ts";
import type { TaskChange } from "../../src/core/news/changes.ts";
import { SitrepError } from "../../src/core/errors.ts";
import { defaultHookSettings } from "../../src/core/hook-settings.ts";
import type { HookSettings } from "../../src/core/hook-settings.ts";
import type { LastHandoff } from "../../src/core/handoff/handoff.ts";
import type { Peer } from "../../src/core/news/peers.ts";
import type { SessionRecord } from "../../src/core/session.ts";
import type { HookInput } from "../../src/hooks/input.ts";
import type { CacheReader } from "../../src/hooks/cache-reader.ts";
import type { DeliveredNews } from "../../src/state/live/pending-news.ts";
import type { DeliveredRecord } from "../../src/state/cache/sessions.ts";
import type { SessionLocation } from "../../src/git/repository.ts";
import { needsRefresh } from "../../src/hooks/gather-brief.ts";
import { createSessionStart } from "../../src/hooks/session-start.ts";
import type { SessionStartDeps } from "../../src/hooks/session-start.ts";
import {
  aGitState,
  aLeftOff,
  aSessionRecord,
  aSourceView,
  aTask,
  hour,
  minute,
  saturday,
  utcCalendar,
} from "../support/builders.ts";

const place: SessionLocation = {
  project: "/work/shop-api",
  projectName: "shop-api",
  worktree: "/work/shop-api",
  isRepository: true,
  branch: "main",
};

const started: TaskChange = {
  source: "embedded",
  taskId: "TASK-009",
  before: { title: "Rotate keys", status: "pending", priority: "low", assignees: [] },
  after: { title: "Rotate keys", status: "in_progress", priority: "low", assignees: [] },
};

/** A context in memory, with a log of what the hook asked of it. */
interface MonitorContext {
  sources: SourceView[];
  git: GitView;
  sessions: SessionRecord[];
  /** The session whose own command made the changes. */
  changedBy: string | null;
  changes: TaskChange[];
  deliveredNews: Pick<DeliveredNews, "kind" | "news">[];
  /** The sessions whose client has ended. */
  gone: string[];
  isMonitorAlive: boolean;
  isOff: boolean;
  isFirst: boolean;
  turns: string[];
  refUpdates: RefUpdate[];
  peers: Peer[];
  leftOff: LastHandoff | null;
  discoveryLine: string | null;
  settings: HookSettings;
  cacheError: Error | null;
  /** Called at each poll while the hook waits. */
  onSleep: () => void;
  time: number;
  asked: string[];
  notes: DeliveredRecord[];
}

function aContext(overrides: Partial<MonitorContext> = {}): MonitorContext {
  return {
    sources: [aSourceView({ tasks: [aTask()] })],
    git: { kind: "state", state: aGitState(), readAt: saturday, failure: null },
    sessions: [],
    changes: [],
    changedBy: null,
    deliveredNews: [],
    gone: [],
    isMonitorAlive: true,
    isOff: false,
    isFirst: true,
    turns: [],
    refUpdates: [],
    peers: [],
    leftOff: null,
    settings: defaultHookSettings,
    cacheError: null,
    onSleep: () => undefined,
    time: saturday,
    discoveryLine: null,
    asked: [],
    notes: [],
    ...overrides,
  };
}

function readerOf(context: MonitorContext): CacheReader {
  return {
    settings: () => context.settings,
    facts: () => ({
      sources: context.sources,
      ended: [],
      mismatches: noCurrentMismatches,
      pull: null,
      seq: 10,
    }),
    git: () => null,
    session: (id) => context.sessions.find((session) => session.id === id) ?? null,
    previousSession: (_, exceptId) =>
      context.sessions.find((session) => session.id !== exceptId) ?? null,
    changesSince: ({ seq, exceptSessions, named = {} }) =>
      seq < 10 && !exceptSessions.includes(context.changedBy ?? "")
        ? context.changes.filter(({ taskId }) => (named[taskId] ?? 0) < 10)
        : [],
    peers: () => context.peers,
    leftOff: ({ id, own }) =>
      (context.leftOff?.sessionId === id) === own ? context.leftOff : null,
    discoveryLine: () => {
      context.asked.push("read what is not shown");
      return context.discoveryLine;
    },
    close: () => context.asked.push("close"),
  };
}

function depsOf(context: MonitorContext): SessionStartDeps {
  return {
    now: () => context.time,
    calendar: utcCalendar,
    locate: () => place,
    isOff: () => context.isOff,
    countRefUpdates: async () => context.refUpdates,
    claimEvent: (id, event) => {
      context.turns.push(`${id} ${event}`);
      return context.isFirst;
    },
    deliveredNews: () => context.deliveredNews,
    isClaudeCodeGone: (sessionId) => context.gone.includes(sessionId),
    openCache: () => {
      if (context.cacheError !== null) throw context.cacheError;
      return readerOf(context);
    },
    readGit: async () => context.git,
    monitor: {
      isAlive: () => context.isMonitorAlive,
      start: () => context.asked.push("start monitor"),
      requestRefresh: (project) => context.asked.push(`refresh ${project}`),
    },
    record: (delivered) => context.notes.push(delivered),
    report: (code) => context.asked.push(`report ${code}`),
    sleep: async (ms) => {
      context.time += ms;
      context.onSleep();
    },
    clock: () => context.time,
    maxWaitMs: 400,
  };
}

const anInput = (overrides: Partial<HookInput> = {}): HookInput => ({
  sessionId: "session-1",
  cwd: "/work/shop-api",
  source: "startup",
  toolName: null,
  toolInput: null,
  agentId: null,
  agentType: null,
  ...overrides,
});

async function run(context: MonitorContext, input: HookInput = anInput()): Promise<string | null> {
  const response = await createSessionStart(depsOf(context))(input);
  response.afterwards?.();
  return response.context;
}

describe("the notice about tasks in no source", () => {
  const line = "Sitrep: 12 open tasks in TODO.md are not shown yet. To add them: sitrep install";
  const message = async (context: MonitorContext, input = anInput()) => {
    const response = await createSessionStart(depsOf(context))(input);
    response.afterwards?.();
    expect(response.context ?? "").not.toContain("TODO.md");
    return response.message;
  };
  const looks = (context: MonitorContext): number =>
    context.asked.filter((one) => one === "read what is not shown").length;

  test("is shown to the person, and the session's record says so", async () => {
    const context = aContext({ sources: [aSourceView({ tasks: [] })], discoveryLine: line });
    expect(await message(context)).toBe(line);
    expect(context.notes).toMatchObject([{ id: "session-1", hasShownPlaces: true }]);
  });

  test("is not made in a project with open tasks", async () => {
    const context = aContext({ discoveryLine: line });
    expect(await message(context)).toBeNull();
    expect(looks(context)).toBe(0);
    expect(context.notes[0]).not.toHaveProperty("hasShownPlaces");
  });

  test.each([
    ["switched off", { isOff: true }, {}],
    ["answered by another run", { isFirst: false }, {}],
    ["run outside a session", {}, { sessionId: null }],
    ["run for a session without a screen", {}, { isUnwatched: true }],
  ])("is not shown by a hook that is %s", async (_what, overrides, input) => {
    const context = aContext({ sources: [], discoveryLine: line, ...overrides });
    expect((await message(context, anInput(input))) ?? null).toBeNull();
    expect(context.notes.some(({ hasShownPlaces }) => hasShownPlaces === true)).toBe(false);
  });
});

describe("the brief of a new session", () => {
  test.for(["startup", "clear", "compact", "an unknown source"])(
    "is complete after %s",
    async (source) => {
      const text = await run(aContext({ sessions: [aSessionRecord()] }), anInput({ source }));
      expect(text).toContain("Sitrep Sat 21 Nov 10:02.");
      expect(text).toContain('Next: TASK-001 medium: "Add OIDC login"');
      expect(text).toContain("Git: main, no upstream; clean");
      expect(text).toContain("Tasks read 12 s ago (embedded).");
    },
  );

  test("is recorded after its output was written", async () => {
    const context = aContext();
    const response = await createSessionStart(depsOf(context))(anInput());
    expect(context.notes).toEqual([]);
    response.afterwards?.();
    const delivered = {
      git: aGitState(),
      sources: { embedded: null },
      peers: [],
      mismatches: [],
      pulls: [],
    };
    const delivery = {
      sessionId: "session-1",
      project: place.project,
      at: saturday,
      event: "SessionStart",
      cause: "startup",
      text: response.context,
      data: {
        sources: [{ source: "embedded", fetchedAt: saturday - 12_000, code: null }],
        gitReadAt: saturday,
        foundAt: null,
        tookMs: saturday,
      },
    };
    const { isRepository: _, branch: __, ...where } = place;
    const base = { id: "session-1", ...where, at: saturday, seq: 10 };
    const note = { ...base, delivered, delivery, transcript: null };
    expect(context.notes).toEqual([note]);
    expect(context.asked).toEqual(["close"]);
  });

  test("is given to a session without a usable id, and not recorded", async () => {
    const context = aContext();
    expect(await run(context, anInput({ sessionId: null }))).toContain("Sitrep ");
    expect(context.notes).toEqual([]);
  });

  test("includes what happened since the project's last brief", async () => {
    // That session was seen for hours after.
    const times = {
      briefedAt: saturday - 16 * hour,
      deliveredAt: saturday - 13 * hour,
      lastSeen: saturday - 12 * hour,
    };
    const last = aSessionRecord({ id: "yesterday", ...times });
    const text = await run(aContext({ sessions: [last], changes: [started] }));
    expect(text).toContain("Since the last brief here (yesterday 18:02): TASK-009 in progress");
  });
});

test.for(["session-1", "yesterday"])(
  "a brief after a compaction does not report the changes that %s made itself",
  async (changedBy) => {
    const last = aSessionRecord({ id: "yesterday" });
    const context = aContext({ sessions: [last], changes: [started], changedBy });
    const text = await run(context, anInput({ source: "compact" }));
    expect(text).toContain("Sitrep ");
    expect(text).not.toContain("TASK-009");
  },
);

describe("the brief of a resumed session", () => {
  const resume = anInput({ source: "resume" });

  test("is empty if nothing changed", async () => {
    expect(await run(aContext({ sessions: [aSessionRecord()] }), resume)).toBeNull();
  });

  test("has what changed since its last brief", async () => {
    const context = aContext({ sessions: [aSessionRecord()], changes: [started] });
    const text = await run(context, resume);
    expect(text).toContain("Changed since 09:02:");
    expect(text).toContain('TASK-009 is in progress: "Rotate keys"');
    expect(text).not.toContain("Git:");
    expect(text).toContain("\nNext: TASK-001");
  });

  test("does not repeat what a tool call delivered a moment before", async () => {
    const pending = {
      at: saturday - minute,
      items: [],
      tasks: ["TASK-009"],
      seq: 10,
      delivered: { git: aGitState(), sources: { embedded: null } },
    };
    const context = aContext({
      sessions: [aSessionRecord()],
      changes: [started],
      deliveredNews: [{ kind: "news", news: pending }],
    });
    expect(await run(context, resume)).toBeNull();
  });

  test("is complete if nothing was ever delivered to the session", async () => {
    expect(await run(aContext(), resume)).toContain("Next: TASK-001");
  });

  test("counts what was delivered to the session that a fork came from", async () => {
    const context = aContext({ sessions: [aSessionRecord({ id: "parent" })] });
    const fork = anInput({ source: "fork", sessionId: "child" });
    expect(await run(context, fork)).toBeNull();
    expect(context.notes).toHaveLength(1);
  });
});

describe("the stale tasks of a source", () => {
  const stale = aSourceView({ freshness: "stale", fetchedAt: saturday - hour, tasks: [aTask()] });

  test("are refreshed, and a response in time is shown", async () => {
    const context = aContext({ sources: [stale] });
    context.onSleep = () => {
      context.sources = [
        aSourceView({ fetchedAt: context.time, tasks: [aTask({ title: "New" })] }),
      ];
    };
    const text = await run(context);
    expect(context.asked).toContain("refresh /work/shop-api");
    expect(text).toContain('"New"');
    expect(context.time - saturday).toBeLessThan(50);
  });

  test("are shown with their age if no response comes within 400 ms", async () => {
    const context = aContext({ sources: [stale] });
    const text = await run(context);
    expect(text).toContain("Tasks as of 09:02, 1 h ago (embedded).");
    expect(context.time - saturday).toBeGreaterThanOrEqual(400);
    expect(context.time - saturday).toBeLessThan(430);
  });

  test("are not waited for if the source is known to be failing", async () => {
    const failure = {
      code: "ECONNREFUSED",
      at: saturday - minute,
      since: saturday - minute,
      count: 3,
      nextTryAt: saturday + minute,
    };
    const context = aContext({ sources: [{ ...stale, failure }] });
    const text = await run(context);
    expect(text).toContain("Tasks as of 09:02, 1 h ago: embedded refuses connections");
    expect(context.time).toBe(saturday);
    expect(context.asked).not.toContain("refresh /work/shop-api");
  });

  test("are not waited for any longer when the refresh fails", async () => {
    const context = aContext({ sources: [stale] });
    context.onSleep = () => {
      const failure = {
        code: "source-timeout",
        at: context.time,
        since: context.time,
        count: 1,
        nextTryAt: context.time,
      };
      context.sources = [{ ...stale, failure }];
    };
    expect(await run(context)).toContain("embedded is not responding (timeout)");
    expect(context.time - saturday).toBeLessThan(50);
  });

  test.for([
    ["nothing is known of the project", [], true],
    ["everything is fresh", [aSourceView()], false],
    ["one of two is stale", [aSourceView(), stale], true],
    [
      "the failure is older than five minutes",
      [
        {
          ...stale,
          failure: {
            code: "x",
            at: saturday - 6 * minute,
            since: saturday - 6 * minute,
            count: 1,
            nextTryAt: saturday,
          },
        },
      ],
      true,
    ],
  ] as const)("are refreshed if that may help: %s", ([, sources, expected]) => {
    expect(needsRefresh(sources, saturday)).toBe(expected);
  });
});

describe("the monitor, at a session's start,", () => {
  test("is started if it is not running", async () => {
    const context = aContext({ isMonitorAlive: false });
    await run(context);
    expect(context.asked).toContain("start monitor");
  });

  test("is not started if it is running", async () => {
    const context = aContext();
    await run(context);
    expect(context.asked).not.toContain("start monitor");
  });
});

test("a run outside of a session starts nothing and requests nothing", async () => {
  const stale = aSourceView({ freshness: "stale", fetchedAt: saturday - hour });
  const context = aContext({ isMonitorAlive: false, sources: [stale] });
  expect(await run(context, anInput({ sessionId: null }))).toContain("Tasks as of 09:02");
  expect(context.asked).toEqual(["close"]);
  expect(context.time).toBe(saturday);
});

describe("a cache that cannot be opened", () => {
  const context = (): MonitorContext =>
    aContext({
      cacheError: new SitrepError("database-missing", "gone"),
      isMonitorAlive: false,
    });

  test("does not hide the repository: the brief says so, and starts the monitor that repairs it", async () => {
    const gone = context();
    const text = await run(gone);
    expect(text).toContain("Git: main, no upstream; clean");
    expect(text).toContain(
      "The task cache cannot be read (database-missing); ask the user to run `sitrep doctor`.",
    );
    expect(gone.asked).toEqual(["report database-missing", "start monitor"]);
  });

  test("gets no record of the session", async () => {
    const gone = context();
    await run(gone);
    expect(gone.notes).toEqual([]);
  });

  test("is treated like one that fails half-way", async () => {
    const broken = aContext();
    const deps = depsOf(broken);
    const reader = readerOf(broken);
    const response = await createSessionStart({
      ...deps,
      openCache: () => ({
        ...reader,
        facts: () => {
          throw Object.assign(new Error("malformed"), { code: "SQLITE_CORRUPT" });
        },
      }),
    })(anInput());
    expect(response.context).toContain("cache cannot be read (SQLITE_CORRUPT)");
    expect(broken.asked).toContain("close");
  });
});

describe("a hook that runs twice at the same time", () => {
  test("prints one output: the second run prints and records nothing", async () => {
    const context = aContext({ isFirst: false });
    expect(await run(context)).toBeNull();
    expect(context.turns).toEqual(["session-1 startup"]);
    expect(context.notes).toEqual([]);
  });

  test("claims nothing if there is nothing to say", async () => {
    const context = aContext({ sessions: [aSessionRecord({ deliveredSeq: 10 })], isFirst: false });
    expect(await run(context, anInput({ source: "resume" }))).toBeNull();
    expect(context.turns).toEqual([]);
    expect(context.notes).toHaveLength(1);
  });

  test("uses a plain name for an unknown source", async () => {
    const context = aContext();
    await run(context, anInput({ source: "../x" }));
    expect(context.turns).toEqual(["session-1 other"]);
  });
});

describe("a project that is switched off", () => {
  test("by a command gets no brief, and nothing is read", async () => {
    const context = aContext({ isOff: true });
    expect(await run(context)).toBeNull();
    expect(context.asked).toEqual([]);
  });

  test("by its settings gets no brief", async () => {
    const own = { ...defaultHookSettings, off: true };
    const settings = { ...defaultHookSettings, projects: { [place.project]: own } };
    expect(await run(aContext({ settings }))).toBeNull();
    const elsewhere = { ...defaultHookSettings, projects: { "/work/other": own } };
    expect(await run(aContext({ settings: elsewhere }))).not.toBeNull();
  });
});

describe("the brief, besides tasks,", () => {
  const refUpdates: RefUpdate[] = [{ what: "default", name: "origin/main", commits: 4, others: 3 }];

  test("says how branches changed since the last session, and which branch that session was on", async () => {
    const before = aSessionRecord({
      id: "session-0",
      delivered: { git: aGitState({ branch: "login" }), sources: {} },
    });
    expect(await run(aContext({ sessions: [before], refUpdates }))).toContain(
      "the branch was login before; 4 new commits on origin/main, 3 by others",
    );
  });

  test("does not mention a branch that the previous session met only after its brief", async () => {
    const git = aGitState({ branch: null });
    const met = { briefedAt: saturday - 2 * hour, deliveredAt: saturday - hour };
    const before = aSessionRecord({ id: "session-0", ...met, delivered: { git, sources: {} } });
    expect(await run(aContext({ sessions: [before] }))).toContain(
      "Since the last brief here (08:02): no branch was checked out before",
    );
  });

  test("says how branches changed on resume, even if no task changed", async () => {
    const known = aSessionRecord({ deliveredSeq: 10 });
    const text = await run(
      aContext({ sessions: [known], refUpdates }),
      anInput({ source: "resume" }),
    );
    expect(text).toContain("Branches: 4 new commits on origin/main, 3 by others");
  });

  test("says who else is at work, once on resume", async () => {
    const peer: Peer = {
      sessionId: "session-2",
      worktree: place.worktree,
      lastSeen: saturday - 2 * minute,
      isSameWorktree: true,
      taskId: null,
    };
    const context = aContext({ peers: [peer] });
    const line = "Another session is in this worktree (seen 2 min ago).";
    expect(await run(context)).toContain(line);
    expect(context.notes[0]?.delivered.peers).toEqual(["session-2 worktree"]);
    const afterItsEnd = aContext({ peers: [peer], gone: ["session-2"] });
    expect(await run(afterItsEnd)).not.toContain("Another session");
    expect(afterItsEnd.notes[0]?.delivered.peers).toEqual([]);
    const resume = anInput({ source: "resume" });
    const delivered = { git: aGitState(), sources: { embedded: null } };
    const known = aSessionRecord({
      deliveredSeq: 10,
      delivered: { ...delivered, peers: ["session-2 worktree"] },
    });
    expect(await run(aContext({ sessions: [known], peers: [peer] }), resume)).toBeNull();
    const unaware = aSessionRecord({ deliveredSeq: 10, delivered });
    expect(await run(aContext({ sessions: [unaware], peers: [peer] }), resume)).toContain(line);
  });

  test("names a source that failed or recovered while the session was away", async () => {
    const failure = {
      code: "source-refused",
      at: saturday,
      since: saturday,
      count: 1,
      nextTryAt: saturday,
    };
    const known = aSessionRecord({ deliveredSeq: 10 });
    const sources = [aSourceView({ freshness: "stale", failure })];
    const text = await run(aContext({ sessions: [known], sources }), anInput({ source: "resume" }));
    expect(text).toContain(
      "embedded rejects the sign-in; ask the user to run `sitrep source secret embedded`.",
    );
  });
});

describe("the handoff of an earlier session", () => {
  test.for([
    ["startup", "session-0", true],
    ["clear", "session-0", true],
    ["compact", "session-0", false],
    ["compact", "session-1", true],
    ["resume", "session-1", false],
    ["resume", "session-0", false],
    ["fork", "session-0", false],
  ] as const)("after %s and by %s is in the brief: %s", async ([source, sessionId, isThere]) => {
    const context = aContext({ leftOff: aLeftOff({ sessionId }) });
    const text = await run(context, anInput({ source }));
    expect(text?.includes('Left off (yesterday 17:40): on feature/51-login; "Two tests')).toBe(
      isThere,
    );
  });

  test("is found by the transcript that Claude Code names at a session's start", async () => {
    const context = aContext();
    await run(context, anInput({ transcript: "/home/ana/.claude/projects/x/session-1.jsonl" }));
    await run(context);
    expect(context.notes.map(({ transcript }) => transcript)).toEqual([
      "/home/ana/.claude/projects/x/session-1.jsonl",
      null,
    ]);
  });
});
