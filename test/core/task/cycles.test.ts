// Rings of tasks that wait for each other.

import { expect, test } from "vitest";
import { findCycle, findStuck } from "../../../src/core/task/cycles.ts";

const tasks = (edges: Record<string, string[]>) =>
  Object.entries(edges).map(([id, dependsOn]) => ({ id, dependsOn }));

test.each([
  [{ a: [] }, null],
  [{ a: ["a"] }, ["a", "a"]],
  [{ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }, null],
  [{ a: ["b", "c"], b: [], c: ["b", "d"], d: ["c"] }, ["c", "d", "c"]],
  [{ a: ["missing"] }, null],
])("%j has the cycle %j", (edges, cycle) => {
  expect(findCycle(tasks(edges as unknown as Record<string, string[]>), ["a"])).toEqual(cycle);
});

test("a chain of a hundred thousand tasks is followed to its end", () => {
  const chain = Array.from({ length: 100_000 }, (_, at) => ({
    id: `${at}`,
    dependsOn: [`${at + 1}`],
  }));
  expect(findCycle(chain, ["0"])).toBeNull();
  expect(findCycle([...chain, { id: "100000", dependsOn: ["99999"] }], ["0"])).toEqual([
    "99999",
    "100000",
    "99999",
  ]);
});

test.each([
  [{ a: ["b", "c"], b: [], c: ["a"] }, ["a", "c"]],
  [{ a: ["x"], b: ["x"], x: [] }, []],
  [{ a: ["x", "y"], x: [], y: [] }, []],
  [{ a: ["x", "x", "missing"], x: [] }, []],
  [{ a: ["b"], b: ["a"], c: ["b"], d: [] }, ["a", "b", "c"]],
])("with the dependencies %j, %j can never start", (edges, stuck) => {
  const blockers = new Map(Object.entries(edges as unknown as Record<string, string[]>));
  expect([...findStuck(blockers)].toSorted()).toEqual(stuck);
});
