import { describe, expect, test } from "vitest";
import { unknownIdentityText } from "../../../src/core/brief/brief.ts";
import { defaultBriefOptions } from "../../../src/core/brief/options.ts";
import type { BriefInput } from "../../../src/core/brief/brief-input.ts";
import type { Task } from "../../../src/core/task/task.ts";
import {
  aGitView,
  aSourceView,
  aTask,
  aTaskChange,
  minute,
  saturday,
} from "../../support/builders.ts";
import { aBrief } from "../../support/rendered-brief.ts";

const me = { given: ["Ana"], likely: [] };
const viewOf = (...tasks: Partial<Task>[]) => aSourceView({ tasks: tasks.map(aTask) });
/** The lines between the ages and the repository. */
const linesOf = (input: Partial<BriefInput>): string[] => aBrief(input).split("\n").slice(1, -1);
const title = '"Add OIDC login"';

describe("the next task", () => {
  test.for<[string, Partial<BriefInput>, string]>([
    [
      "is the user's",
      { me, sources: [viewOf({ assignees: ["Ana"] })] },
      `Next, yours: TASK-001 medium: ${title}`,
    ],
    ["is nobody's", { me, sources: [viewOf({})] }, `Next, unassigned: TASK-001 medium: ${title}`],
    [
      "is nobody's, where it is not known who asks",
      { sources: [viewOf({})] },
      `Next: TASK-001 medium: ${title}`,
    ],
    [
      "is this branch's and the user's",
      {
        me,
        sources: [viewOf({ assignees: ["Ana"] })],
        git: aGitView({ branch: "fix/TASK-001" }),
      },
      `Next, yours, this branch's: TASK-001 medium: ${title}`,
    ],
    [
      "is none: each waits",
      { sources: [viewOf({ status: "blocked" })] },
      "No open task can be started now.",
    ],
    [
      "is none: they are others'",
      { me, sources: [viewOf({ assignees: ["Ben"] })] },
      "No open task is yours or unassigned.",
    ],
    [
      "is none among those that are known",
      { sources: [viewOf(), aSourceView({ source: "ops", freshness: "expired" })] },
      "No known open tasks.",
    ],
    [
      "is none, of the built-in list alone",
      { sources: [aSourceView({ isBuiltIn: true })] },
      "No open tasks; no task server is set up.",
    ],
    [
      "is none of several",
      { sources: [aSourceView({ source: "ops" }), aSourceView({ isBuiltIn: true })] },
      "No open tasks.",
    ],
  ])("%s", ([, input, line]) => {
    expect(linesOf(input)[0]).toBe(line);
  });
});

describe("this branch's task that is not next", () => {
  const git = aGitView({ branch: "fix/T-1" });
  const ended = [aTaskChange({}, { status: "completed" }, "T-1")];

  test("is named before the next task, with the reason why it is blocked", () => {
    const sources = [viewOf({ id: "T-1", status: "blocked" }, { id: "T-2" })];
    expect(linesOf({ git, sources, me }).slice(0, 2)).toEqual([
      `This branch's task: T-1 medium, blocked, unassigned: ${title}`,
      `Next, unassigned: T-2 medium: ${title}`,
    ]);
  });

  test("is reported as completed, unless another task belongs to this branch", () => {
    expect(linesOf({ git, ended, sources: [viewOf({ id: "T-2" })] })).toEqual([
      `This branch's T-1 is completed: ${title}`,
      `Next: T-2 medium: ${title}`,
    ]);
    const own = viewOf({ id: "T-3", branch: "fix/T-1" }, { id: "T-2" });
    expect(linesOf({ git, ended, sources: [own] })[0]).toBe(
      `Next, this branch's: T-3 medium: ${title}`,
    );
    expect(linesOf({ git, ended: [aTaskChange({}, null, "T-1")], sources: [viewOf()] })).toEqual([
      "No open tasks.",
    ]);
  });
});

describe("the brief's lines about other sessions", () => {
  const peer = {
    sessionId: "s2",
    worktree: "/work/shop-api",
    lastSeen: saturday - minute,
    isSameWorktree: true,
    taskId: null,
  };
  const onTask = {
    ...peer,
    sessionId: "s3",
    worktree: "/w3",
    isSameWorktree: false,
    taskId: "T-1",
  };
  const onOther = { ...onTask, sessionId: "s4", taskId: "T-2", isOtherTask: true as const };
  const input = {
    peers: [peer, onTask, onOther],
    git: aGitView({ branch: "fix/T-1" }),
    sources: [viewOf({ id: "T-1" }, { id: "T-2" })],
  };

  test("come before the task for sessions on this branch's task, after git for those in this worktree, and with the task for others", () => {
    expect(aBrief(input).split("\n").slice(1)).toEqual([
      'Another session is on T-1 in "/w3" (seen 1 min ago).',
      `Next, this branch's: T-1 medium: ${title}`,
      "1 more:",
      ` T-2 medium, in another session ("/w3"): ${title}`,
      "Git: fix/T-1, no upstream; clean",
      "Another session is in this worktree (seen 1 min ago).",
    ]);
  });

  test("are left out when their section is switched off", () => {
    const sections = defaultBriefOptions.sections.filter((one) => one !== "sessions");
    const text = aBrief({ ...input, options: { ...defaultBriefOptions, sections } });
    expect(text).not.toContain("Another session");
    expect(text).toContain("in another session");
  });
});

test("a list names the owner of each task, and cuts titles at 80 characters", () => {
  const sources = [viewOf({ id: "T-1" }, { id: "T-2", title: "x".repeat(100) })];
  expect(linesOf({ me, sources }).slice(1)).toEqual([
    "1 more:",
    ` T-2 medium, unassigned: "${"x".repeat(79)}…"`,
  ]);
});

test.for<[string, { source: string; maybe: string | null }[], string | null]>([
  ["is known", [], null],
  [
    "is not known in one",
    [{ source: "ops", maybe: null }],
    "Your name in ops is unknown: `sitrep me NAME`",
  ],
  [
    "is not known in two, and guessed in one",
    [
      { source: "ops", maybe: null },
      { source: "board", maybe: "ana" },
    ],
    "Your name in ops and board is unknown: `sitrep me ana`",
  ],
])(
  "a brief warns about the user's name only where no source knows it: the name %s",
  ([, strange, text]) => {
    expect(unknownIdentityText({ strange })).toBe(text);
    const people = strange.map(({ source, maybe }) =>
      aSourceView({
        source,
        people: maybe === null ? { ben: 1 } : { [maybe]: 1, "ana.horvat": 1 },
      }),
    );
    const lines = linesOf({ sources: people, me: { given: [], likely: ["Ana Kovač"] } });
    expect(lines.filter((line) => line.includes("Your name"))).toEqual(text === null ? [] : [text]);
  },
);
