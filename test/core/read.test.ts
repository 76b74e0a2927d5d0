import { describe, expect, test } from "vitest";
import {
  parseObject,
  readNumber,
  readObject,
  readOneOf,
  readString,
  readStrings,
} from "../../src/core/read.ts";

const object = { id: "TASK-1" };
const values: Record<string, unknown> = {
  undefined,
  null: null,
  true: true,
  zero: 0,
  one: 1.5,
  nan: Number.NaN,
  infinite: Number.POSITIVE_INFINITY,
  digits: "1",
  empty: "",
  array: ["a", 1, null, "b"],
  object,
};
/** The names of the values that are not absent for `read`, with what it gives for them. */
const found = (read: (value: unknown) => unknown, absent: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values)
      .map(([name, value]): [string, unknown] => [name, read(value)])
      .filter(([, value]) => JSON.stringify(value) !== JSON.stringify(absent)),
  );

describe("only the right shape is read, and nothing is converted", () => {
  test("objects", () => {
    expect(found(readObject, null)).toEqual({ object });
  });

  test("texts", () => {
    expect(found(readString, undefined)).toEqual({ digits: "1", empty: "" });
  });

  test("finite numbers", () => {
    expect(found(readNumber, undefined)).toEqual({ zero: 0, one: 1.5 });
  });

  test("lists of texts", () => {
    expect(found(readStrings, [])).toEqual({ array: ["a", "b"] });
  });

  test("one of some words", () => {
    expect(found((value) => readOneOf(value, ["1", "2"]), undefined)).toEqual({ digits: "1" });
  });
});

describe("JSON text", () => {
  test.for<[string, string, object | null]>([
    ["an object", '{"id":"TASK-1"}', object],
    ["an array", "[1]", null],
    ["null", "null", null],
    ["a text", '"x"', null],
    ["cut off", '{"id":', null],
    ["empty", "", null],
  ])("%s", ([, text, expected]) => {
    expect(parseObject(text)).toEqual(expected);
  });
});
