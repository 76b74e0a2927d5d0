// What a status that is watched does not do each time.

import { expect, test } from "vitest";
import { seldom } from "../../src/cli/status.ts";

test("while somebody watches, the checks are made anew only after a while", async () => {
  let [now, count] = [0, 0];
  const look = seldom(
    async () => (count += 1),
    30_000,
    () => now,
  );
  expect([await look(), await look()]).toEqual([1, 1]);
  now = 29_999;
  expect(await look()).toBe(1);
  now = 30_000;
  expect([await look(), await look()]).toEqual([2, 2]);
});
