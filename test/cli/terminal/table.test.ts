// Lines in columns, cut and wrapped.

import { describe, expect, test } from "vitest";
import { errorStyle, nameStyle } from "../../../src/cli/terminal/styles.ts";
import { cutLine, table, displayWidth, wrapped } from "../../../src/cli/terminal/table.ts";
import { plainLine } from "../../../src/state/output/styled.ts";
import { hostile } from "../../support/hostile.ts";

const words = "Ask the payment service once more before a customer is told";
const rows = [
  [nameStyle("TASK-1"), words, errorStyle("overdue")],
  [nameStyle("TASK-100"), "Été", ""],
] as const;
const plain = (...[given, shape]: Parameters<typeof table>): string[] =>
  table(given, shape).map(plainLine);

describe("a table", () => {
  test("aligns its cells, and does not cut them without a width", () => {
    expect(plain(rows, { width: null, flexible: 1 })).toEqual([
      `TASK-1    ${words}  overdue`,
      "TASK-100  Été",
    ]);
  });

  test("pads a column to at most 60 without a width", () => {
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

  test("cuts its flexible column to the width", () => {
    expect(plain(rows, { width: 40, flexible: 1 })).toEqual(
      ["TASK-1    Ask the payment servi…  overdue", "TASK-100  Été"].map((line) =>
        line.replace("servi…", "serv…"),
      ),
    );
  });

  test("wraps its flexible column within the column", () => {
    expect(plain(rows, { width: 40, flexible: 1, overflow: "wrap", indent: 2 })).toEqual([
      "  TASK-1    Ask the payment      overdue",
      "            service once more",
      "            before a customer",
      "            is told",
      "  TASK-100  Été",
    ]);
  });

  test("leaves out an empty column", () => {
    const given = [
      ["one", "", "a"],
      ["two", "", "b"],
    ];
    expect(plain(given, { width: null })).toEqual(["one  a", "two  b"]);
  });

  test("counts wide and combining characters as a terminal does, and splits none", () => {
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
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
      }
    }
  });

  test("cuts East Asian text mixed with other characters to its width", () => {
    const title = "修正：ログイン画面の表示が崩れる問題を直す";
    for (let width = 12; width < 42; width += 1) {
      const [line = ""] = plain([[title]], { width });
      expect([width - 1, width]).toContain(displayWidth(line));
    }
  });

  test("prints one line per row, whatever the cells contain", () => {
    expect(plain([[hostile, "b"]], { width: 60, flexible: 0 })).toHaveLength(1);
  });
});

test("a line of several styles is cut to the width", () => {
  expect(plainLine(cutLine(["ab", nameStyle("cdef"), "gh"], 5))).toBe("abcd…");
  expect(plainLine(cutLine(["ab", nameStyle("cdef"), "gh"], 8))).toBe("abcdefgh");
  expect(plainLine(cutLine([words], null))).toBe(words);
});

test("a wrapped text keeps its indent", () => {
  expect(wrapped(words, 30, 4).map(plainLine)).toEqual([
    "    Ask the payment service",
    "    once more before a",
    "    customer is told",
  ]);
});
