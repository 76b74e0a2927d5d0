import { describe, expect, test } from "vitest";
import {
  listOf,
  oneOf,
  orElse,
  orNull,
  parseObject,
  readNumber,
  readObject,
  readOneOf,
  readString,
  readStrings,
  readTrue,
  recordOf,
  shape,
  within,
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

describe("a reader accepts only the right shape, and converts nothing", () => {
  test("readObject accepts only objects", () => {
    expect(found(readObject, null)).toEqual({ object });
  });

  test("the reader of texts accepts only texts", () => {
    expect(found(readString, undefined)).toEqual({ digits: "1", empty: "" });
  });

  test("the reader of numbers accepts only finite numbers", () => {
    expect(found(readNumber, undefined)).toEqual({ zero: 0, one: 1.5 });
  });

  test("the reader of lists accepts only lists of texts", () => {
    expect(found(readStrings, [])).toEqual({ array: ["a", "b"] });
  });

  test("readOneOf accepts only one of the given words", () => {
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

describe("an object of a known shape", () => {
  const read = shape(
    { id: readString, size: orElse(readNumber, 1), tag: orNull(readString) },
    { isOld: readTrue, parent: shape({ id: readString }) },
  );
  test.for<[string, unknown, object | undefined]>([
    [
      "is read whole",
      { id: "a", size: 2, tag: "x", isOld: true, parent: { id: "b" } },
      { id: "a", size: 2, tag: "x", isOld: true, parent: { id: "b" } },
    ],
    ["needs its required fields", { size: 2 }, undefined],
    ["needs them in their shape", { id: 7 }, undefined],
    ["has the fallback for what is missing", { id: "a" }, { id: "a", size: 1, tag: null }],
    [
      "leaves out optional fields of another shape, and fields that it does not know",
      { id: "a", isOld: "yes", parent: {}, more: 1 },
      { id: "a", size: 1, tag: null },
    ],
    [
      "has no -0, which JSON cannot carry back",
      { id: "a", size: -0 },
      { id: "a", size: 0, tag: null },
    ],
    ["is not a list", [{ id: "a" }], undefined],
    ["is not null", null, undefined],
  ])("%s", ([, value, expected]) => {
    expect(read(value)).toStrictEqual(expected);
  });
});

test("a list or a record is read without the items of another shape", () => {
  expect(found(listOf(readString), undefined)).toEqual({ array: ["a", "b"] });
  expect(found(recordOf(readString), undefined)).toEqual({ object });
  expect(recordOf(orNull(readString))({ a: "x", b: 7 })).toEqual({ a: "x", b: null });
});

test("a number is moved into its range, and a word must be one of those allowed", () => {
  expect([-1, 5, 99, "5"].map(within(0, 10))).toEqual([0, 5, 10, undefined]);
  expect(["next", "last", 7].map(oneOf(["next", "git"]))).toEqual(["next", undefined, undefined]);
});
