import { expect, test } from "vitest";
import { unknownTexts } from "../../../src/core/task/unknown-words.ts";
import { aTask } from "../../support/builders.ts";

test("the text says how many tasks have an unknown status or priority, with each value once", () => {
  const waits = { rawStatus: "Wartet auf Kunde" };
  const tasks = [
    aTask(waits),
    aTask({ ...waits, rawPriority: 'sehr "hoch"' }),
    aTask({ rawStatus: "In Prüfung" }),
    aTask(),
  ];
  expect(unknownTexts(tasks)).toEqual([
    '3 of 4 tasks have an unknown status: "Wartet auf Kunde", "In Prüfung"',
    `1 of 4 tasks has an unknown priority: "sehr 'hoch'"`,
  ]);
});

test("the text names at most five unknown values, and is empty when all are known", () => {
  const tasks = [..."abcdefg"].map((rawDue) => aTask({ rawDue }));
  expect(unknownTexts(tasks)).toEqual([
    '7 of 7 tasks have an unreadable due date: "a", "b", "c", "d", "e" and 2 more',
  ]);
  expect(unknownTexts([aTask()])).toEqual([]);
});
