import { expect, test } from "vitest";
import { newLines, announcedRows } from "../../../src/cli/watch/plain.ts";
import { messageIn } from "../../../src/cli/watch/run-command.ts";
import type { Screen } from "../../../src/cli/today.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { createToday } from "../../../src/core/today.ts";
import { aBriefInput, aSourceView, aTask, minute, saturday } from "../../support/builders.ts";

function screenOf(tasks: readonly Task[], now = saturday): Screen {
  const brief = aBriefInput({ now, sources: [aSourceView({ tasks })] });
  return {
    project: "shop",
    unadded: [],
    brief,
    today: createToday(brief),
    off: [],
    isInstalled: true,
  };
}

const first = [aTask({ id: "T-1" }), aTask({ id: "T-2", title: "Rotate keys" })];
const between = (before: Screen, after: Screen): string[] =>
  newLines(announcedRows(before), announcedRows(after), after);

test("every row is printed first as a line, under its section", () => {
  expect(newLines(new Map(), announcedRows(screenOf(first)), screenOf(first))).toEqual([
    "10:02 Next: T-1  Add OIDC login · medium priority",
    "10:02 Next: T-2  Rotate keys · medium priority",
    expect.stringMatching(/^10:02 Git: main/),
    "10:02 Sources: embedded · 2 open · read just now",
  ]);
});

test("a change of age alone prints no line", () => {
  expect(between(screenOf(first), screenOf(first, saturday + 5 * minute))).toEqual([]);
});

test("a task that was started and one that disappeared have a line each", () => {
  const after = screenOf([aTask({ id: "T-1", status: "in_progress" })]);
  expect(between(screenOf(first), after)).toEqual([
    "10:02 Now: T-1  Add OIDC login · medium priority",
    "10:02 Sources: embedded · 1 open · read just now",
    "10:02 Gone: T-2  Rotate keys · medium priority",
  ]);
});

test("a refused command is reported in its own words, with what to do", () => {
  const refused = {
    isDone: false,
    stdout: "",
    stderr: "sitrep: T-1 is in TODO.md.\n  Edit TODO.md:3.\n",
  };
  expect(messageIn(refused, "T-1")).toEqual({
    text: "T-1 is in TODO.md. Edit TODO.md:3.",
    isBad: true,
  });
  const started = { isDone: true, stdout: "Started.\nT-1  in progress\n", stderr: "" };
  expect(messageIn(started, "T-1")).toEqual({ text: "T-1: Started.", isBad: false });
});
