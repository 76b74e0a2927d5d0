// Random input for the property tests: text as hostile as it comes, and tasks, sources and repositories full of it.

import * as fc from "fast-check";
import type { BriefInput } from "../../src/core/brief/brief-input.ts";
import { briefSections, briefStyles } from "../../src/core/brief/options.ts";
import { maxCommits } from "../../src/core/brief/since-lines.ts";
import type { RefUpdate } from "../../src/core/brief/since-lines.ts";
import type { Peer } from "../../src/core/news/peers.ts";
import type { GitView } from "../../src/core/brief/git-lines.ts";
import type { SourceView } from "../../src/core/brief/source-view.ts";
import type { TaskChange, TaskState } from "../../src/core/news/changes.ts";
import { gitOperations } from "../../src/core/git/git-state.ts";
import type { GitState } from "../../src/core/git/git-state.ts";
import { freshnessStates } from "../../src/core/snapshot.ts";
import { taskPriorities, taskStatuses } from "../../src/core/task/task.ts";
import type { Task } from "../../src/core/task/task.ts";
import {
  aBriefInput,
  aGitState,
  aSourceView,
  aTask,
  day,
  minute,
  saturday,
} from "../support/builders.ts";

/** Pieces that break quotes, terminals, lines and layouts. */
const hostilePieces = [
  '"',
  "'",
  "\\",
  "[31m",
  "[3",
  "1m",
  "]52;c;",
  "\u001B]0;",
  "\u0007",
  "<",
  ">",
  "`",
  "\u1FEF",
  "\n",
  "\r\n",
  "\t",
  "\0",
  "\u001B[31m",
  "\u009B2J",
  "\u0085",
  "\u2028",
  "\u2029",
  "\u202E",
  "\u2066",
  "\u200B",
  "\u200D",
  "\uFEFF",
  "\u034F",
  "\u3164",
  "\u115F",
  "\uFFA0",
  "\u2800",
  "\u00AD",
  "\uFE0F",
  "\u{E0041}",
  "\u{E0100}",
  "\uE000",
  "\u{10FFFF}",
  "\uD83D",
  "\uDE00",
  "\u{1F600}",
  "\u0301",
  "\u0338",
  "\u0344",
  "\u09BE",
  "\u{1D165}",
  "\u0378",
  " ",
  "a",
  "=",
] as const;

/** Any code point but lone surrogates: fast-check's unit "binary", which lists all of them first, for a second and 100 MB. */
export const anyCodePoint: fc.Arbitrary<string> = fc
  .nat(0x10_ffff - 0x800)
  .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800));

/** Any string of UTF-16 units: every code point, lone surrogates, and what is known to do harm. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: anyCodePoint, maxLength: 60, size: "max" }),
  fc
    .array(fc.nat(0xffff), { maxLength: 60, size: "max" })
    .map((units) => units.map((unit) => String.fromCharCode(unit)).join("")),
  fc
    .array(fc.constantFrom(...hostilePieces), { maxLength: 60, size: "max" })
    .map((pieces) => pieces.join("")),
  fc.string({ unit: "grapheme", maxLength: 300, size: "max" }),
);

const anyDue = fc.oneof(
  fc.integer({ min: -400, max: 400 }).map((days) => {
    const instant = new Date(saturday + days * day).toISOString();
    return days % 2 === 0 ? instant : instant.slice(0, 10);
  }),
  fc.constant("someday"),
);

/** Tasks with ids that differ, in any order. */
export const anyTasks: fc.Arbitrary<Task[]> = fc.uniqueArray(
  fc
    .record(
      {
        id: fc.oneof(
          fc.integer({ min: 1, max: 60 }).map((number) => `TASK-${number}`),
          anyText,
        ),
        title: anyText,
        status: fc.constantFrom(...taskStatuses),
        priority: fc.constantFrom(...taskPriorities),
        description: anyText,
        rawStatus: anyText,
        rawPriority: anyText,
        rawDue: anyText,
        due: anyDue,
        createdAt: fc
          .integer({ min: 0, max: 40 })
          .map((days) => new Date(saturday - days * day).toISOString()),
        branch: fc.constantFrom("main", "feature/TASK-51"),
        dependsOn: fc.array(anyText, { maxLength: 5 }),
      },
      { requiredKeys: ["id", "title", "status", "priority"] },
    )
    .map((some) => aTask(some)),
  { maxLength: 25, size: "max", selector: (task) => task.id },
);

const anyState: fc.Arbitrary<TaskState> = fc.record(
  {
    title: fc.oneof(fc.constantFrom("Add OIDC login", "Rotate signing keys"), anyText),
    status: fc.constantFrom(...taskStatuses),
    priority: fc.constantFrom(...taskPriorities),
    assignees: fc.subarray(["ada", "grace"]),
    due: fc.constantFrom("2026-11-23", "2026-12-01"),
  },
  { requiredKeys: ["title", "status", "priority", "assignees"] },
);

/** Changes of a handful of tasks; one task may change in several steps. */
export const anyChanges: fc.Arbitrary<TaskChange[]> = fc.array(
  fc.record({
    source: fc.constantFrom("embedded", "linear"),
    taskId: fc.constantFrom("TASK-1", "TASK-2", "TASK-3", "TASK-4"),
    before: fc.option(anyState),
    after: fc.option(anyState),
  }),
  { maxLength: 40, size: "max" },
);

const anyCode = fc.constantFrom("source-timeout", "ECONNREFUSED", "store-busy", "git-timeout");
const anyInstant = fc.integer({ min: -10, max: 20_000 }).map((ago) => saturday - ago * minute);

const anySource: fc.Arbitrary<SourceView> = fc
  .record({
    source: fc.oneof(fc.constant("embedded"), anyText),
    freshness: fc.constantFrom(...freshnessStates),
    fetchedAt: fc.option(anyInstant),
    failure: fc.option(
      anyCode.map((code) => ({
        code,
        at: saturday,
        since: saturday,
        count: 1,
        nextTryAt: saturday + minute,
      })),
    ),
    tasks: anyTasks,
  })
  .map((some) => aSourceView(some));

const smallCount = fc.nat(300);

const anyGitState: fc.Arbitrary<GitState> = fc
  .record({
    bare: fc.boolean(),
    linkedWorktree: fc.boolean(),
    branch: fc.option(fc.oneof(fc.constant("feature/TASK-51"), anyText)),
    head: fc.option(fc.constant("1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d")),
    upstream: fc.option(
      fc.record({ name: anyText, ahead: smallCount, behind: smallCount, gone: fc.boolean() }),
    ),
    counts: fc.record({
      staged: smallCount,
      modified: smallCount,
      untracked: smallCount,
      conflicted: smallCount,
    }),
    operation: fc.option(
      fc.record(
        {
          kind: fc.constantFrom(...gitOperations),
          step: smallCount,
          total: smallCount,
          branch: anyText,
        },
        { requiredKeys: ["kind"] },
      ),
    ),
    stashes: smallCount,
  })
  .map((some) => aGitState(some));

const anyGitView: fc.Arbitrary<GitView> = fc.oneof(
  fc.record({
    kind: fc.constant("state" as const),
    state: anyGitState,
    readAt: anyInstant,
    failure: fc.option(anyCode.map((code) => ({ code }))),
  }),
  fc.constant<GitView>({ kind: "no-repository" }),
  anyCode.map((code): GitView => ({ kind: "unknown", code })),
);

const anyMoves: fc.Arbitrary<RefUpdate[]> = fc.array(
  fc.record({
    what: fc.constantFrom("default", "upstream", "branch"),
    name: anyText,
    commits: fc.option(fc.nat(maxCommits)),
    others: fc.option(fc.nat(maxCommits)),
    notes: fc.array(fc.record({ author: anyText, subject: anyText }), { maxLength: 3 }),
  }),
  { maxLength: 3 },
);

const anyPeer: fc.Arbitrary<Peer> = fc.record({
  sessionId: anyText,
  worktree: anyText,
  lastSeen: anyInstant,
  isSameWorktree: fc.boolean(),
  taskId: fc.option(anyText),
});

/** A brief of anything, with any settings. */
export const anyBriefInput: fc.Arbitrary<BriefInput> = fc
  .record({
    project: fc.oneof(fc.constant("shop-api"), anyText),
    sources: fc.array(anySource, { maxLength: 4 }),
    cacheError: fc.option(fc.constantFrom("cache-newer", "database-unreadable")),
    git: anyGitView,
    isMonitorAlive: fc.boolean(),
    since: fc.option(
      fc.record(
        {
          at: anyInstant,
          changes: anyChanges,
          refUpdates: anyMoves,
          branchBefore: fc.option(anyText),
        },
        { requiredKeys: ["at", "changes", "refUpdates"] },
      ),
    ),
    peers: fc.array(anyPeer, { maxLength: 4 }),
    options: fc.record({
      maxCharacters: fc.integer({ min: 0, max: 12_000 }),
      maxTasks: fc.integer({ min: 0, max: 50 }),
      sections: fc.shuffledSubarray([...briefSections]),
      style: fc.constantFrom(...briefStyles),
    }),
  })
  .map((some) => aBriefInput(some));
