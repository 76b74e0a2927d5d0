// Every command, over what test/e2e/one-way-out.test.ts has hooks, tools and routes run over.

import { expect, test } from "vitest";
import { forProgram, forTerminal } from "../support/hostile.ts";
import { hostile, hostileBranch, hostileName } from "../support/hostile.ts";
import { attacked, noSecret, secret } from "../support/attacked.ts";

/** Every verb, in an order in which the later ones find what the earlier ones made. */
const commands: readonly (readonly string[])[] = [
  ["install", "--dry-run", "--mcp", "--statusline"],
  ["allow", "--dry-run"],
  ["allow", "--yes"],
  ["deny"],
  ["install", "--yes", "--no-monitor", "--mcp"],
  ["refresh"],
  [
    "task",
    "add",
    hostile,
    "--description",
    hostile,
    "--label",
    hostile,
    "--assignee",
    hostile,
    "--branch",
    hostileBranch,
    "--category",
    hostile,
    "--effort",
    hostile,
    "--url",
    `https://a.example/${hostile}`,
    "--input",
    hostile,
    "--output",
    hostile,
  ],
  ["task", "add", "Second", "--depends-on", hostile],
  ["task", "add", "--due", hostile, "Third"],
  ["task", "import", "tasks.json"],
  ["task", "import", hostileName],
  ["task", "list"],
  ["task", "list", "--all", "--source", "team"],
  ["task", "list", "--source", hostile],
  ["task", "next"],
  ["task", "show", "team/TASK-1"],
  ["task", "show", "TASK-001"],
  ["task", "show", `team/${hostile.trim()}`],
  ["task", "show", hostile],
  ["task", "start", "TASK-001"],
  ["task", "start", "TASK-1"],
  ["task", "block", "TASK-001", "--by", hostile],
  ["task", "done", "TASK-001", "--notes", hostile],
  ["task", "done", "TASK-001"],
  ["task", "clear-samples"],
  ["status"],
  ["doctor"],
  ["brief"],
  ["brief", "--explain"],
  ["brief", "--now", hostile],
  ["brief", "--source", hostile, "--session", hostile],
  ["brief", "--event", "subagent-start"],
  ["last", "--count", "5"],
  ["last", "--session", hostile],
  ["handoff", "--for", hostile],
  ["source", "list"],
  ["source", "test", "team"],
  ["source", "test", "broken"],
  ["source", "test", "program"],
  ["source", "test", hostile],
  ["source", "discover"],
  ["source", "add", hostile, "--type", "tickets", "--url", "https://tasks.example"],
  [
    "source",
    "add",
    "another",
    "--type",
    "tickets",
    "--url",
    `https://tasks.example/${hostileName}`,
    "--no-test",
  ],
  ["source", "remove", hostile],
  ["login", hostile],
  ["logout", hostile],
  ["cache", "stats"],
  ["cache", "cleanup"],
  ["start"],
  ["restart"],
  ["stop"],
  ["off", "--project", "."],
  ["on", "--project", "."],
  ["off"],
  ["on"],
  ["serve", "key", "add", hostile, "--user", hostile],
  ["serve", "key", "add", "ci", "--user", "ci", "--organization", "acme", "--description", hostile],
  ["serve", "key", "list"],
  ["serve", "key", "revoke", hostile],
  ["mcp", "--backend", hostile],
  ["mcp", "--source", hostile],
  [hostile],
  ["status", `--${hostile}`],
  ["status", "--project", hostileName],
  ["doctor", "--project", `/nowhere/${hostileName}`],
  ["cache", "clear"],
  ["uninstall", "--yes"],
  ["uninstall", "--purge", "--yes"],
];

test("A18, B11, B12: hostile names, fields and answers cannot send terminal sequences through any command or its JSON", async () => {
  const { run, env, installation } = await attacked();
  for (const args of commands) {
    const called = args.map((one) => JSON.stringify(one.slice(0, 20))).join(" ");
    // oxlint-disable-next-line no-await-in-loop -- each changes what the next one finds
    const plain = await run(args);
    forTerminal(`${called} on stdout`, plain.stdout);
    forTerminal(`${called} on stderr`, plain.stderr);
    noSecret(called, plain.stdout + plain.stderr);
    if (args[0] === "off" && args.length > 1) continue;
    // oxlint-disable-next-line no-await-in-loop
    const json = await run([...args, "--json"]);
    forTerminal(`${called} --json on stderr`, json.stderr);
    if (json.code === 0 && json.stdout !== "") forProgram(`${called} --json`, json.stdout);
    noSecret(`${called} --json`, json.stdout + json.stderr);
  }
  const input = JSON.stringify({
    session_id: hostile,
    cwd: installation.project.folder,
    model: { display_name: hostile },
    workspace: { current_dir: installation.project.folder },
  });
  const line = await run(["statusline"], input);
  forTerminal("statusline", line.stdout);
  expect(env["TEAM_TOKEN"]).toBe(secret);
}, 400_000);
