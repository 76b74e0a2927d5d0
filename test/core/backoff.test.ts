import { describe, expect, test } from "vitest";
import { nextFailure, retryDelayMs } from "../../src/core/snapshot.ts";
import { minute, saturday } from "../support/builders.ts";

describe("the wait doubles from one minute to fifteen, and stays there", () => {
  test.for([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [5, 15],
    [6, 15],
    [11, 15],
    [12, 15],
    [100, 15],
    [1_000_000, 15],
    [Number.MAX_SAFE_INTEGER, 15],
  ] as const)("after %i failures in a row: %i min", ([count, minutes]) => {
    expect(retryDelayMs(count)).toBe(minutes * minute);
  });
});

describe("the record of a failure", () => {
  test("the first one is tried again after a minute", () => {
    expect(nextFailure(null, "ECONNREFUSED", saturday)).toEqual({
      code: "ECONNREFUSED",
      at: saturday,
      count: 1,
      nextTryAt: saturday + minute,
    });
  });

  test("one more in a row waits longer, and names the latest code and instant", () => {
    const before = nextFailure(null, "ECONNREFUSED", saturday);
    expect(nextFailure(before, "source-timeout", saturday + minute)).toEqual({
      code: "source-timeout",
      at: saturday + minute,
      count: 2,
      nextTryAt: saturday + 3 * minute,
    });
  });
});
