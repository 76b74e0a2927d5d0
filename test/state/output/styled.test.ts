// Styles on a terminal, and when there are none.

import { describe, expect, test } from "vitest";
import { hasColor, paint } from "../../../src/state/output/styled.ts";
import { terminalLine } from "../../../src/state/output/terminal.ts";
import { hostile, steersNothing } from "../../support/hostile.ts";

const terminal = { isTTY: true };

describe("colors", () => {
  test.each([
    ["a terminal", terminal, {}, true],
    ["a pipe", {}, {}, false],
    ["NO_COLOR", terminal, { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR", terminal, { NO_COLOR: "" }, true],
    ["a dumb terminal", terminal, { TERM: "dumb" }, false],
    ["FORCE_COLOR in a pipe", {}, { FORCE_COLOR: "1" }, true],
    ["an empty FORCE_COLOR in a pipe", {}, { FORCE_COLOR: "" }, true],
    ["FORCE_COLOR=0", terminal, { FORCE_COLOR: "0" }, false],
    ["both", terminal, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ])("%s", (_, stream, env, expected) => {
    expect(hasColor(stream, env)).toBe(expected);
  });
});

test("other people's text cannot start or end a style", () => {
  const line = paint([{ text: hostile, style: "red" }, hostile], terminalLine, true);
  const [before, inside, after] = line.split(/\u001b\[3[19]m/);
  expect(before).toBe("");
  for (const part of [inside, after]) steersNothing(part ?? "\u001b");
});

test("the words are the same without colors", () => {
  expect(paint([{ text: "a", style: "red" }, " b"], terminalLine, false)).toBe("a b");
});
