import { describe, expect, test } from "vitest";
import { dueWorktrees } from "../../src/monitor/worktree-watcher.ts";
import type { WorktreeUse } from "../../src/monitor/worktree-watcher.ts";
import { minute } from "../support/builders.ts";

const now = 10_000_000;
const aUse = (overrides: Partial<WorktreeUse> = {}): WorktreeUse => ({
  worktree: "/work/shop-api",
  readAt: now - 9_000,
  tookMs: 10,
  sessionSeenAt: now,
  changedAt: null,
  ...overrides,
});

describe("a working tree is read again", () => {
  test.for([
    ["after 10 s in the middle of work", { readAt: now - 10_000 }, true],
    ["and not before", { readAt: now - 9_999 }, false],
    [
      "later where git is slow: at most 0.5 % of the time",
      { readAt: now - 79_999, tookMs: 400 },
      false,
    ],
    ["then", { readAt: now - 80_000, tookMs: 400 }, true],
    ["a minute after the last call", { readAt: now - minute, sessionSeenAt: now - minute }, true],
    [
      "and not before, as nobody has done anything",
      { readAt: now - 59_000, sessionSeenAt: now - 59_999 },
      false,
    ],
    [
      "and no more after that",
      { readAt: now - 10 * minute, sessionSeenAt: now - 11 * minute },
      false,
    ],
  ] as const)("%s", ([, overrides, isDue]) => {
    expect(dueWorktrees([aUse(overrides)], now)).toHaveLength(isDue ? 1 : 0);
  });

  test.for([
    ["a moment after a change", { changedAt: now - 100 }, true],
    ["but not while git may still be writing", { changedAt: now - 99 }, false],
    ["and once a second at most", { changedAt: now - 900, readAt: now - 999 }, false],
    ["or less often where git is slow", { changedAt: now - 900, tookMs: 901 }, false],
    ["at most a tenth of the time", { changedAt: now - 900, tookMs: 900 }, true],
  ] as const)("%s", ([, overrides, isDue]) => {
    expect(dueWorktrees([aUse(overrides)], now)).toHaveLength(isDue ? 1 : 0);
  });

  test("when its time has come, and at once when it was never read", () => {
    const uses = [
      aUse({ worktree: "/not-yet" }),
      aUse({ worktree: "/due", readAt: now - 10_000 }),
      aUse({ worktree: "/never", readAt: null }),
    ];
    expect(dueWorktrees(uses, now)).toEqual(["/due", "/never"]);
  });
});
