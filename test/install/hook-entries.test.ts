import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gateCommand, gates, hookEntries, shellQuote } from "../../src/install/hook-entries.ts";
import type { Gate, OptionalPart } from "../../src/install/hook-entries.ts";
import { anyCodePoint } from "../core/arbitraries.ts";
import { temporaryFolder } from "../support/temporary.ts";

const quoted = (gate: string): string =>
  `{ [ ! -r '${gate}' ] || command . '${gate}'; } 2>/dev/null || :`;

describe("the hook entries", () => {
  test("are eight: starts of a session and a subagent, three kinds of calls, a turn's end, a compaction, the session's end", () => {
    const entries = hookEntries(({ name }) => ({ command: gateCommand(`/s/gates/${name}.sh`) }));
    const handler = (name: string, timeout = 5) => ({
      type: "command",
      command: quoted(`/s/gates/${name}.sh`),
      timeout,
    });
    expect(entries).toEqual([
      { event: "SessionStart", group: { hooks: [handler("session-start", 10)] } },
      { event: "SubagentStart", group: { hooks: [handler("subagent-start")] } },
      { event: "PreToolUse", group: { matcher: "*", hooks: [handler("pre-tool-use")] } },
      {
        event: "PreToolUse",
        group: { matcher: "Bash", hooks: [{ if: "Bash(git *)", ...handler("git-call") }] },
      },
      {
        event: "PreToolUse",
        group: { matcher: "Edit|Write|MultiEdit|NotebookEdit", hooks: [handler("edit-call")] },
      },
      { event: "Stop", group: { hooks: [handler("turn-end")] } },
      { event: "PreCompact", group: { hooks: [handler("compaction")] } },
      { event: "SessionEnd", group: { hooks: [handler("session-end")] } },
    ]);
  });

  test("include the optional ones only when a person chose them", () => {
    const names = (...parts: OptionalPart[]): string[] =>
      hookEntries(({ name }) => ({ command: gateCommand(name) }), new Set(parts)).map(
        ({ event, group }) => `${event} ${/'([a-z-]+)'/.exec(group.hooks[0]?.command ?? "")?.[1]}`,
      );
    expect(names("prompts").filter((one) => !names().includes(one))).toEqual([
      "UserPromptSubmit prompt",
    ]);
    expect(names("guards").filter((one) => !names().includes(one))).toEqual([
      "PreToolUse guard-git",
      "PreToolUse guard-edit",
    ]);
  });

  test("start Node without a shell on request", () => {
    const entries = hookEntries(({ bundle, mode }) =>
      bundle === null || mode === "turn"
        ? null
        : { command: "C:\\node.exe", args: [`C:\\${bundle}.cjs`, "C:\\state", mode] },
    );
    const called = (bundle: string, mode: string) => ({
      command: "C:\\node.exe",
      args: [`C:\\${bundle}.cjs`, "C:\\state", mode],
    });
    expect(entries.map(({ group }) => group.hooks[0])).toMatchObject([
      called("session-start", ""),
      called("session-start", "subagent"),
      called("pre-tool-use", "news"),
      called("pre-tool-use", "git"),
      called("pre-tool-use", "files"),
    ]);
  });

  // One entry that Claude Code finds invalid disables every hook of the file.
  test.each([
    ({ name }: Gate) => ({ command: gateCommand(`/g/${name}`) }),
    ({ mode }: Gate) => ({ command: "/n", args: ["/b", "/s", mode] }),
  ])("contain nothing for which Claude Code would ignore the file", (callOf) => {
    const entries = hookEntries(callOf);
    expect(entries).not.toEqual([]);
    for (const { event, group } of entries) {
      expect(group.hooks).toHaveLength(1);
      for (const handler of group.hooks) {
        expect(handler.type).toBe("command");
        expect(handler.command).not.toBe("");
        expect(handler.timeout).toBeGreaterThan(0);
        expect(handler.if === undefined || event === "PreToolUse").toBe(true);
        expect(Object.values(handler)).not.toContain(undefined);
      }
      expect(Object.values(group)).not.toContain(undefined);
    }
  });

  test("have gates with different names", () => {
    expect(new Set(gates.map(({ name }) => name)).size).toBe(gates.length);
  });
});

const oddTexts = [
  "plain",
  "",
  "with space",
  "it's",
  "''",
  '"double"',
  "$HOME `id` $(id)",
  "back\\slash\\",
  "new\nline\n",
  "(paren) {brace} [x] * ? ~ # ! ; & | < >",
  "-n",
  "Grüße 🚀",
  "\u0001\t\u007F",
];

/** What `sh` makes of words, each ended by a zero byte. */
const wordsOf = (texts: readonly string[]): string[] =>
  execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${texts.map(shellQuote).join(" ")}`], {
    encoding: "utf8",
  })
    .split("\0")
    .slice(0, -1);

describe("a quoted text", () => {
  test("is one word of the shell with the same text", () => {
    expect(wordsOf(oddTexts)).toEqual(oddTexts);
  });

  test("is unchanged for any text without a zero byte", () => {
    const text = fc.string({ unit: anyCodePoint }).filter((one) => !/[\0\p{Surrogate}]/u.test(one));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 50 }), (texts) => {
        expect(wordsOf(texts)).toEqual(texts);
      }),
      { numRuns: 30 },
    );
  });
});

describe("A11: a gate's command", () => {
  test.each(oddTexts.filter((text) => text !== ""))(
    "reads the gate in a folder named %j",
    (name) => {
      const gate = join(temporaryFolder(), name, "gate.sh");
      mkdirSync(dirname(gate), { recursive: true });
      writeFileSync(gate, "echo read\n");
      const run = (): string =>
        execFileSync("/bin/sh", ["-c", gateCommand(gate)], { encoding: "utf8" });
      expect(run()).toBe("read\n");
    },
  );
});
