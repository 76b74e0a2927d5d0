// The gate of a turn's end: a mark and a wake-up by builtins alone, and Node only where the monitor is gone.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dropLease, wakeFile } from "../../../src/state/live/lease.ts";
import { gateFixture, said, shells, type GateName } from "../../support/gate-fixture.ts";

const quiet = { exitCode: 0, stdout: "", stderr: "", starts: 0 };
const started = { exitCode: 0, stdout: said, stderr: "", starts: 1 };
const both: GateName[] = ["turn-end", "compaction"];

describe.each(shells)(
  "the gates of a turn's end and a compaction in $name",
  ({ command: shell }) => {
    test.each(both)(
      "leave a mark with nothing of the session, and wake the monitor (%s)",
      (gate) => {
        const fixture = gateFixture();
        expect(fixture.run({ shell, gate })).toEqual(quiet);
        expect(readFileSync(join(fixture.live, `${fixture.sessionId}.turn`), "utf8")).toBe(".");
        expect(existsSync(wakeFile(fixture.live))).toBe(true);
      },
    );

    test.each(both)("start Node if the monitor is not running (%s)", (gate) => {
      const fixture = gateFixture();
      dropLease(fixture.live);
      expect(fixture.run({ shell, gate })).toEqual(started);
      expect(fixture.nodeArguments().slice(2)).toEqual(["turn", ""]);
      expect(existsSync(join(fixture.live, `${fixture.sessionId}.turn`))).toBe(true);
    });

    test.each(["handoff.off", "off"])("leave no mark if the file %s exists", (name) => {
      const fixture = gateFixture();
      dropLease(fixture.live);
      writeFileSync(join(fixture.state, name), "");
      expect(fixture.run({ shell, gate: "turn-end" })).toEqual(quiet);
      expect(existsSync(join(fixture.live, `${fixture.sessionId}.turn`))).toBe(false);
    });

    test("A33, A48: a session whose id could be a path gets no mark", () => {
      const fixture = gateFixture();
      const env = { CLAUDE_CODE_SESSION_ID: "../../x" };
      expect(fixture.run({ shell, gate: "turn-end", env })).toEqual(quiet);
      expect(existsSync(wakeFile(fixture.live))).toBe(false);
    });

    test("exit with 0 whatever is in the way", () => {
      const fixture = gateFixture();
      mkdirSync(join(fixture.live, `${fixture.sessionId}.turn`));
      expect(fixture.run({ shell, gate: "turn-end" }).exitCode).toBe(0);
      rmSync(fixture.live, { recursive: true });
      expect(fixture.run({ shell, gate: "turn-end" }).exitCode).toBe(0);
    });
  },
);
