// Adds the counts of the built files to those of the tests. Both come from one source by two compilers, which agree on where
// statements begin but not on extra ones (imports, wrappers): only statements in the tests' list count.

import type { BranchMapping, FileCoverage, Range } from "@vitest/istanbul-lib-coverage";

type Counts = Map<string, number>;

const place = ({ start }: Range): string => `${start.line}:${start.column}`;
const line = ({ start }: Range): string => `${start.line}`;
const kindAndPlace = ({ type, loc }: BranchMapping): string => `${type} ${place(loc)}`;
const bodies = ({ fnMap }: FileCoverage): Record<string, Range> =>
  Object.fromEntries(Object.entries(fnMap).map(([id, { loc }]) => [id, loc]));

/** The lowest count of the ranges that begin at one place. */
function leastBy(
  key: (range: Range) => string,
  ranges: Readonly<Record<string, Range>>,
  counts: Readonly<Record<string, number>>,
): Counts {
  const least: Counts = new Map();
  for (const [id, range] of Object.entries(ranges)) {
    const at = key(range);
    least.set(at, Math.min(least.get(at) ?? Infinity, counts[id] ?? 0));
  }
  return least;
}

/** The compilers place some initial values differently. For these, the lowest count on the line is used. */
function addStatements(own: FileCoverage, more: FileCoverage): void {
  const byPlace = leastBy(place, more.statementMap, more.s);
  const byLine = leastBy(line, more.statementMap, more.s);
  for (const [id, range] of Object.entries(own.statementMap)) {
    const count = byPlace.get(place(range)) ?? byLine.get(line(range)) ?? 0;
    own.s[id] = (own.s[id] ?? 0) + count;
  }
}

function addFunctions(own: FileCoverage, more: FileCoverage): void {
  const byPlace = leastBy(place, bodies(more), more.f);
  for (const [id, range] of Object.entries(bodies(own))) {
    own.f[id] = (own.f[id] ?? 0) + (byPlace.get(place(range)) ?? 0);
  }
}

function addBranches(own: FileCoverage, more: FileCoverage): void {
  const byPlace = new Map(
    Object.entries(more.branchMap).map(([id, branch]) => [kindAndPlace(branch), more.b[id] ?? []]),
  );
  for (const [id, branch] of Object.entries(own.branchMap)) {
    const counts = byPlace.get(kindAndPlace(branch)) ?? [];
    own.b[id] = (own.b[id] ?? []).map((count, index) => count + (counts[index] ?? 0));
  }
}

/** Adds `more`, of the same source file, to `own` in place. Statements that `own` does not list are ignored. */
export function addCounts(own: FileCoverage, more: FileCoverage): void {
  addStatements(own, more);
  addFunctions(own, more);
  addBranches(own, more);
}
