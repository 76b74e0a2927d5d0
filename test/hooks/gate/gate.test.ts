// The gates as they are written, run as the client runs them, by every shell at hand.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TestContext } from "vitest";
import { dropLease } from "../../../src/state/live/lease.ts";
import { readStamps } from "../../../src/state/live/stamps.ts";
import {
  expireIn,
  gateStage,
  giveTo,
  missingShells,
  said,
  shells,
  vanishing,
} from "../../support/gate-fixture.ts";
import type { GateName, GateOutcome, GateRun, GateStage } from "../../support/gate-fixture.ts";
import {
  asOtherUser,
  otherUser,
  requireOtherUser,
  smallDisk,
} from "../../support/settings-machine.ts";

const quiet: GateOutcome = { exitCode: 0, stdout: "", stderr: "", starts: 0 };
const started: GateOutcome = { exitCode: 0, stdout: said, stderr: "", starts: 1 };
/** Node was tried and said nothing that reaches anybody. */
const inVain: GateOutcome = quiet;

const layNews = (stage: GateStage, mode: "news" | "git"): void =>
  writeFileSync(join(stage.live, `${stage.sessionId}.${mode}`), "{}");

interface Situation {
  what: string;
  gate?: GateName;
  arrange?: (stage: GateStage, context: TestContext) => Partial<GateRun> | undefined;
  env?: Record<string, string | undefined>;
  expected: GateOutcome;
}

const gateFiles = ["session-start.sh", "pre-tool-use.sh", "git-call.sh"];

/** Fills a disk to its last byte. */
function fill(disk: string): void {
  for (const size of [65_536, 4096, 512, 1]) {
    for (let turn = 0; turn < 1000; turn += 1) {
      try {
        writeFileSync(join(disk, "filler"), Buffer.alloc(size), { flag: "a" });
      } catch {
        break;
      }
    }
  }
}

/** Runs the shell as somebody who may not write to the state. */
function asStranger(stage: GateStage, context: TestContext): Partial<GateRun> {
  requireOtherUser(context);
  giveTo(0, stage.home);
  for (const gate of gateFiles) {
    chmodSync(join(stage.gates, gate), 0o644);
  }
  for (const folder of [stage.state, stage.gates, stage.live]) chmodSync(folder, 0o755);
  return { wrap: asOtherUser };
}

const monitor: Situation[] = [
  { what: "lives and has no news", expected: quiet },
  {
    what: "has never run",
    arrange: (stage) => void dropLease(stage.live),
    expected: started,
  },
  {
    what: "died a while ago",
    arrange: (stage) => void expireIn(stage, -60_000),
    expected: started,
  },
  {
    // A file's time lags up to a tick of the kernel behind the clock.
    what: "died a moment ago",
    arrange: (stage) => void expireIn(stage, -50),
    expected: started,
  },
  { what: "has news", arrange: (stage) => void layNews(stage, "news"), expected: started },
  {
    what: "has news of git only, which is for another gate",
    arrange: (stage) => void layNews(stage, "git"),
    expected: quiet,
  },
  {
    what: "has news for another session",
    arrange: (stage) => void writeFileSync(join(stage.live, "other.news"), "{}"),
    expected: quiet,
  },
  {
    what: "is dead and has left news",
    arrange: (stage) => {
      dropLease(stage.live);
      layNews(stage, "news");
      return undefined;
    },
    expected: started,
  },
];

const sessions: Situation[] = [
  ["a slash", "../../session"],
  ["a space", "one two"],
  ["a dot", "one.news"],
  ["nothing", ""],
  ["a new line", "one\ntwo"],
  ["a star", "*"],
  ["a letter that is none of ASCII", "é"],
  ["a name too long for a file", "x".repeat(300)],
].map(([what = "", id = ""]) => ({
  what: `is ${what}`,
  env: { CLAUDE_CODE_SESSION_ID: id, LC_ALL: "C" },
  expected: started,
}));

const disk: Situation[] = [
  {
    what: "has a folder in place of the stamp",
    arrange: (stage) => void mkdirSync(join(stage.live, stage.sessionId)),
    expected: started,
  },
  {
    what: "has a link to nowhere in place of the stamp",
    arrange: (stage) => void symlinkSync("/missing/folder/x", join(stage.live, stage.sessionId)),
    expected: started,
  },
  {
    what: "has a stamp already",
    arrange: (stage) => void writeFileSync(join(stage.live, stage.sessionId), "old\nold\nold\n"),
    expected: quiet,
  },
  {
    what: "has no live folder",
    arrange: (stage) => void rmSync(stage.live, { recursive: true }),
    expected: started,
  },
  {
    what: "has a file in place of the live folder",
    arrange: (stage) => {
      rmSync(stage.live, { recursive: true });
      writeFileSync(stage.live, "");
      return undefined;
    },
    expected: started,
  },
  {
    what: "has no state folder but for the gates",
    arrange: (stage) => void stage.rewrite({ state: join(stage.home, "missing") }),
    expected: started,
  },
  { what: "is another user's, read-only", arrange: asStranger, expected: started },
  {
    what: "is full",
    arrange: (stage, context) => {
      const state = smallDisk(context, 64);
      mkdirSync(join(state, "live"));
      writeFileSync(join(state, "live", "monitor.alive"), "{}");
      expireIn({ ...stage, live: join(state, "live") }, 600_000);
      stage.rewrite({ state });
      expect(stage.run({ shell: ["/bin/sh"] })).toEqual(quiet);
      rmSync(join(state, "live", stage.sessionId));
      fill(state);
      return undefined;
    },
    expected: started,
  },
];

const program: Situation[] = [
  {
    what: "the gate is missing",
    arrange: (stage) => void rmSync(stage.gates, { recursive: true }),
    expected: quiet,
  },
  {
    what: "the gate is a link to nowhere",
    arrange: (stage) => {
      rmSync(stage.gates, { recursive: true });
      symlinkSync("/missing/gates", stage.gates);
      return undefined;
    },
    expected: quiet,
  },
  {
    what: "the gate may not be read",
    arrange: (stage, context) => {
      const run = asStranger(stage, context);
      for (const gate of gateFiles) {
        chmodSync(join(stage.gates, gate), 0o600);
      }
      return run;
    },
    expected: quiet,
  },
  {
    what: "the gate is empty",
    arrange: (stage) => {
      for (const gate of gateFiles) {
        writeFileSync(join(stage.gates, gate), "");
      }
      return undefined;
    },
    expected: quiet,
  },
  {
    what: "the gate is broken off in the midst of a command",
    arrange: (stage) => {
      for (const gate of gateFiles)
        writeFileSync(join(stage.gates, gate), "if [ -e /tmp ]; then\n");
      return undefined;
    },
    expected: quiet,
  },
  {
    what: "the gate is a folder",
    arrange: (stage) => {
      for (const gate of gateFiles) {
        rmSync(join(stage.gates, gate));
        mkdirSync(join(stage.gates, gate));
      }
      return undefined;
    },
    expected: quiet,
  },
  {
    what: "the gate holds bytes that are no text",
    arrange: (stage) => {
      for (const gate of gateFiles) writeFileSync(join(stage.gates, gate), Buffer.alloc(4096));
      return undefined;
    },
    expected: quiet,
  },
  {
    // An uninstall while a session works.
    what: "the gate goes between the look at it and the reading of it",
    arrange: (stage, context) => ({ wrap: vanishing(context, stage.gates) }),
    expected: quiet,
  },
  { what: "Node is missing", arrange: (stage) => void rmSync(stage.node), expected: inVain },
  {
    what: "Node may not be run",
    arrange: (stage) => void chmodSync(stage.node, 0o644),
    expected: inVain,
  },
  {
    what: "Node is a folder",
    arrange: (stage) => {
      rmSync(stage.node);
      mkdirSync(stage.node);
      return undefined;
    },
    expected: inVain,
  },
  {
    what: "Node is for another machine",
    arrange: (stage) =>
      void writeFileSync(stage.node, Buffer.from("7f454c4602010100000000", "hex")),
    expected: inVain,
  },
  {
    what: "the bundle is missing",
    arrange: (stage) => {
      stage.rewrite({ node: process.execPath });
      rmSync(join(stage.build, "session-start.cjs"));
      rmSync(join(stage.build, "pre-tool-use.cjs"));
      return undefined;
    },
    expected: inVain,
  },
];

const endings: Situation[] = ["exit 1", "exit 2", "exit 126", "exit 127", "exit 134", "exit 255"]
  .concat(["SEGV", "KILL", "ABRT", "TERM", "PIPE", "BUS"].map((name) => `kill -s ${name} $$`))
  .map((end) => ({
    what: `ends by "${end}" with words on both streams`,
    arrange: (stage) => void stage.nodeDoes(`printf '%s' '${said}'; echo "Error: oh" >&2; ${end}`),
    expected: started,
  }));

const silenced: Situation[] = [
  { what: "SITREP_OFF=1", env: { SITREP_OFF: "1" }, expected: quiet },
  {
    what: "a file named off",
    arrange: (stage) => void writeFileSync(join(stage.state, "off"), ""),
    expected: quiet,
  },
];

test.for(missingShells)("%s runs the gates as well", (name, context) => {
  context.skip(`needs ${name}`);
  expect.unreachable();
});

describe.each(shells)("in $name", ({ name, command: shell }) => {
  /** What a gate of PreToolUse does in a situation. */
  const outcomeIn = (situation: Situation, context: TestContext): GateOutcome => {
    const stage = gateStage();
    const run = situation.arrange?.(stage, context) ?? {};
    return stage.run({ shell, env: situation.env ?? {}, ...run });
  };

  describe("before a tool call", () => {
    test.for(monitor)("when the monitor $what", (situation, context) => {
      expect(outcomeIn(situation, context)).toEqual(situation.expected);
    });

    test.for(sessions)("when the session's id $what", (situation, context) => {
      expect(outcomeIn(situation, context)).toEqual(situation.expected);
    });

    test("when the session's id is not set", () => {
      const stage = gateStage();
      expect(stage.run({ shell, env: { CLAUDE_CODE_SESSION_ID: undefined } })).toEqual(started);
    });

    test.for(disk)("when the disk $what", (situation, context) => {
      expect(outcomeIn(situation, context)).toEqual(situation.expected);
    });

    test.for(silenced)("nothing is said with $what", (situation, context) => {
      const stage = gateStage();
      dropLease(stage.live);
      const run = situation.arrange?.(stage, context) ?? {};
      expect(stage.run({ shell, env: situation.env ?? {}, ...run })).toEqual(quiet);
      expect(existsSync(join(stage.live, stage.sessionId))).toBe(false);
    });

    test.each(["0", "", "yes", "11", "-n"])("SITREP_OFF=%s silences nothing", (value) => {
      const stage = gateStage();
      dropLease(stage.live);
      expect(stage.run({ shell, env: { SITREP_OFF: value } })).toEqual(started);
    });

    test.each([
      ["the same", (cwd: string): string => cwd],
      ["another", (): string => "/"],
      ["none", (): undefined => undefined],
    ])("leaves a stamp with the project's folder and its own; PWD was %s", (_what, pwd) => {
      const stage = gateStage();
      const cwd = join(stage.folder, "wörk tree");
      mkdirSync(cwd);
      writeFileSync(join(stage.live, stage.sessionId), "a longer stamp from before ".repeat(20));
      expect(stage.run({ shell, cwd, env: { PWD: pwd(cwd) } })).toEqual(quiet);
      const stamp = readFileSync(join(stage.live, stage.sessionId), "utf8");
      expect(stamp).toBe(`${stage.folder}\0${cwd}\0`);
      expect(readStamps(stage.live, Date.now() - 60_000)).toMatchObject([
        { sessionId: stage.sessionId, cwd },
      ]);
    });

    test("leaves a stamp without a project's folder when the client names none", () => {
      const stage = gateStage();
      const env = { CLAUDE_PROJECT_DIR: undefined };
      expect(stage.run({ shell, env })).toEqual(quiet);
      const stamp = readFileSync(join(stage.live, stage.sessionId), "utf8");
      expect(stamp).toBe(`\0${stage.folder}\0`);
    });
  });

  describe.each<GateName>(["session-start", "pre-tool-use", "git-call"])("the gate %s", (gate) => {
    /** A stage on which this gate starts Node. */
    const speaking = (): GateStage => {
      const stage = gateStage();
      for (const mode of ["news", "git"] as const) layNews(stage, mode);
      return stage;
    };
    const outcomeWhenSpeaking = (situation: Situation, context: TestContext): GateOutcome => {
      const stage = speaking();
      const run = situation.arrange?.(stage, context) ?? {};
      return stage.run({ shell, gate, env: situation.env ?? {}, ...run });
    };

    test("starts Node with its bundle, the state folder and the mode, and hands it the input", () => {
      const stage = speaking();
      stage.nodeDoes("cat");
      const stdin = `{"tool_input":"${"x".repeat(200_000)}"}`;
      expect(stage.run({ shell, gate, stdin })).toEqual({ ...started, stdout: stdin });
      expect(stage.nodeArguments()).toEqual([
        join(stage.build, gate === "session-start" ? "session-start.cjs" : "pre-tool-use.cjs"),
        stage.state,
        { "session-start": "", "pre-tool-use": "news", "git-call": "git" }[gate],
        "",
      ]);
    });

    test.for(program)("fails silently when $what", (situation, context) => {
      context.skip(
        name === "yash" && situation.what.includes("broken off"),
        "yash ends with 2 at a syntax error, whatever stands around it",
      );
      expect(outcomeWhenSpeaking(situation, context)).toEqual(situation.expected);
    });

    test.for(endings)(
      "passes on what Node says and nothing else when it $what",
      (situation, context) => {
        expect(outcomeWhenSpeaking(situation, context)).toEqual(situation.expected);
      },
    );

    test.for(silenced)("says nothing with $what", (situation, context) => {
      expect(outcomeWhenSpeaking(situation, context)).toEqual(quiet);
    });
  });

  describe("at the start of a session", () => {
    test("Node is started whatever the monitor does, and no stamp is left that the monitor would adopt", () => {
      const stage = gateStage();
      expect(stage.run({ shell, gate: "session-start" })).toEqual(started);
      expect(existsSync(join(stage.live, stage.sessionId))).toBe(false);
      expect(readStamps(stage.live, 0)).toEqual([]);
      dropLease(stage.live);
      expect(stage.run({ shell, gate: "session-start" })).toEqual(started);
    });
  });

  describe("before a call of git", () => {
    test.each([
      { what: "nothing laid out", mode: null, expected: quiet },
      { what: "news for every tool only", mode: "news" as const, expected: quiet },
      { what: "news of git", mode: "git" as const, expected: started },
    ])("with $what, whether the monitor lives or not", ({ mode, expected }) => {
      const stage = gateStage();
      if (mode !== null) layNews(stage, mode);
      expect(stage.run({ shell, gate: "git-call" })).toEqual(expected);
      dropLease(stage.live);
      expect(stage.run({ shell, gate: "git-call" })).toEqual(expected);
    });

    test.for(sessions)("when the session's id $what", ({ env = {} }) => {
      expect(gateStage().run({ shell, gate: "git-call", env })).toEqual(quiet);
    });
  });

  test("a state folder of another user's own is written to by him", (context) => {
    requireOtherUser(context);
    const stage = gateStage();
    giveTo(otherUser, stage.home);
    expect(stage.run({ shell, wrap: asOtherUser })).toEqual(quiet);
    expect(existsSync(join(stage.live, stage.sessionId))).toBe(true);
  });
});
