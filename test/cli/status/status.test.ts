// How often a watched status runs the checks, and how it shows a failing source.

import { expect, test } from "vitest";
import type { Status } from "../../../src/cli/status/read-status.ts";
import { statusLines } from "../../../src/cli/status/status-rows.ts";
import { throttled } from "../../../src/cli/status/status.ts";
import { nextFailure } from "../../../src/core/snapshot.ts";
import { plainLine } from "../../../src/state/output/styled.ts";
import { minute, saturday } from "../../support/builders.ts";

test("a watched status repeats the checks only every 30 seconds", async () => {
  let [now, count] = [0, 0];
  const look = throttled(
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

test("a failing source is not shown as fresh, but with its latest reason and the time since its first failure", () => {
  const first = nextFailure(null, "source-refused", saturday);
  const failure = nextFailure(first, "source-timeout", saturday + 20 * minute);
  const response: Status["responses"][number] = {
    project: "/work/shop-api",
    what: "tasks from team",
    freshness: "fresh",
    fetchedAt: saturday,
    failure,
    lastFailure: null,
    nextTryAt: failure.nextTryAt,
    wayOut: null,
    pending: 3,
  };
  const status: Status = {
    version: "1.0.0",
    wrong: [],
    isOff: false,
    off: [],
    projectsOff: [],
    monitor: null,
    installedIn: [],
    responses: [response],
    sources: [],
    calls: null,
    hookFailures: [],
    cacheError: null,
    cacheMessage: null,
  };
  const text = statusLines(status, null, saturday + 21 * minute)
    .map(plainLine)
    .join("\n");
  expect(text).toMatch(
    /tasks from team +failing +read 21 min ago, 3 open, .*timeout.*, failing for 21 min, next attempt in 1 min$/m,
  );
  expect(text).not.toContain("fresh");
});
