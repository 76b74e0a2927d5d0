// What the monitor keeps of a session, from real files: marks in the live folder and a transcript.

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LastHandoff } from "../../src/core/handoff/handoff.ts";
import { createNote } from "../../src/core/handoff/keep-handoff.ts";
import { createHandoffKeeper } from "../../src/monitor/handoff-keeper.ts";
import { setEntry } from "../../src/state/cache/cache-entries.ts";
import { hookSettingsKey } from "../../src/core/hook-settings.ts";
import {
  addHandoffNote,
  readLastHandoff,
  type HandoffQuery,
} from "../../src/state/cache/handoffs.ts";
import { endSession, saveDelivered } from "../../src/state/cache/sessions.ts";
import type { Sqlite } from "../../src/state/sqlite/sqlite.ts";
import { aTask, day, minute, saturday } from "../support/builders.ts";
import { aKey, response, temporaryCache } from "../support/cache.ts";
import { makeFifo } from "../support/git-fifo.ts";
import { temporaryRepository, type TestRepository } from "../support/repository.ts";
import { filesWith } from "../support/secret-scan.ts";
import { temporaryFolder } from "../support/temporary.ts";
import {
  transcriptIn,
  writeClientList,
  type ClientTaskFields,
} from "../support/claude-code-tasks.ts";
import { edits, runs, says } from "../support/transcript.ts";

interface Fixture {
  db: Sqlite;
  live: string;
  folder: string;
  repository: TestRepository;
  project: string;
  transcript: (id: string) => string;
  /** A session that began, by SessionStart's own record. */
  begin: (id: string, more?: { worktree?: string; transcript?: string }) => void;
  /** A mark in the live folder, and what the monitor does at `now`. */
  mark: (id: string, ending: "turn" | "ended", at?: number) => void;
  keep: (now?: number) => void;
  left: (query?: Partial<HandoffQuery>) => LastHandoff | null;
  woken: number[];
}

function aFixture(off: { isOff?: boolean; isOffIn?: boolean } = {}): Fixture {
  const [db, live, folder] = [temporaryCache(), temporaryFolder(), temporaryFolder()];
  const repository = temporaryRepository();
  repository.commit("README.md", "x");
  repository.git("checkout", "-q", "-B", "feature/51-login");
  const project = repository.folder;
  const woken: number[] = [];
  const keep = createHandoffKeeper({
    db,
    live,
    isOff: () => off.isOff ?? false,
    isOffIn: () => off.isOffIn ?? false,
    wakeIn: (ms) => void woken.push(ms),
  });
  const transcript = (id: string): string => join(folder, `${id}.jsonl`);
  return {
    db,
    live,
    folder,
    repository,
    project,
    transcript,
    woken,
    begin: (id, { worktree = project, transcript: file = transcript(id) } = {}) =>
      saveDelivered(db, {
        id,
        project,
        projectName: "shop-api",
        worktree,
        at: saturday,
        seq: 0,
        delivered: { git: null, sources: {} },
        transcript: file,
      }),
    mark: (id, ending, at = saturday) => {
      const file = join(live, `${id}.${ending}`);
      writeFileSync(file, ".");
      utimesSync(file, at / 1000, at / 1000);
    },
    keep: (now = saturday + 2000) => keep(now),
    left: (query = {}) =>
      readLastHandoff(db, {
        project,
        worktree: project,
        branch: "feature/51-login",
        id: "next",
        own: false,
        now: saturday + minute,
        ...query,
      }),
  };
}

/** A session that worked and has ended its turn. */
function worked(fixture: Fixture, id = "s1", text = "Two tests still fail."): void {
  fixture.begin(id);
  writeFileSync(
    fixture.transcript(id),
    edits(join(fixture.project, "src/auth.ts")) + runs("npm test", "Exit code 1") + says(text),
  );
  fixture.mark(id, "turn");
  fixture.keep();
}

const rows = ({ db }: Fixture): number =>
  Number(db.prepare("SELECT count(*) FROM handoffs").pluck().get());

describe("a handoff", () => {
  test("is saved when the turn has ended and the transcript has settled", () => {
    const fixture = aFixture();
    fixture.begin("s1");
    writeFileSync(fixture.transcript("s1"), says("The message before."));
    fixture.mark("s1", "turn");
    fixture.keep(saturday + 5);
    expect(fixture.left()).toBeNull();
    expect(fixture.woken).toEqual([995]);
    appendFileSync(fixture.transcript("s1"), runs("npm test", "Exit code 1") + says("Done now."));
    fixture.keep(saturday + 1000);
    expect(fixture.left()).toEqual({
      sessionId: "s1",
      place: "feature/51-login",
      taskId: null,
      at: saturday,
      said: "Done now.",
      failed: "npm test",
      files: [],
      notes: [],
    });
    expect(readdirSync(fixture.live)).toEqual([]);
  });

  test("is saved at once when the session has ended, with the branch's task", () => {
    const fixture = aFixture();
    response(fixture.db, [aTask({ id: "TASK-51", branch: "feature/51-login" })], {
      key: aKey({ project: fixture.project }),
    });
    fixture.begin("s1");
    writeFileSync(
      fixture.transcript("s1"),
      edits(join(fixture.project, "src/auth.ts")) + says("Bye."),
    );
    fixture.mark("s1", "ended");
    fixture.keep(saturday + 1);
    expect(fixture.left()).toMatchObject({
      said: "Bye.",
      files: ["src/auth.ts"],
      taskId: "TASK-51",
    });
  });

  test("is dated by the last message when Claude Code is closed long after it, and never in the future", () => {
    const fixture = aFixture();
    const at = (timestamp: string): number | undefined => {
      fixture.begin("s1");
      writeFileSync(fixture.transcript("s1"), says("Bye.", { timestamp }));
      fixture.mark("s1", "ended");
      fixture.keep(saturday + 1);
      return fixture.left()?.at;
    };
    expect(at("2026-11-20T17:40:00Z")).toBe(Date.UTC(2026, 10, 20, 17, 40));
    expect(at("2036-11-20T17:40:00Z")).toBe(saturday);
  });

  test("is replaced by a later one of its branch, and not by another branch's", () => {
    const fixture = aFixture();
    worked(fixture);
    worked(fixture, "s1", "All tests pass.");
    fixture.repository.git("checkout", "-q", "-b", "other");
    worked(fixture, "s1", "Elsewhere.");
    expect(fixture.left()?.said).toBe("All tests pass.");
    expect(fixture.left({ branch: "other" })?.said).toBe("Elsewhere.");
    expect(rows(fixture)).toBe(2);
  });

  test("is shown for a week to other sessions of the project on its branch or task", () => {
    const fixture = aFixture();
    response(fixture.db, [aTask({ id: "TASK-51", branch: "fix/51" })], {
      key: aKey({ project: fixture.project }),
    });
    worked(fixture);
    expect(fixture.left()).not.toBeNull();
    expect(fixture.left({ now: saturday + 7 * day })).not.toBeNull();
    expect(fixture.left({ now: saturday + 7 * day + 1 })).toBeNull();
    expect(fixture.left({ branch: "main" })).toBeNull();
    expect(fixture.left({ branch: null })).toBeNull();
    expect(fixture.left({ project: "/work/other" })).toBeNull();
    expect(fixture.left({ id: "s1" })).toBeNull();
    expect(fixture.left({ id: "s1", own: true })).not.toBeNull();
    fixture.db.prepare("UPDATE handoffs SET task = 'TASK-51'").run();
    expect(fixture.left({ branch: "fix/51" })?.place).toBe("feature/51-login");
  });

  test("of a session that still runs in another worktree is shown only to sessions on the same task", () => {
    const fixture = aFixture();
    response(fixture.db, [aTask({ id: "TASK-51", branch: "feature/51-login" })], {
      key: aKey({ project: fixture.project }),
    });
    worked(fixture);
    const elsewhere = { worktree: "/work/elsewhere" };
    expect(fixture.left(elsewhere)?.taskId).toBe("TASK-51");
    fixture.db.prepare("UPDATE handoffs SET task = NULL").run();
    expect(fixture.left(elsewhere)).toBeNull();
    expect(fixture.left()).not.toBeNull();
    endSession(fixture.db, "s1", saturday);
    expect(fixture.left(elsewhere)).not.toBeNull();
  });

  test("of a session without a branch belongs to the working tree", () => {
    const fixture = aFixture();
    fixture.repository.git("checkout", "-q", "--detach");
    worked(fixture);
    expect(fixture.left({ branch: null })?.place).toBe(fixture.project);
    expect(fixture.left({ branch: null, worktree: "/work/elsewhere" })).toBeNull();
  });

  test("includes up to 2 KB of the branch's notes, and drops the oldest first", () => {
    const fixture = aFixture();
    const place = {
      project: fixture.project,
      worktree: fixture.project,
      branch: "feature/51-login",
    };
    const add = (text: string, at: number): void =>
      addHandoffNote(fixture.db, place, createNote("dead_end", text, at));
    add("A lock file", saturday);
    expect(fixture.left()).toMatchObject({ sessionId: null, notes: [{ text: "A lock file" }] });
    worked(fixture);
    expect(fixture.left()).toMatchObject({ sessionId: "s1", notes: [{ text: "A lock file" }] });
    for (let turn = 1; turn <= 20; turn += 1) add(`${turn} ${"é".repeat(150)}`, saturday + turn);
    expect(fixture.left()?.notes.at(-1)?.text).toMatch(/^20 /);
    const bytes = fixture.db
      .prepare("SELECT sum(length(CAST(value AS BLOB))) FROM handoffs")
      .pluck()
      .get();
    expect(bytes).toBeLessThanOrEqual(2048);
  });

  test("is removed when its project has 20 newer ones", () => {
    const fixture = aFixture();
    for (let turn = 0; turn < 30; turn += 1) {
      fixture.begin(`s${turn}`);
      writeFileSync(fixture.transcript(`s${turn}`), says("Bye."));
      fixture.mark(`s${turn}`, "turn", saturday + turn);
    }
    fixture.keep(saturday + minute);
    expect(rows(fixture)).toBe(20);
  });
});

describe("Claude Code's own task list", () => {
  /** A session that has ended, and what its list then has. */
  function ended(fixture: Fixture, id: string, tasks: readonly ClientTaskFields[]): void {
    const transcript = transcriptIn(fixture.folder, id);
    fixture.begin(id, { transcript });
    writeFileSync(transcript, "");
    writeClientList(fixture.folder, id, tasks);
    fixture.mark(id, "ended");
    fixture.keep();
  }

  test("adds its open tasks to the handoff, those in progress first", () => {
    const fixture = aFixture();
    ended(fixture, "s1", [
      { subject: "Read the code", status: "completed" },
      { subject: "Write docs" },
      { subject: "Fix login", status: "in_progress" },
    ]);
    expect(fixture.left()).toMatchObject({
      sessionId: "s1",
      unfinished: [
        { id: "3", title: "Fix login", isStarted: true },
        { id: "2", title: "Write docs", isStarted: false },
      ],
      unfinishedCount: 2,
    });
  });

  test("adds nothing if all its tasks are completed, or if the list is of another session or a team", () => {
    const fixture = aFixture();
    ended(fixture, "s1", [{ subject: "Fix login", status: "completed" }]);
    expect(rows(fixture)).toBe(0);
    writeClientList(fixture.folder, "s2", [{ subject: "Another's" }]);
    writeClientList(fixture.folder, "team", [{ subject: "The team's" }]);
    ended(fixture, "s1", []);
    expect(rows(fixture)).toBe(0);
    ended(fixture, "s3", [{ subject: "Of this project" }]);
    expect(fixture.left({ project: "/work/other" })).toBeNull();
    expect(fixture.left()?.unfinished).toHaveLength(1);
  });

  test("adds no secret to the handoff, and only eight of a hundred tasks, within 1,280 bytes", () => {
    const fixture = aFixture();
    const token = ["gh", "p_", "abcdefghijklmnopqrst0123456789abcdef"].join("");
    ended(
      fixture,
      "s1",
      Array.from({ length: 100 }, (_, at) => ({ subject: `${at} ${token} ${"é".repeat(2000)}` })),
    );
    const { unfinished = [], unfinishedCount } = fixture.left() ?? {};
    expect(unfinished[0]?.title).toMatch(/^0 \[secret\] é+…$/);
    expect(unfinished.length).toBeLessThanOrEqual(8);
    expect(unfinishedCount).toBe(100);
    const value = fixture.db.prepare("SELECT value FROM handoffs").pluck().get() as string;
    expect(Buffer.byteLength(value)).toBeLessThanOrEqual(1280);
    expect(value).not.toContain(token);
  });
});

describe("no handoff is saved", () => {
  test("while handoffs are switched off, and earlier ones are removed", () => {
    const off = { isOff: false };
    const fixture = aFixture(off);
    worked(fixture);
    off.isOff = true;
    worked(fixture, "s2");
    expect(rows(fixture)).toBe(0);
    expect(existsSync(join(fixture.live, "s2.turn"))).toBe(false);
  });

  test("in a project that is switched off, by a command or by its settings", () => {
    const fixture = aFixture({ isOffIn: true });
    worked(fixture);
    expect(rows(fixture)).toBe(0);
    const set = aFixture();
    const value = { projects: { [set.project]: { off: true } } };
    setEntry(set.db, { key: hookSettingsKey, kind: "setting", value, ttlMs: 0 }, saturday);
    worked(set);
    expect(rows(set)).toBe(0);
  });

  test("for an unknown session", () => {
    const fixture = aFixture();
    fixture.mark("stranger", "turn");
    fixture.mark("stranger", "ended");
    fixture.keep();
    expect(rows(fixture)).toBe(0);
    expect(existsSync(join(fixture.live, "stranger.turn"))).toBe(false);
  });

  const text = says("Not for you.");
  const attacks: [string, (fixture: Fixture) => string][] = [
    ["is missing", ({ transcript }) => transcript("s1")],
    ["is a FIFO", ({ transcript }) => (makeFifo(transcript("s1")), transcript("s1"))],
    ["is a folder", ({ transcript }) => (mkdirSync(transcript("s1")), transcript("s1"))],
    [
      "is a link",
      ({ transcript, folder }) => {
        writeFileSync(join(folder, "other"), text);
        symlinkSync(join(folder, "other"), transcript("s1"));
        return transcript("s1");
      },
    ],
    [
      "has another session's name",
      ({ transcript }) => (writeFileSync(transcript("s2"), text), transcript("s2")),
    ],
    ["has a relative path", () => "s1.jsonl"],
    ["is a device", () => "/dev/zero"],
    [
      "is not text",
      ({ transcript }) => {
        writeFileSync(
          transcript("s1"),
          Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * 31) % 256)),
        );
        return transcript("s1");
      },
    ],
    [
      "is one endless line",
      ({ transcript }) => {
        writeFileSync(transcript("s1"), `{"type":"assistant","message":"${"x".repeat(8_000_000)}`);
        return transcript("s1");
      },
    ],
  ];
  test.for(attacks)("when the transcript %s", ([, arrange]) => {
    const fixture = aFixture();
    fixture.begin("s1", { transcript: arrange(fixture) });
    fixture.mark("s1", "turn");
    fixture.keep();
    expect(rows(fixture)).toBe(0);
    expect(existsSync(join(fixture.live, "s1.turn"))).toBe(false);
  });
});

test("only the end of a huge transcript is read", () => {
  const fixture = aFixture();
  fixture.begin("s1");
  const early = edits(join(fixture.project, "early.ts"));
  writeFileSync(
    fixture.transcript("s1"),
    early + says("x".repeat(1000)).repeat(60_000) + says("Here."),
  );
  fixture.mark("s1", "turn");
  const began = performance.now();
  fixture.keep();
  expect(performance.now() - began).toBeLessThan(2000);
  expect(fixture.left()).toMatchObject({ said: "Here.", files: [] });
});

test("no secret in a message, a command or a file name gets into the state folder", () => {
  const fixture = aFixture();
  const key = (...parts: string[]): string => parts.join("");
  const secrets = [
    key("sk-", "ant-api03-abcdefghijklmnopqrstuv"),
    key("ghp", "_abcdefghijklmnopqrst0123456789abcdef"),
    key("hunter", "2hunter2"),
    key("corr", "ecthorse9"),
  ];
  const [model, hub, bearer, password] = secrets;
  fixture.begin("s1");
  writeFileSync(
    fixture.transcript("s1"),
    edits(join(fixture.project, `.env.${hub}`)) +
      edits(join(fixture.project, `notes-${model}.md`)) +
      runs(`curl -H "Authorization: Bearer ${bearer}" -d password=${password}`, "Exit code 22") +
      says(`Set ANTHROPIC_API_KEY=${model}, or use ${hub}; the password: ${password}`),
  );
  fixture.mark("s1", "turn");
  fixture.keep();
  expect(fixture.left()?.failed).toContain("curl");
  fixture.db.pragma("wal_checkpoint(TRUNCATE)");
  const state = join(fixture.db.name, "..");
  expect(filesWith(state, secrets, [])).toEqual([]);
  expect(filesWith(fixture.live, secrets, [])).toEqual([]);
  expect(filesWith(fixture.folder, secrets, [])).toEqual(["s1.jsonl"]);
});
