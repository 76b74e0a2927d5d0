import { describe, expect, test } from "vitest";
import { ageMs, freshness } from "../../src/core/snapshot.ts";
import { day, minute, saturday } from "../support/builders.ts";

const limits = { freshMs: 15 * minute, expireMs: 7 * day };

describe("how far the last good response can be trusted", () => {
  test.for([
    ["of this moment", 0, "fresh"],
    ["as old as it may be to be fresh", 15 * minute, "fresh"],
    ["a millisecond older", 15 * minute + 1, "stale"],
    ["as old as it may be to be shown", 7 * day, "stale"],
    ["a millisecond older than that", 7 * day + 1, "expired"],
    ["written by a clock that is a minute ahead", -minute, "fresh"],
    ["from further in the future: the clock was put back", -minute - 1, "stale"],
    ["from a year ahead: never fresh, never lost", -365 * day, "stale"],
  ] as const)("%s", ([, age, state]) => {
    expect(freshness({ fetchedAt: saturday - age }, limits, saturday)).toBe(state);
  });

  test("absent when there never was one", () => {
    expect(freshness(null, limits, saturday)).toBe("absent");
  });
});

describe("an age", () => {
  test.for([
    ["in milliseconds", 1234, 1234],
    ["never negative where clocks differ a little", -minute, 0],
    ["not known where the clock was put back", -minute - 1, null],
  ] as const)("%s", ([, passed, age]) => {
    expect(ageMs(saturday - passed, saturday)).toBe(age);
  });
});
