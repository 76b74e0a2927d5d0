// The real client, 2.1.329, in a project whose `.claude/settings.json` a team shares: with Sitrep and without.

import { cpSync, existsSync } from "node:fs";
import { expect, test } from "vitest";
import { aHome } from "../support/plugin.ts";
import { bash, runClaude } from "./claude.ts";
import { countIn, textsOf } from "./fake-messages-api.ts";

const brief = "Sitrep ";

test("one teammate reads the brief, and another without Sitrep has a session without it", async () => {
  const first = aHome();
  first.ok("install", "--yes", "--scope", "project");
  first.ok("task", "add", "Rotate keys");
  const second = aHome();
  cpSync(first.project.folder, second.project.folder, { recursive: true });
  const script = (_: unknown, index: number) =>
    index === 1 ? bash("git log -1") : { text: "done" };
  const own = await runClaude(first, { script });
  expect(textsOf(own.requests[0])).toContain(`SessionStart hook additional context: ${brief}`);
  expect(own.requests.map((request) => countIn(request, brief))).toEqual([1, 1]);
  const theirs = await runClaude(second, { script });
  for (const { exitCode, debug, stdout } of [own, theirs]) {
    expect(exitCode).toBe(0);
    expect(debug).toMatch(/PreToolUse:Bash .* finished with status 0/);
    expect(debug).not.toMatch(/finished with status [1-9]|invalid settings|hook_no_verdict/i);
    expect(stdout).not.toMatch(/hook error|says:/i);
  }
  expect(theirs.requests.map((request) => countIn(request, "Sitrep"))).toEqual([0, 0]);
  expect(existsSync(second.state)).toBe(false);
});
