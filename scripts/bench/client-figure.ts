// The client's own figure for a quiet PreToolUse hook: the times of forty calls in its debug log, compared with `/bin/true` as
// the hook; and how long a whole call takes, from one request to the next, with and without the plugin's module. Prints
// JSON. Runs in a network namespace with loopback only: see clientFigures in client.ts.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setUpFixture } from "./fixture.ts";
import { bash, runClaude } from "../../test/claude-code/claude.ts";
import type { TestInstallation } from "../../test/support/installation.ts";
import { gateCommand } from "../../src/install/hook-entries.ts";

const calls = 40;
const logged = /Hooks: PreToolUse:Bash \[[^\n]*\] finished with status 0\s*\((\d+)ms\)/g;

using fixture = setUpFixture({ files: 100, tasks: 20, projects: 0, largestFile: 0 });
const settings = join(fixture.project, ".claude/settings.local.json");
const installation = {
  home: fixture.home,
  project: { folder: fixture.project },
} as TestInstallation;

/** A plugin with the module and nothing else. */
function modulePlugin(): string {
  const folder = join(fixture.home, "module");
  const script = join(import.meta.dirname, "../build-plugin.ts");
  execFileSync(process.execPath, [script, folder], { stdio: "ignore" });
  for (const name of [".mcp.json", "bin", "skills", "build"])
    rmSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "hooks/hooks.json"), '{"modules":["./module.js"]}');
  return folder;
}

interface Figures {
  /** Each hook's time in the log. */
  hooks: number[];
  /** The time from one request of the client to the next: the call, its hook, and the client's own work. */
  wholeCalls: number[];
}

async function figures(
  command: { command: string; args?: string[] },
  args: string[] = [],
): Promise<Figures> {
  const handler = { type: "command", ...command, timeout: 5 };
  const hooks = { PreToolUse: [{ matcher: "*", hooks: [handler] }] };
  mkdirSync(dirname(settings), { recursive: true });
  writeFileSync(settings, JSON.stringify({ hooks }));
  const requestedAt: number[] = [];
  const session = await runClaude(installation, {
    args,
    script: (_, index) => {
      requestedAt.push(performance.now());
      return index <= calls ? bash(`echo ${index}`) : { text: "done" };
    },
  });
  const times = [...session.debug.matchAll(logged)].map((match) => Number(match[1]));
  if (times.length !== calls) throw new Error(`the client's log tells of ${times.length} runs`);
  if (args.length > 0 && !session.debug.includes("hooks module sitrep@inline loaded"))
    throw new Error("the client did not load the module");
  const wholeCalls = requestedAt.slice(1).map((at, index) => at - (requestedAt[index] ?? at));
  return { hooks: times, wholeCalls };
}

const gate = { command: gateCommand(join(fixture.state, "gates/pre-tool-use.sh")) };
const withModule = ["--plugin-dir", modulePlugin()];
const bare = await figures({ command: "/bin/true", args: [] });
const without: Figures[] = [];
const beside: Figures[] = [];
// The cases take turns, because the machine's speed drifts.
for (let round = 0; round < 3; round += 1) {
  without.push(await figures(gate));
  beside.push(await figures(gate, withModule));
}
const result = {
  calls,
  "/bin/true": bare.hooks,
  "PreToolUse, nothing to say": without[0]?.hooks ?? [],
  without: without.flatMap(({ wholeCalls }) => wholeCalls),
  beside: beside.flatMap(({ wholeCalls }) => wholeCalls),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
