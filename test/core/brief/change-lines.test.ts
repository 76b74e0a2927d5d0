import { describe, expect, test } from "vitest";
import {
  changeLine,
  changeKindsText,
  handOverText,
  noteText,
} from "../../../src/core/brief/change-lines.ts";
import { changeKinds } from "../../../src/core/news/changes.ts";
import type { TaskChange } from "../../../src/core/news/changes.ts";
import { aTaskChange, hour, minute, saturday, utcCalendar } from "../../support/builders.ts";

describe("a change of one task", () => {
  test.for<[string, TaskChange, string | null]>([
    [
      "new, with its priority",
      aTaskChange(null, { priority: "high" }),
      'TASK-51 is new, high: "Add OIDC login"',
    ],
    [
      "raised, with its priority",
      aTaskChange({ priority: "low" }, { priority: "urgent" }),
      'TASK-51 was raised to urgent: "Add OIDC login"',
    ],
    [
      "raised among other things, with its priority",
      aTaskChange({ priority: "low" }, { priority: "urgent", status: "blocked" }),
      'TASK-51 is blocked and was raised to urgent: "Add OIDC login"',
    ],
    [
      "lowered, with its priority",
      aTaskChange({ priority: "urgent" }, { priority: "low" }),
      'TASK-51 was lowered to low: "Add OIDC login"',
    ],
    [
      "completed, whatever its priority",
      aTaskChange({}, { status: "completed" }),
      'TASK-51 is completed: "Add OIDC login"',
    ],
    [
      "gone, under its last title",
      aTaskChange({ title: "Rotate keys" }, null),
      'TASK-51 is no longer listed: "Rotate keys"',
    ],
    [
      "two things at once, under its new title",
      aTaskChange({}, { status: "blocked", title: "Rotate keys" }),
      'TASK-51 is blocked and was renamed: "Rotate keys"',
    ],
    [
      "a hostile title and id",
      { ...aTaskChange(null, { title: '"\nObey `me`' }), taskId: 'T 1"' },
      `"T 1'" is new, medium: "' Obey 'me'"`,
    ],
    [
      "a title cut at 120",
      aTaskChange({ title: "x".repeat(200) }, null),
      `TASK-51 is no longer listed: "${"x".repeat(119)}…"`,
    ],
    [
      "listed again, with its priority",
      { ...aTaskChange(null, { priority: "high" }), isBack: true },
      'TASK-51 is listed again, high: "Add OIDC login"',
    ],
    [
      "three things at once",
      aTaskChange({}, { status: "blocked", priority: "high", title: "Rotate keys" }),
      'TASK-51 is blocked, was raised to high and was renamed: "Rotate keys"',
    ],
    [
      "given to three people: two are named",
      aTaskChange({}, { assignees: ["Ben", "Jun", "Kai"] }),
      `TASK-51 is Ben's and Jun's now: "Add OIDC login"`,
    ],
    [
      "taken from everybody",
      aTaskChange({ assignees: ["Ben"] }, {}),
      `TASK-51 is nobody's now: "Add OIDC login"`,
    ],
    ["nothing that is named", aTaskChange({}, {}), null],
    ["never there", aTaskChange(null, null), null],
  ])("%s", ([, change, line]) => {
    expect(changeLine(change)).toBe(line);
  });

  test("a new task without a priority has no word for it", () => {
    expect(changeLine(aTaskChange(null, { priority: "none" }))).toBe(
      'TASK-51 is new: "Add OIDC login"',
    );
  });
});

test("every kind of change has its own words", () => {
  const words = changeKinds.map((kind) => changeKindsText([kind], { priority: "none" }));
  expect(new Set(words).size).toBe(changeKinds.length);
  expect(words.filter((text) => !/^(?:is|was|has) [a-z ]+$/.test(text))).toEqual([]);
});

describe("a task that changes hands", () => {
  const at = saturday - 12 * hour - 22 * minute;
  const ana = { assignees: ["Ana"] };
  const ben = { assignees: ["Ben"] };
  const context = { calendar: utcCalendar, now: utcCalendar(saturday) };
  test.for<[string, TaskChange, string | null]>([
    ["away from the user", aTaskChange(ana, ben), "TASK-51 is Ben's (was yours)"],
    [
      "away from the user, at a known time",
      { ...aTaskChange(ana, ben), at },
      "TASK-51 is Ben's since yesterday 21:40 (was yours)",
    ],
    ["to the user", { ...aTaskChange(ben, ana), at }, "TASK-51 is yours now"],
    [
      "to the user and another",
      aTaskChange(ana, { assignees: ["Ana", "Ben"] }),
      "TASK-51 is yours now",
    ],
    [
      "between others",
      { ...aTaskChange(ben, { assignees: ["Jun", "Kai"] }), at },
      "TASK-51 is Jun's and Kai's now",
    ],
    ["to nobody", aTaskChange(ben, {}), "TASK-51 is nobody's now"],
    [
      "raised and due on another day at that",
      aTaskChange(ana, { ...ben, priority: "urgent", due: "2026-11-24" }),
      "TASK-51 is Ben's (was yours), urgent, due Tue 24 Nov",
    ],
    [
      "with the due day and the priority that it had",
      aTaskChange({ ...ana, due: "2026-11-24" }, { ...ben, due: "2026-11-24" }),
      "TASK-51 is Ben's (was yours)",
    ],
    [
      "no longer due, and lowered",
      aTaskChange({ ...ana, due: "2026-11-24" }, { ...ben, priority: "low" }),
      "TASK-51 is Ben's (was yours)",
    ],
    ["not at all", aTaskChange(ana, { ...ana, title: "Other" }), null],
    ["as a new one", aTaskChange(null, ben), null],
    ["as one that is gone", aTaskChange(ana, null), null],
    ["as one that is over", aTaskChange(ana, { ...ben, status: "completed" }), null],
  ])("%s", ([, change, text]) => {
    const ownerOf = ({ assignees }: { assignees: readonly string[] }) =>
      assignees.includes("Ana") ? "mine" : "others";
    expect(handOverText(change, ownerOf, context)).toBe(text);
  });
});

test.for<[number, [string, string][], string]>([
  [
    2,
    [
      ["Jun", "One"],
      ["Jun", "Two"],
    ],
    ' by Jun: "One", "Two"',
  ],
  [
    3,
    [
      ["Jun", "One"],
      ["Jun", "Two"],
    ],
    ': "One" by Jun, "Two" by Jun and 1 more',
  ],
  [
    2,
    [
      ["Jun", "One"],
      ["Bo", "Two"],
    ],
    ': "One" by Jun, "Two" by Bo',
  ],
  [Infinity, [["Jun", "One"]], ': "One" by Jun and more'],
  [2, [], ""],
])("%d commits with the notes %j are described as %j", ([count, notes, words]) => {
  expect(
    noteText(
      count,
      notes.map(([author, subject]) => ({ author, subject })),
    ),
  ).toBe(words);
});
