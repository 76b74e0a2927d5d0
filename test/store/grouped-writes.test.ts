// Calls that are written together, on SQLite. On PostgreSQL: test/postgres.

import { join } from "node:path";
import { expect, test } from "vitest";
import { SitrepError } from "../../src/core/errors.ts";
import { inGroups, type Outcome } from "../../src/store/database/write-batches.ts";
import { describeGroupedWrites } from "../contracts/grouped-writes.ts";
import { temporaryFolder } from "../support/temporary.ts";

describeGroupedWrites(async () => ({ file: join(temporaryFolder(), "tasks.db") }));

/** Writes words, and what fails when it is written. */
function words(fails: ReadonlyMap<string, Error>, most = 10) {
  const groups: string[][] = [];
  const write = inGroups<string, string>({
    keyOf: (word) => word.slice(0, 1),
    sizeOf: (word) => word.length,
    most,
    write: async (items): Promise<Outcome<string>[]> => {
      groups.push([...items]);
      for (const item of items) {
        const error = fails.get(item);
        if (error !== undefined) throw error;
      }
      return items.map((value) => ({ status: "fulfilled", value: value.toUpperCase() }));
    },
  });
  const all = (given: readonly string[]) => Promise.allSettled(given.map(write));
  return { groups, all };
}

test("a group has the items of one key that came during a write, up to its size", async () => {
  const { groups, all } = words(new Map(), 5);
  const given = ["aa", "ab", "ac", "b", "a-very-long-one", "ad"];
  const outcomes = await all(given);
  expect(outcomes.map((one) => one.status === "fulfilled" && one.value)).toEqual(
    given.map((one) => one.toUpperCase()),
  );
  expect(groups.toSorted()).toEqual([["a-very-long-one"], ["aa", "ab"], ["ac"], ["ad"], ["b"]]);
});

test("each item is written by itself when one item makes the group fail", async () => {
  const { groups, all } = words(new Map([["ab", new SitrepError("task-invalid", "no")]]));
  const outcomes = await all(["aa", "ab", "ac"]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(groups).toEqual([["aa", "ab", "ac"], ["aa"], ["ab"], ["ac"]]);
});

test("a group is not written again after store-interrupted, or without a store", async () => {
  for (const code of ["store-interrupted", "store-unreachable", "disk-full"] as const) {
    const { groups, all } = words(new Map([["ab", new SitrepError(code, "lost")]]));
    const outcomes = await all(["aa", "ab", "ac"]);
    expect(outcomes).toMatchObject(Array.from({ length: 3 }, () => ({ reason: { code } })));
    expect(groups).toEqual([["aa", "ab", "ac"]]);
  }
});
