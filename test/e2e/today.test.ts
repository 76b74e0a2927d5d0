// Bare `sitrep`: what there is to do here, on terminals of two widths and in a pipe.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { displayWidth } from "../../src/cli/terminal/table.ts";
import { writeProgram } from "../support/git-canary.ts";
import { prepareInstallation, sessionStartInput } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { TestInstallation } from "../support/installation.ts";
import { hasScript, onTerminal } from "../support/on-terminal.ts";

const title = "Ask the payment service once more before a customer is told that nothing came";

async function withTasks(): Promise<TestInstallation> {
  const installation = await install({ monitor: false });
  const { ok } = installation;
  ok("task", "add", "Add OIDC login", "--priority", "high", "--assignee", "ana");
  ok("task", "add", title, "--due", "2020-01-31");
  ok("task", "add", "Announce it", "--depends-on", "TASK-001");
  ok("task", "start", "TASK-001");
  return installation;
}

const plain = (text: string): string => text.replaceAll(/\u001b\[[\d;]*m/g, "");

describe("sitrep alone", () => {
  test("prints what is in progress, next and waiting, with reasons, uncut in a pipe", async () => {
    const { ok } = await withTasks();
    const text = ok();
    expect(text).toMatch(/^shop-api · \w{3} \d+ \w{3} \d\d:\d\d\n/);
    expect(text).toMatch(/\nNow\n {2}TASK-001 {2}Add OIDC login +high priority, for ana\n/);
    expect(text).toContain(`\nNext\n  TASK-002  ${title}  overdue since 31 Jan 2020\n`);
    expect(text).toMatch(/\nWaiting\n {2}TASK-003 {2}Announce it +blocked by TASK-001\n/);
    expect(text).toMatch(/\nGit +main, no remote; clean\n/);
    expect(text).toMatch(/\nSources +embedded: 3 open, read \d+ s ago\n/);
    expect(text).toMatch(/\nMonitor +not running: sitrep start\n/);
    expect(ok("today")).toContain("Now\n  TASK-001");
  });

  test("waits longer for git than a session does", async () => {
    const installation = prepareInstallation();
    const folder = join(installation.home, "bin");
    mkdirSync(folder);
    writeProgram(join(folder, "git"), 'sleep 0.5; exec /usr/bin/git "$@"');
    installation.env["PATH"] = `${folder}:${installation.env["PATH"]}`;
    expect(installation.ok()).toMatch(/\nGit +main, no remote; clean\n/);
    expect(installation.ok("brief")).toMatch(/\nGit: main, no remote; clean\n/);
  });

  test("has the same facts as JSON", async () => {
    const { ok } = await withTasks();
    const value = JSON.parse(ok("--json")) as Record<string, unknown>;
    expect(value).toMatchObject({
      project: "shop-api",
      off: [],
      monitorRunning: false,
      more: 0,
      tasks: [
        { section: "Now", name: "TASK-001", why: ["high priority", "for ana"] },
        { section: "Next", isOverdue: true },
        { section: "Waiting" },
      ],
      sources: [{ source: "embedded", open: 3, code: null }],
      git: { kind: "state" },
    });
    // Ages are for people.
    expect(JSON.stringify(value)).not.toMatch(/\d (?:s|min|h|d) ago/);
    expect(value["at"]).toBeGreaterThan(1.7e12);
  });

  test("shows each other session of this worktree", async () => {
    const context = await withTasks();
    for (const id of ["session-1", "1f0c3a2b-0000-4000-8000-000000000001"]) {
      const input = sessionStartInput(context, { session_id: id });
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await context.hook(context.commands().sessionStart, input);
    }
    const seen = () =>
      context
        .ok()
        .split("\n")
        .filter((line) => line.includes("in this worktree"));
    await expect.poll(seen).toHaveLength(2);
    const [first, second] = seen().toSorted();
    expect(first).toMatch(/^ {10}session- in this worktree, seen \d+ s ago$/);
    expect(second).toMatch(/^Sessions {2}1f0c3a2b in this worktree, seen \d+ s ago$/);
  });

  test("suggests sitrep install when nothing is installed", () => {
    const { code, stdout, stderr } = prepareInstallation().sitrep();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Claude does not see this yet. Run: sitrep install\n");
    expect(stdout).toContain("No known open tasks here.\n");
  });

  test.runIf(hasScript).each([60, 120])("fits %i columns with the same words", async (columns) => {
    const installation = await withTasks();
    const { code, screen } = await onTerminal(installation, "", { columns });
    expect(code).toBe(0);
    const lines = plain(screen).split("\n");
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    const words = plain(screen).replaceAll(/\s+/g, " ");
    for (const one of [
      "Now TASK-001 Add OIDC login",
      "high priority, for ana",
      "blocked by TASK-001",
    ])
      expect(words).toContain(one);
    // What one goes on with is on the first screen.
    for (const verb of ["add", "start", "edit", "done", "undo"])
      expect(words).toContain(`sitrep task ${verb}`);
  });
});
