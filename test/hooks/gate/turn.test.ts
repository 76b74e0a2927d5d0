// The gate of a turn's end: a mark and a wake-up by builtins alone, and Node only where the monitor is gone.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dropLease, wakeFile } from "../../../src/state/live/lease.ts";
import { gateFixture, said, shells, type GateName } from "../../support/gate-fixture.ts";

const quiet = { exitCode: 0, stdout: "", stderr: "", starts: 0 };
const started = { exitCode: 0, stdout: said, stderr: "", starts: 1 };
const both: GateName[] = ["turn-end", "compaction"];

describe.each(shells)("in $name", ({ command: shell }) => {
  test.each(both)(
    "%s leaves a mark that holds nothing of the session, and wakes the monitor",
    (gate) => {
      const fixture = gateFixture();
      expect(fixture.run({ shell, gate })).toEqual(quiet);
      expect(readFileSync(join(fixture.live, `${fixture.sessionId}.turn`), "utf8")).toBe(".");
      expect(existsSync(wakeFile(fixture.live))).toBe(true);
    },
  );

  test.each(both)("%s goes on to Node where the monitor is gone", (gate) => {
    const fixture = gateFixture();
    dropLease(fixture.live);
    expect(fixture.run({ shell, gate })).toEqual(started);
    expect(fixture.nodeArguments().slice(2)).toEqual(["turn", ""]);
    expect(existsSync(join(fixture.live, `${fixture.sessionId}.turn`))).toBe(true);
  });

  test.each(["handoff.off", "off"])("%s keeps it from leaving anything", (name) => {
    const fixture = gateFixture();
    dropLease(fixture.live);
    writeFileSync(join(fixture.state, name), "");
    expect(fixture.run({ shell, gate: "turn-end" })).toEqual(quiet);
    expect(existsSync(join(fixture.live, `${fixture.sessionId}.turn`))).toBe(false);
  });

  test("A33, A48: nothing is left for a session whose id could be a path", () => {
    const fixture = gateFixture();
    const env = { CLAUDE_CODE_SESSION_ID: "../../x" };
    expect(fixture.run({ shell, gate: "turn-end", env })).toEqual(quiet);
    expect(existsSync(wakeFile(fixture.live))).toBe(false);
  });

  test("it ends with 0 despite any obstacle", () => {
    const fixture = gateFixture();
    mkdirSync(join(fixture.live, `${fixture.sessionId}.turn`));
    expect(fixture.run({ shell, gate: "turn-end" }).exitCode).toBe(0);
    rmSync(fixture.live, { recursive: true });
    expect(fixture.run({ shell, gate: "turn-end" }).exitCode).toBe(0);
  });
});
