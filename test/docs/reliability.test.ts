// docs/reliability.md names tests that there are, and every row of its lists.

import { describe, expect, test } from "vitest";
import { attacks, faults } from "../../scripts/docs/reliability/rows.ts";
import { patternOf, rowsOf, taggedTests } from "../../scripts/docs/reliability/tagged-tests.ts";
import { read, root } from "./documents.ts";

const rows = read("docs/reliability.md")
  .split(/^- \*\*/m)
  .slice(1)
  .map((text) => ({ row: /^\w+/.exec(text)?.[0] ?? "", text }));
const tagged = taggedTests(root);

test("every attack and every fault has its row, in order", () => {
  expect(rows.map(({ row }) => row)).toEqual(Object.keys({ ...attacks, ...faults }));
});

test("every test that a row names exists, and has that row in its title", () => {
  const named = rows.flatMap(({ row, text }) =>
    [...text.matchAll(/`(test\/[^`]+)`: "(.*)" \(\d+/g)].map(([, file, title = ""]) => ({
      row,
      file,
      title,
    })),
  );
  expect(named.length).toBeGreaterThan(80);
  const missing = named.filter(
    ({ row, file, title }) =>
      !tagged.some(
        (one) =>
          one.file === file && one.title.endsWith(`: ${title}`) && rowsOf(one.title).includes(row),
      ),
  );
  expect(missing).toEqual([]);
});

test("every row in a test's title exists", () => {
  const known = Object.keys({ ...attacks, ...faults });
  expect(tagged.filter(({ title }) => !rowsOf(title).every((row) => known.includes(row)))).toEqual(
    [],
  );
});

describe("a tagged title", () => {
  test("names its rows, ranges written out", () => {
    expect(rowsOf("A1-A3, B2: x: y")).toEqual(["A1", "A2", "A3", "B2"]);
    expect(rowsOf("ABC: x")).toEqual([]);
  });

  test("is known with its parameters filled in", () => {
    expect(patternOf("A1: $name (%s) of ${count}").test("A1: a.b (c) of 3")).toBe(true);
    expect(patternOf("A1: one").test("A1: one more")).toBe(false);
    expect(patternOf("A1: one").test("A1: one (sessionStart)")).toBe(true);
  });
});
