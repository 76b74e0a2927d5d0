import { describe, expect, test } from "vitest";
import { parseObject } from "../../src/core/read.ts";
import { nextFailure, readFailure, retryDelayMs, type Failure } from "../../src/core/snapshot.ts";
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
  ] as const)("the wait after %i failures in a row is %i min", ([count, minutes]) => {
    expect(retryDelayMs(count)).toBe(minutes * minute);
  });
});

describe("the record of a failure", () => {
  test("the first failure is retried after a minute", () => {
    expect(nextFailure(null, "ECONNREFUSED", saturday)).toEqual({
      code: "ECONNREFUSED",
      at: saturday,
      since: saturday,
      count: 1,
      nextTryAt: saturday + minute,
    });
  });

  test("another failure in a row waits longer, keeps the start of the outage, and has the latest code and instant", () => {
    const before = nextFailure(null, "ECONNREFUSED", saturday);
    expect(nextFailure(before, "source-timeout", saturday + minute)).toEqual({
      code: "source-timeout",
      at: saturday + minute,
      since: saturday,
      count: 2,
      nextTryAt: saturday + 3 * minute,
    });
  });

  test("an outage starts with its first failure, even if later failures have other codes", () => {
    const codes = ["source-error", "source-refused", "source-not-found", "source-rate-limited"];
    const last = codes.reduce<Failure | null>((before, code, at) => {
      const stored = readFailure(parseObject(JSON.stringify(before)));
      return nextFailure(stored, code, saturday + at * minute, { isForced: at % 2 === 1 });
    }, null);
    expect(last).toMatchObject({ code: "source-rate-limited", since: saturday });
    expect(last?.at).toBe(saturday + 3 * minute);
  });

  test("a record of an earlier version without a start has lasted since it was written", () => {
    const kept = { code: "source-error", at: saturday, count: 3, nextTryAt: saturday + minute };
    expect(readFailure(kept)).toEqual({ ...kept, since: saturday });
  });
});
