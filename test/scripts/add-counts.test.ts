// Adding counts of one source that two compilers have made differently.

import { createFileCoverage } from "@vitest/istanbul-lib-coverage";
import type { FileCoverage } from "@vitest/istanbul-lib-coverage";
import { expect, test } from "vitest";
import { addCounts } from "../../scripts/counting/add-counts.ts";

type Statement = [line: number, column: number, count: number];

function aFile(...statements: Statement[]): FileCoverage {
  return createFileCoverage({
    path: "/src/a.ts",
    statementMap: Object.fromEntries(
      statements.map(([line, column], id) => [
        id,
        { start: { line, column }, end: { line, column: column + 5 } },
      ]),
    ),
    s: Object.fromEntries(statements.map(([, , count], id) => [id, count])),
    fnMap: {},
    f: {},
    branchMap: {},
    b: {},
  });
}

const added = (own: FileCoverage, more: FileCoverage): number[] => {
  addCounts(own, more);
  return Object.values(own.s);
};

test("statements that begin at the same position count as one, whatever their numbers", () => {
  expect(added(aFile([3, 0, 1], [4, 2, 0]), aFile([4, 2, 5], [3, 0, 2]))).toEqual([3, 5]);
});

test("statements in the other list alone add nothing, so that imports do not improve the coverage", () => {
  expect(added(aFile([3, 0, 0]), aFile([1, 0, 9], [2, 0, 9], [3, 0, 0]))).toEqual([0]);
});

test("a statement that begins elsewhere on its line ran if every statement on that line did", () => {
  expect(added(aFile([3, 14, 0]), aFile([3, 6, 2]))).toEqual([2]);
  expect(added(aFile([3, 14, 0]), aFile([3, 6, 2], [3, 30, 0]))).toEqual([0]);
});
