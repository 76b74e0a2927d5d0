// What `npm test` leaves to the slow project: more cases of what some show there. That project runs the files that import this
// once more, whole.

/** True in the slow project: `test.runIf(triesAll)` is left to it. */
export const triesAll: boolean = process.env["SITREP_TEST_CASES"] === "all";

/** In `npm test` the first rows of a table, in the slow project all. */
export const firstOf = <const Row>(table: readonly Row[], count = 1): readonly Row[] =>
  triesAll ? table : table.slice(0, count);

/** In `npm test` one row of a table in so many, in the slow project all. */
export const oneIn = <const Row>(count: number, table: readonly Row[]): readonly Row[] =>
  triesAll ? table : table.filter((_, at) => at % count === 0);

/** In `npm test` as many rows as show each value of each column, in the slow project all. */
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
