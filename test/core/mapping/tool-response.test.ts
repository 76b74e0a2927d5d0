import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTooComplex } from "../../../src/core/mapping/response-bounds.ts";
import {
  findFailure,
  readTextTasks,
  responseSample,
  responseValues,
} from "../../../src/core/mapping/tool-response.ts";
import { anyCodePoint } from "../arbitraries.ts";
import { jsonAnswer, structuredAnswer, textAnswer } from "../../support/recorded-responses.ts";

describe("the values in a response", () => {
  test("are the structured content, then the JSON of each text block", () => {
    const response = { ...textAnswer("prose", "[1]", '{"a":1}'), structured: { s: true } };
    expect(responseValues(response)).toEqual([{ s: true }, [1], { a: 1 }]);
  });

  test("are none for prose, broken JSON, and JSON of a scalar", () => {
    expect(responseValues(textAnswer("To Do:", '{"a":', '"text"', "5", "null", ""))).toEqual([]);
  });

  test("A30: are empty for brackets nested without end", () => {
    const [open, close] = ["[".repeat(1000), "]".repeat(1000)];
    expect(responseValues(textAnswer("[".repeat(1_000_000), `${open}${close}`))).toEqual([]);
    expect(isTooComplex(`${"[".repeat(33)}${"]".repeat(33)}`)).toBe(true);
    expect(isTooComplex(`${"[".repeat(32)}${"]".repeat(32)}`)).toBe(false);
    expect(isTooComplex(JSON.stringify({ text: "[".repeat(100) }))).toBe(false);
    expect(isTooComplex(JSON.stringify({ text: '\\"[['.repeat(100) }))).toBe(false);
  });

  test("keep a field `result` beside other fields", () => {
    expect(responseValues(structuredAnswer({ result: [1], total: 1 }))).toEqual([
      { result: [1], total: 1 },
    ]);
    expect(responseValues(structuredAnswer({ result: [1] }))).toEqual([[1]]);
  });
});

describe("a failure in a response", () => {
  test.each([
    [{ success: true, error: "ignored" }],
    [{ status: "ok" }],
    [{ error: null, tasks: [] }],
    [{ tasks: [{ status: "error" }] }],
    [[{ success: false }]],
  ])("is not found where there is none: %j", (value) => {
    expect(findFailure(jsonAnswer(value))).toBeNull();
  });

  test("is one line, cleaned and short", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCodePoint, maxLength: 500 }), (message) => {
        const words = findFailure(jsonAnswer({ success: false, error: { message } }));
        expect(words?.length).toBeLessThanOrEqual(120);
        expect(words).not.toMatch(/[\p{Cc}\p{Cf}<>`]/u);
        expect(responseSample(textAnswer(message)).length).toBeLessThanOrEqual(120);
      }),
    );
  });
});

describe("tasks in prose", () => {
  const pattern = {
    line: "^- \\[(?<id>\\w+)\\] (?<title>.+)$",
    heading: "^# (?<status>.+)$",
    none: "^nothing$",
  };

  test("have the status of the heading above them, within their own block", () => {
    const texts = ["# Doing\n- [A] One\r\n- [B] Two\n# Done\n- [C] Three", "- [D] Four"];
    expect(readTextTasks(pattern, texts)).toEqual([
      { status: "Doing", id: "A", title: "One" },
      { status: "Doing", id: "B", title: "Two" },
      { status: "Done", id: "C", title: "Three" },
      { id: "D", title: "Four" },
    ]);
  });

  test("are an empty list only where the text says so", () => {
    expect(readTextTasks(pattern, ["nothing"])).toEqual([]);
    expect(readTextTasks(pattern, ["Sign in to go on"])).toBeNull();
    expect(readTextTasks(pattern, [])).toBeNull();
  });

  test("are read from lines of bounded length", () => {
    const [task] = readTextTasks(pattern, [`- [A] ${"x".repeat(100_000)}`]) ?? [];
    expect(task?.["title"]?.length).toBeLessThan(1000);
  });
});
