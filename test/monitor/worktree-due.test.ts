import { describe, expect, test } from "vitest";
import { worktreeDueAt, type WorktreeUse } from "../../src/monitor/worktree-watcher.ts";
import { minute } from "../support/builders.ts";

const now = 10_000_000;

function isDue(overrides: Partial<WorktreeUse>): boolean {
  const use = { worktree: "/work/shop-api", readAt: now - 9_000, tookMs: 10, changedAt: null };
  return worktreeDueAt({ ...use, sessionSeenAt: now, ...overrides }) <= now;
}

describe("an unchanged working tree", () => {
  test.for([
    ["is read again 10 s after its last reading", { readAt: now - 10_000 }, true],
    ["is not read again within 10 s", { readAt: now - 9_999 }, false],
    [
      "with a slow git waits until reading takes at most 0.5 % of the time",
      { readAt: now - 79_999, tookMs: 400 },
      false,
    ],
    [
      "with a slow git is read when reading takes 0.5 % of the time",
      { readAt: now - 80_000, tookMs: 400 },
      true,
    ],
    [
      "is read once more a minute after the last call",
      { readAt: now - minute, sessionSeenAt: now - minute },
      true,
    ],
    [
      "is not read within a minute after the last call",
      { readAt: now - 59_000, sessionSeenAt: now - 59_999 },
      false,
    ],
    [
      "is never read again after that last reading",
      { readAt: now - 10 * minute, sessionSeenAt: now - 11 * minute },
      false,
    ],
    ["is read at once when it was never read", { readAt: null }, true],
  ] as const)("%s", ([, overrides, expected]) => {
    expect(isDue(overrides)).toBe(expected);
  });
});

describe("a changed working tree", () => {
  test.for([
    ["is read 100 ms after the change", { changedAt: now - 100 }, true],
    ["is not read while git may still be writing", { changedAt: now - 99 }, false],
    ["is read once a second at most", { changedAt: now - 900, readAt: now - 999 }, false],
    [
      "with a slow git waits until reading takes at most a tenth of the time",
      { changedAt: now - 900, tookMs: 901 },
      false,
    ],
    [
      "with a slow git is read when reading takes a tenth of the time",
      { changedAt: now - 900, tookMs: 900 },
      true,
    ],
  ] as const)("%s", ([, overrides, expected]) => {
    expect(isDue(overrides)).toBe(expected);
  });
});
