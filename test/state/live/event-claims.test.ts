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

describe("concurrent runs of a hook", () => {
  test("the first of concurrent runs alone claims the event", () => {
    const live = temporaryFolder();
    const started = Date.now() - 50;
    const turns = [1, 2, 3].map(() => claimEvent(live, "s1", "startup", started));
    expect(turns).toEqual([true, false, false]);
  });

  test("a run that began before another's claim does not get the event", () => {
    const live = temporaryFolder();
    aMark(live, 500);
    expect(claimEvent(live, "s1", "startup", Date.now() - 1000)).toBe(false);
  });

  test("a run whose gate began before another's claim does not get the event, however late its Node", () => {
    const live = temporaryFolder();
    aFile(live, "s1.start", 600);
    aMark(live, 500);
    expect(claimEvent(live, "s1", "startup", Date.now() - 100)).toBe(false);
  });

  test("other sessions and other events have their own claims", () => {
    const live = temporaryFolder();
    const started = Date.now();
    expect(claimEvent(live, "s1", "startup", started)).toBe(true);
    expect(claimEvent(live, "s2", "startup", started)).toBe(true);
    expect(claimEvent(live, "s1", "compact", started)).toBe(true);
  });
});

describe("successive runs of a hook", () => {
  test("a later run claims its event, and leaves one file", () => {
    const live = temporaryFolder();
    aMark(live, 5000);
    expect(claimEvent(live, "s1", "startup", Date.now() - 100)).toBe(true);
    expect(readdirSync(live)).toEqual(["s1.claim.startup"]);
  });

  test("a later run claims its event although the gate's start file is old", () => {
    const live = temporaryFolder();
    aFile(live, "s1.start", 60_000);
    aMark(live, 5000);
    expect(claimEvent(live, "s1", "startup", Date.now() - 100)).toBe(true);
  });

  test("one of two runs that find the same old claim gets the event", () => {
    const live = temporaryFolder();
    aMark(live, 5000);
    const started = Date.now() - 100;
    expect([1, 2].map(() => claimEvent(live, "s1", "startup", started))).toEqual([true, false]);
  });
});

test("a missing folder throws an error", () => {
  const live = join(temporaryFolder(), "missing");
  expect(() => claimEvent(live, "s1", "startup", Date.now())).toThrow(/ENOENT/);
  mkdirSync(live);
  expect(claimEvent(live, "s1", "startup", Date.now())).toBe(true);
});
