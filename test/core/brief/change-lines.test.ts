import { describe, expect, test } from "vitest";
import { changeLine, changeKindsText } from "../../../src/core/brief/change-lines.ts";
import { changeKinds } from "../../../src/core/news/changes.ts";
import type { TaskChange } from "../../../src/core/news/changes.ts";
import { aTaskChange } from "../../support/builders.ts";

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
    ["nothing that is named", aTaskChange({}, {}), null],
    ["never there", aTaskChange(null, null), null],
  ])("%s", ([, change, line]) => {
    expect(changeLine(change)).toBe(line);
  });

  test("no priority, no word for it", () => {
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
