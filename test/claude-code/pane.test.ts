// The pane and the instant commands in the real client, 2.1.329: in its own test runner, and on a terminal.

import { setTimeout as sleep } from "node:timers/promises";
import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aHome, buildPlugin } from "../support/plugin.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { eventually } from "../support/waiting.ts";
import { bash, claudePlugin, runClaude } from "./claude.ts";
import { openClaude, type ClaudeOnTerminal } from "./claude-on-terminal.ts";
import { countIn } from "./fake-messages-api.ts";

const done = { text: "done" };

function aPlugin(): string {
  const plugin = join(temporaryFolder(), "plugin");
  buildPlugin(plugin);
  return plugin;
}

/** A click of the left button in the middle of a text on the screen, when the pointer has come there. */
async function click(claude: ClaudeOnTerminal, on: string): Promise<void> {
  const lines = claude.text().split("\n");
  const row = lines.findIndex((line) => line.includes(on));
  const column = (lines[row] ?? "").indexOf(on) + Math.floor(on.length / 2);
  for (const [button, end] of [
    [35, "M"],
    [0, "M"],
    [0, "m"],
  ] as const) {
    claude.type(`\u001b[<${button};${column + 1};${row + 1}${end}`);
    // Claude Code takes what comes at once for pasted text.
    await sleep(200);
  }
}

test("the module passes its tests in the client", async () => {
  const plugin = aPlugin();
  const fixture = join(import.meta.dirname, "../fixtures/pane/module.js");
  copyFileSync(fixture, join(plugin, "hooks/module.test.ts"));
  expect(await claudePlugin(aHome(), ["test", plugin])).toMatch(/\d+ pass\n 0 fail/);
});

/** Ctrl+X Tab: the pane has the keyboard until Escape. */
async function focusPane(claude: ClaudeOnTerminal): Promise<void> {
  claude.type("\u0018");
  await sleep(200);
  claude.type("\t");
  await sleep(500);
}

test("a person adds, starts and completes a task without a request, beside news that Claude is told once", async () => {
  const home = aHome();
  const claude = await openClaude(home, {
    script: async (_, index) => {
      if (index > 1) return done;
      home.ok("task", "add", "Server on fire", "--priority", "urgent");
      await eventually(() =>
        expect(readdirSync(home.live).some((name) => name.endsWith(".news"))).toBe(true),
      );
      return bash("true");
    },
    args: ["--plugin-dir", aPlugin(), "--allowedTools=Bash", "--permission-mode=default"],
  });
  const { requests } = claude.api;
  await claude.say("/sitrep add Add OIDC login");
  await claude.shown("Added.");
  await claude.say("/sitrep next");
  await claude.shown(/❯ \/sitrep:sitrep next.*TASK-001.*Add OIDC login/s);
  await claude.say("/sitrep pane");
  await claude.shown("[ start ] TASK-001 Add OIDC login");
  await claude.shown(/│Git\s.*│main, no remote; clean\s.*│Claude read\s.*brief \(startup\)/s);
  await click(claude, "[ start ]");
  await claude.shown("[ done ] TASK-001");
  expect(requests).toEqual([]);

  await claude.say("hello");
  await claude.shown(/● done/);
  expect(countIn(requests.at(-1), "Server on fire")).toBe(1);
  await claude.shown(/│Claude read\s+│?.*Server on fire.*brief \(startup\)/s);

  const asked = requests.length;
  await focusPane(claude);
  claude.type("d");
  await claude.shown("[ done, sure? ] TASK-001");
  claude.type("d");
  await claude.shown("TASK-001: Completed.");
  await eventually(() => expect(claude.text()).not.toContain("[ done"));
  expect(claude.text()).toContain("[ start ] TASK-002 Server on fire");
  expect(requests).toHaveLength(asked);
});

test("a run without a terminal answers the commands without a request", async () => {
  const session = await runClaude(aHome(), {
    prompts: ["/sitrep add Add OIDC login", "/sitrep next", "hello"],
    script: () => done,
    args: ["--plugin-dir", aPlugin()],
  });
  expect(session.requests).toHaveLength(1);
  expect(session.stdout).toContain("TASK-001  pending  Add OIDC login");
  // Of the commands Claude has the words, which Claude Code records, and not the answers.
  expect(countIn(session.requests[0], "TASK-001")).toBe(0);
});
