import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fit, type BriefLine } from "../../../src/core/brief/fit.ts";

const fitLines = (lines: readonly BriefLine[], budget: number): string =>
  fit(0, () => lines, budget).text;

const page = [
  { text: "heading", weight: 100 },
  { text: "detail", weight: 30 },
  { text: "first", weight: 40 },
  { text: "second", weight: 40 },
  { text: "age", weight: 80 },
];

describe("lines are dropped, the least important first, and the others stay in their order", () => {
  test.for([
    ["all fit to the character", 31, ["heading", "detail", "first", "second", "age"]],
    ["one character too few costs the lightest", 30, ["heading", "first", "second", "age"]],
    ["of equal weights the later goes first", 23, ["heading", "first", "age"]],
    ["then the earlier", 16, ["heading", "age"]],
    ["the heaviest stays longest", 7, ["heading"]],
    ["nothing is left of a budget that holds no line", 6, []],
  ] as const)("%s", ([, budget, kept]) => {
    expect(fitLines(page, budget)).toBe(kept.join("\n"));
  });
});

test("a page without lines is empty", () => {
  expect(fitLines([], 100)).toBe("");
});

const anyLines = fc.array(
  fc.record({ text: fc.string({ maxLength: 40 }), weight: fc.integer({ min: 0, max: 5 }) }),
  { maxLength: 20 },
);

test("no page is longer than its budget", () => {
  fc.assert(
    fc.property(anyLines, fc.nat(400), (lines, budget) => {
      expect(fitLines(lines, budget).length).toBeLessThanOrEqual(budget);
    }),
  );
});

test("no kept line is lighter than a dropped one", () => {
  const numbered = anyLines.map((lines) =>
    lines.map((line, index) => ({ ...line, text: `${index}:${line.text.replaceAll("\n", "")}` })),
  );
  fc.assert(
    fc.property(numbered, fc.nat(400), (lines, budget) => {
      const kept = new Set(fitLines(lines, budget).split("\n"));
      const weights = (isKept: boolean): number[] =>
        lines.filter((line) => kept.has(line.text) === isKept).map((line) => line.weight);
      expect(Math.max(-1, ...weights(false))).toBeLessThanOrEqual(Math.min(6, ...weights(true)));
    }),
  );
});
