// Leaves cases out of `npm test` if others already show the same behavior. The slow project runs the files that import
// this module again, with all cases.

/** True in the slow project: only it runs `test.runIf(triesAll)`. */
export const triesAll: boolean = process.env["SITREP_TEST_CASES"] === "all";

/** Returns the first rows of a table in `npm test`, and all of them in the slow project. */
export const firstOf = <const Row>(table: readonly Row[], count = 1): readonly Row[] =>
  triesAll ? table : table.slice(0, count);

/** Returns every `count`th row of a table in `npm test`, and all of them in the slow project. */
export const oneIn = <const Row>(count: number, table: readonly Row[]): readonly Row[] =>
  triesAll ? table : table.filter((_, at) => at % count === 0);

/** Returns rows that cover each value of each column in `npm test`, and all rows in the slow project. */
export function eachValueOf<const Row extends readonly unknown[]>(
  table: readonly Row[],
): readonly Row[] {
  const seen = new Set<string>();
  const isNew = (row: Row): boolean => {
    const values = row.map((value, column) => `${column} ${String(value)}`);
    const isAnyNew = values.some((value) => !seen.has(value));
    for (const value of values) seen.add(value);
    return isAnyNew;
  };
  return triesAll ? table : table.filter(isNew);
}
