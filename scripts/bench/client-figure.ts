// The client's own figure for a quiet PreToolUse hook: what its debug log says that forty calls took, beside `/bin/true`
// in the same place. Prints JSON. Runs in a network namespace with loopback only: see clientFigures in client.ts.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setUpFixture } from "./fixture.ts";
import { bash, runClaude } from "../../test/claude-code/claude.ts";
import type { TestInstallation } from "../../test/support/installation.ts";
import { gateCommand } from "../../src/install/entries.ts";

const calls = 40;
const logged = /Hooks: PreToolUse:Bash \[[^\n]*\] finished with status 0\s*\((\d+)ms\)/g;

using fixture = setUpFixture({ files: 100, tasks: 20, projects: 0, largestFile: 0 });
const settings = join(fixture.project, ".claude/settings.local.json");
const installation = {
  home: fixture.home,
  project: { folder: fixture.project },
} as TestInstallation;

async function figures(command: { command: string; args?: string[] }): Promise<number[]> {
  const handler = { type: "command", ...command, timeout: 5 };
  const hooks = { PreToolUse: [{ matcher: "*", hooks: [handler] }] };
  mkdirSync(dirname(settings), { recursive: true });
  writeFileSync(settings, JSON.stringify({ hooks }));
  const session = await runClaude(installation, {
    script: (_, index) => (index <= calls ? bash(`echo ${index}`) : { text: "done" }),
  });
  const times = [...session.debug.matchAll(logged)].map((match) => Number(match[1]));
  if (times.length !== calls) throw new Error(`the client's log tells of ${times.length} runs`);
  return times;
}

const result = {
  calls,
  "/bin/true": await figures({ command: "/bin/true", args: [] }),
  "PreToolUse, nothing to say": await figures({
    command: gateCommand(join(fixture.state, "gates/pre-tool-use.sh")),
  }),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
