import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { claimEvent } from "../../../src/state/live/event-claims.ts";
import { temporaryFolder } from "../../support/temporary.ts";

/** A file as it was left `ageMs` ago. */
function aFile(live: string, name: string, ageMs: number): void {
  const file = join(live, name);
  writeFileSync(file, "");
  const at = (Date.now() - ageMs) / 1000;
  utimesSync(file, at, at);
}

/** A mark as an earlier run left it. */
const aMark = (live: string, ageMs: number): void => aFile(live, "s1.claim.startup", ageMs);

describe("of runs at the same time", () => {
  test("the first has the turn and the others have not", () => {
    const live = temporaryFolder();
    const started = Date.now() - 50;
    const turns = [1, 2, 3].map(() => claimEvent(live, "s1", "startup", started));
    expect(turns).toEqual([true, false, false]);
  });

  test("one that began before the other spoke has none", () => {
    const live = temporaryFolder();
    aMark(live, 500);
    expect(claimEvent(live, "s1", "startup", Date.now() - 1000)).toBe(false);
  });

  test("one whose gate began before the other spoke has none, however late its Node", () => {
    const live = temporaryFolder();
    aFile(live, "s1.start", 600);
    aMark(live, 500);
    expect(claimEvent(live, "s1", "startup", Date.now() - 100)).toBe(false);
  });

  test("another session and another event have their own", () => {
    const live = temporaryFolder();
    const started = Date.now();
    expect(claimEvent(live, "s1", "startup", started)).toBe(true);
    expect(claimEvent(live, "s2", "startup", started)).toBe(true);
    expect(claimEvent(live, "s1", "compact", started)).toBe(true);
  });
});

describe("of runs one after the other", () => {
  test("each is the first", () => {
    const live = temporaryFolder();
    aMark(live, 5000);
    expect(claimEvent(live, "s1", "startup", Date.now() - 100)).toBe(true);
    expect(readdirSync(live)).toEqual(["s1.claim.startup"]);
  });

  test("each is the first, though the start that a gate noted is old", () => {
    const live = temporaryFolder();
    aFile(live, "s1.start", 60_000);
    aMark(live, 5000);
    expect(claimEvent(live, "s1", "startup", Date.now() - 100)).toBe(true);
  });

  test("of two that find the same old mark, one has it", () => {
    const live = temporaryFolder();
    aMark(live, 5000);
    const started = Date.now() - 100;
    expect([1, 2].map(() => claimEvent(live, "s1", "startup", started))).toEqual([true, false]);
  });
});

test("a folder that is not there is a failure, not a turn", () => {
  const live = join(temporaryFolder(), "missing");
  expect(() => claimEvent(live, "s1", "startup", Date.now())).toThrow(/ENOENT/);
  mkdirSync(live);
  expect(claimEvent(live, "s1", "startup", Date.now())).toBe(true);
});
