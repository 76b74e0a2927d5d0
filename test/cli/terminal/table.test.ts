// How lines are put in columns, cut and wrapped.

import { describe, expect, test } from "vitest";
import { bad, name } from "../../../src/cli/terminal/styles.ts";
import { cutLine, table, widthOf, wrapped } from "../../../src/cli/terminal/table.ts";
import { plainLine } from "../../../src/state/output/styled.ts";
import { hostile } from "../../support/hostile.ts";

const words = "Ask the payment service once more before a customer is told";
const rows = [
  [name("TASK-1"), words, bad("overdue")],
  [name("TASK-100"), "Été", ""],
] as const;
const plain = (...[given, shape]: Parameters<typeof table>): string[] =>
  table(given, shape).map(plainLine);

describe("a table", () => {
  test("has its cells below each other, as long as they are where there is no width", () => {
    expect(plain(rows, { width: null, flexible: 1 })).toEqual([
      `TASK-1    ${words}  overdue`,
      "TASK-100  Été",
    ]);
  });

  test("leaves no more blanks than a column of 60 takes where there is no width", () => {
    const long = "long ".repeat(40).trim();
    const given = [
      ["T-1", long, "a"],
      ["T-2", "short", "b"],
    ];
    expect(plain(given, { width: null })).toEqual([
      `T-1  ${long}  a`,
      `T-2  short${" ".repeat(57)}b`,
    ]);
  });

  test("is cut where it says, to the width", () => {
    expect(plain(rows, { width: 40, flexible: 1 })).toEqual(
      ["TASK-1    Ask the payment servi…  overdue", "TASK-100  Été"].map((line) =>
        line.replace("servi…", "serv…"),
      ),
    );
  });

  test("or goes on in further lines of the same column", () => {
    expect(plain(rows, { width: 40, flexible: 1, overflow: "wrap", indent: 2 })).toEqual([
      "  TASK-1    Ask the payment      overdue",
      "            service once more",
      "            before a customer",
      "            is told",
      "  TASK-100  Été",
    ]);
  });

  test("leaves out a column that is empty", () => {
    const given = [
      ["one", "", "a"],
      ["two", "", "b"],
    ];
    expect(plain(given, { width: null })).toEqual(["one  a", "two  b"]);
  });

  test("counts what a terminal shows of texts in other scripts, and breaks no character", () => {
    const given = [
      ["日本語の題名です", "a"],
      ["👩👧 e\u0301", "b"],
    ];
    expect(plain(given, { width: null })).toEqual([
      "日本語の題名です  a",
      `👩👧 e\u0301${" ".repeat(12)}b`,
    ]);
    for (let width = 16; width < 24; width += 1) {
      for (const line of plain(given, { width, flexible: 0 })) {
        expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
      }
    }
  });

  test("is cut to its width where signs stand between letters of East Asia", () => {
    const title = "修正：ログイン画面の表示が崩れる問題を直す";
    for (let width = 12; width < 42; width += 1) {
      const [line = ""] = plain([[title]], { width });
      expect([width - 1, width]).toContain(widthOf(line));
    }
  });

  test("is one line a row, whatever is in it", () => {
    expect(plain([[hostile, "b"]], { width: 60, flexible: 0 })).toHaveLength(1);
  });
});

test("a line is cut over its styles", () => {
  expect(plainLine(cutLine(["ab", name("cdef"), "gh"], 5))).toBe("abcd…");
  expect(plainLine(cutLine(["ab", name("cdef"), "gh"], 8))).toBe("abcdefgh");
  expect(plainLine(cutLine([words], null))).toBe(words);
});

test("a text goes on behind blanks", () => {
  expect(wrapped(words, 30, 4).map(plainLine)).toEqual([
    "    Ask the payment service",
    "    once more before a",
    "    customer is told",
  ]);
});
