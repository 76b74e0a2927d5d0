// The commands as a person types them: what they print, their JSON, their exit codes, and what they refuse.

import { eventually } from "../support/waiting.ts";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stateFiles } from "../../src/config/folders.ts";
import { readInstallation } from "../../src/config/installation.ts";
import { appendFailure } from "../../src/hooks/failure-log.ts";
import { builtFolder } from "../support/built.ts";
import {
  prepareInstallation,
  runShell,
  sessionStartInput,
  unaligned,
} from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { TestInstallation } from "../support/installation.ts";
import { firstOf, triesAll } from "../support/cases.ts";

const root = join(import.meta.dirname, "../..");
const json = (text: string): unknown => JSON.parse(text);
const versionFolder = ({ state }: TestInstallation): string =>
  readInstallation(stateFiles(state).installation)?.folder ?? "";

describe("sitrep task", () => {
  test("a task goes from added to done", () => {
    const context = prepareInstallation();
    const added = context.ok(
      "task",
      "add",
      "Rotate keys",
      "--priority",
      "high",
      "--due",
      "2026-12-01",
      "--assignee",
      "ana",
      "--label",
      "security",
      "--label",
      "ops",
      "--category",
      "chore",

      "--effort",
      "2 h",
      "--description",
      "All of them",
      "--input",
      "a.pem",
      "--output",
      "b.pem",
    );
    expect(added).toMatch(
      /^TASK-001 {2}pending {2}high {2}Rotate keys {2}(?:due|overdue since) .*1 Dec/m,
    );
    expect(json(context.ok("task", "show", "TASK-001", "--json"))).toMatchObject({
      id: "TASK-001",
      title: "Rotate keys",
      status: "pending",
      priority: "high",
      due: "2026-12-01",
      assignees: ["ana"],
      labels: ["security", "ops"],
      category: "chore",
      estimatedEffort: "2 h",
      description: "All of them",
      inputs: ["a.pem"],
      outputs: ["b.pem"],
      project: context.project.folder,
    });
    context.project.git("checkout", "-q", "-b", "feature/keys");
    expect(json(context.ok("task", "start", "TASK-001", "--json"))).toMatchObject({
      status: "in_progress",
      branch: "feature/keys",
    });
    expect(json(context.ok("task", "next", "--json"))).toMatchObject({
      task: { id: "TASK-001" },
      reasons: ["this-branch", "in-progress", "priority"],
    });
    const done = json(context.ok("task", "done", "TASK-001", "--notes", "deployed", "--json"));
    expect(done).toMatchObject({ status: "completed", completionNotes: "deployed" });
    expect(done).toHaveProperty("completedAt");
    expect(context.ok("task", "list")).toContain("No open tasks.");
    expect(context.ok("task", "list", "--all")).toContain("completed");
  });

  test("a task is blocked by another, and the brief names the other", () => {
    const context = prepareInstallation();
    context.ok("task", "add", "First");
    context.ok("task", "add", "Second");
    context.ok("task", "block", "TASK-002", "--by", "TASK-001");
    expect(context.ok("brief")).toMatch(/TASK-002 blocked by TASK-001: "Second"/);
  });

  test("task show prints each field that is set, and task next the reason", () => {
    const context = prepareInstallation();
    expect(context.ok("task", "next")).toBe("No open tasks.\n");
    context.ok("task", "add", "Rotate keys", "--priority", "high", "--label", "security");
    const shown = context.ok("task", "show", "TASK-001");
    expect(shown).toMatch(/^title +Rotate keys$/m);
    expect(shown).toMatch(/^labels +security$/m);
    expect(shown).not.toContain("inputs");
    expect(context.ok("task", "next")).toMatch(/Rotate keys[^]*\n {2}because: high priority\n$/);
  });

  test("task import reads a JSON array and a Markdown list", () => {
    const context = prepareInstallation();
    context.project.write(
      "tasks.json",
      JSON.stringify([
        { title: "From JSON", priority: "critical", status: "todo", assignee: "ana, ben" },
        { id: 51, description: "No title\nbut a description", tags: "a,b" },
      ]),
    );
    context.project.write(
      "TODO.md",
      "# To do\n\n- [ ] From Markdown\n* [x] Done already\n- no box\n",
    );
    expect(context.ok("task", "import", "tasks.json")).toContain("Imported 2 tasks");
    expect(context.ok("task", "import", "TODO.md")).toContain("Imported 2 tasks");
    expect(json(context.ok("task", "list", "--all", "--json"))).toMatchObject([
      { title: "From JSON", priority: "urgent", status: "pending", assignees: ["ana", "ben"] },
      { id: "51", title: "No title", labels: ["a", "b"] },
      { title: "From Markdown", status: "pending" },
      { title: "Done already", status: "completed" },
    ]);
  });

  test.for(
    firstOf(
      [
        [["task", "start", "TASK-404"], 1, "There is no task TASK-404"],
        [["task", "show", "TASK-404"], 1, "There is no task TASK-404"],
        [["task", "add", "  "], 2, "The title is empty."],
        [["task", "add", "x", "--priority", "extreme"], 2, "Allowed choices are urgent, high"],
        [["task", "add", "x", "--due", "soon"], 2, '--due must be a date, not "soon"'],
        [
          ["task", "import", "nowhere.json"],
          1,
          "nowhere.json does not exist.\n  Nothing was imported. Pass a file with a JSON array or a Markdown task list",
        ],
        [["task", "add", "x", "--project", "/nowhere"], 1, "There is no folder /nowhere."],
        [["brief", "--now", "later"], 2, '--now must be a timestamp, not "later"'],
        [["brief", "--key", "x"], 2, "unknown option '--key'"],
        [["install", "--scope", "galaxy"], 2, "Allowed choices are local, project, user"],
        [["teleport"], 2, "unknown command 'teleport'"],
      ] as const,
      3,
    ),
  )("%s is refused with exit code %i", ([args, code, message]) => {
    const ran = prepareInstallation().sitrep(...args);
    expect(ran.stderr).toContain(message);
    expect(ran.code).toBe(code);
    expect(ran.stdout).toBe("");
  });

  test("an import with one invalid task adds none", () => {
    const context = prepareInstallation();
    context.project.write("bad.json", '[{"title":"good"},{"title":"bad","priority":"extreme"}]');
    const ran = context.sitrep("task", "import", "bad.json");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('bad.json, task 2: unknown "priority": extreme');
    expect(context.ok("task", "list")).toContain("No open tasks.");
  });

  test("an impossible change of status is refused and changes nothing", () => {
    const context = prepareInstallation();
    context.ok("task", "add", "Once");
    context.ok("task", "done", "TASK-001");
    const ran = context.sitrep("task", "start", "TASK-001");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("TASK-001 is completed and cannot become in progress.");
    expect(json(context.ok("task", "show", "TASK-001", "--json"))).toMatchObject({
      status: "completed",
    });
  });

  test("an error is printed as JSON with --json", () => {
    const ran = prepareInstallation().sitrep("task", "show", "TASK-404", "--json");
    expect(json(ran.stderr)).toMatchObject({ error: { code: "task-not-found" } });
    expect(ran.stdout).toBe("");
  });
});

describe("sitrep brief", () => {
  test("brief --now gives the same text each time", async () => {
    const context = await install({ monitor: false });
    context.ok("task", "add", "Rotate keys");
    /** As it is where git answers within its time, as it may not on a busy machine. */
    const brief = (): Promise<string> =>
      eventually(() => {
        const text = context.ok("brief", "--now", "2031-01-05T10:02:00Z");
        expect(text).toContain("main, no remote; clean");
        return text;
      });
    const text = await brief();
    expect(text).toContain("Sitrep Sun 5 Jan 10:02.");
    // Of the store on this machine, which nobody has changed since.
    expect(text).toMatch(/Tasks as of .*, \d+ d ago \(embedded\)\.\nNext: TASK-001/);
    expect(await brief()).toBe(text);
  });
});

test("a deleted current directory is reported in one line, with what to do", async () => {
  const { env, home } = prepareInstallation();
  const run = `cd gone && rmdir ../gone && exec "${process.execPath}" "${join(builtFolder, "cli.cjs")}"`;
  for (const args of ["task list", "mcp"]) {
    mkdirSync(join(home, "gone"));
    // oxlint-disable-next-line no-await-in-loop -- one folder after the other
    const { code, stdout, stderr } = await runShell(`${run} ${args}`, { cwd: home, env });
    const who = args === "mcp" ? "sitrep mcp" : "sitrep";
    const said = `${who}: The current directory no longer exists. Change to another one.\n`;
    expect([code, stdout, stderr]).toEqual([1, "", said]);
  }
});

test("a closed output pipe does not fail or stop a command", async () => {
  const context = prepareInstallation();
  const program = `'${process.execPath}' '${join(builtFolder, "cli.cjs")}'`;
  const shell = `{ ${program} task add One; echo "ended with $?" >&2; } | true`;
  const ran = await context.hook(shell, "");
  expect(ran.stderr).toBe("ended with 0\n");
  expect(context.ok("task", "list")).toContain("One");
});

describe("sitrep restart and refresh", () => {
  test("restart replaces the running monitor, and refresh asks the sources at once", async () => {
    const context = await install();
    const before = context.monitorPid();
    expect(context.ok("restart")).toBe("Restarted the monitor.\n");
    expect(context.monitorPid()).not.toBe(before);
    expect(json(context.ok("restart", "--json"))).toEqual({ running: true, started: true });
    expect(context.ok("start")).toBe("The monitor is already running.\n");
    expect(context.ok("refresh")).toMatch(/^✓ ok  embedded:  0 open \(\d+ ms\)$/m);
  });
});

describe("sitrep cache", () => {
  test.runIf(triesAll)("cache stats, cleanup and clear work, and tasks stay", async () => {
    const context = await install({ monitor: false });
    context.ok("task", "add", "Keep me");
    expect(json(context.ok("cache", "stats", "--json"))).toMatchObject({
      entries: 1,
      valid: 1,
      tasks: 1,
    });
    expect(context.ok("cache", "stats")).toMatch(/^entries +1: 1 valid, 0 expired$/m);
    expect(context.ok("cache", "cleanup")).toContain("kept the last good responses");
    expect(context.ok("brief")).toContain("Keep me");
    expect(context.ok("cache", "clear")).toContain(
      "Your tasks are stored elsewhere and are not affected.",
    );
    expect(context.ok("brief")).not.toContain("Keep me");
    context.ok("refresh");
    expect(context.ok("brief")).toContain("Keep me");
  });
});

describe("sitrep status and doctor", () => {
  test.runIf(triesAll)("status and doctor report that all is well", async () => {
    const context = await install();
    context.ok("task", "add", "One");
    expect(json(context.ok("status", "--json"))).toMatchObject({
      isOff: false,
      monitor: { isHealthy: true },
      installedIn: [context.settingsFile],
      responses: [{ what: "tasks from embedded", freshness: "fresh", pending: 1, failure: null }],
      hookFailures: [],
      cacheError: null,
    });
    const status = context.ok("status");
    expect(status).toMatch(/Monitor +running, process \d+/);
    expect(unaligned(status)).toContain(`Hooks in ${context.settingsFile}`);
    const checks = json(context.ok("doctor", "--json")) as { state: string }[];
    expect(checks.map((check) => check.state)).toEqual(checks.map(() => "ok"));
  });

  test("status and doctor report each fault and its fix", async () => {
    const context = await install({ monitor: false });
    const settings = readFileSync(context.settingsFile, "utf8");
    writeFileSync(context.settingsFile, `{ // mine\n${settings.slice(1)}`);
    writeFileSync(
      join(context.state, "cache.db"),
      "rubbish that is long enough to be read as a page",
    );
    const ran = context.sitrep("doctor");
    expect(ran.code).toBe(1);
    expect(unaligned(ran.stdout)).toContain("✗ failed settings ");
    expect(ran.stdout).toContain("a comment at line 1, column 3.");
    expect(ran.stdout).toContain("cannot be used: file is not a database");
    expect(ran.stdout).toMatch(/^ {4}\S*sitrep cache clear$/m);
    expect(unaligned(ran.stdout)).toContain(
      "! warning monitor not running; the next session starts it",
    );
  });

  test.for<[name: string, spoil: (context: TestInstallation) => void, line: string]>(
    firstOf(
      [
        [
          "a gate is missing",
          ({ state }) => rmSync(join(state, "gates/pre-tool-use.sh")),
          "✗ failed installed files missing: ",
        ],
        [
          "the hooks' code cache is missing",
          (context) => rmSync(join(versionFolder(context), "session-start.cache")),
          "! warning installed files the hooks' code cache is missing, so they take about 25% longer",
        ],
        [
          "the state folder is open to other users",
          ({ state }) => chmodSync(state, 0o755),
          "is open to other users",
        ],
        [
          "other users can read a secret",
          ({ state }) => {
            mkdirSync(join(state, "secrets"), { mode: 0o700 });
            writeFileSync(join(state, "secrets/team-0123456789abcdef.json"), "{}", { mode: 0o644 });
          },
          "✗ failed secrets other users can read ",
        ],
        [
          "the entries are from another version",
          ({ settingsFile }) =>
            writeFileSync(
              settingsFile,
              readFileSync(settingsFile, "utf8").replace('"timeout": 10', '"timeout": 9'),
            ),
          "! warning settings the entries in the local settings differ from what this version writes",
        ],
        [
          "the entries were removed by hand",
          ({ settingsFile }) => writeFileSync(settingsFile, "{}"),
          "! warning settings no settings file for ",
        ],
        [
          "a hook failed",
          ({ state }) =>
            appendFailure(stateFiles(state).hookFailures, {
              at: Date.now(),
              event: "SessionStart",
              code: "timeout",
            }),
          "! warning hooks 1 failure in the last 24 h; the last: SessionStart, timeout, ",
        ],
      ],
      3,
    ),
  )("A35, A46: doctor reports that %s, with the fix", async ([, spoil, line]) => {
    const context = await install({ monitor: false });
    spoil(context);
    const stdout = unaligned(context.sitrep("doctor").stdout);
    expect(stdout).toContain(line);
    // The fix is on the next line.
    const lines = stdout.split("\n");
    expect(lines[lines.findIndex((one) => one.includes(line)) + 1]).toMatch(/^ \S/);
  });

  test("status and doctor change nothing on a machine without Sitrep", () => {
    const context = prepareInstallation();
    expect(context.sitrep("doctor").code).toBe(1);
    expect(json(context.ok("status", "--json"))).toMatchObject({
      monitor: null,
      responses: [],
      cacheError: "database-missing",
    });
    expect(spawnSync("ls", ["-A", context.sitrepHome], { encoding: "utf8" }).stdout).toBe(
      "config.json\n",
    );
  });
});

test.runIf(triesAll)("every command has help with an example", () => {
  const context = prepareInstallation();
  const commandsOf = (help: string): string[] =>
    [...(help.split("Commands:")[1]?.split("Example:")[0] ?? "").matchAll(/^ {2}([a-z-]+)/gm)].map(
      (match) => match[1] ?? "",
    );
  const helpsOf = (...verbs: string[]): string[] => {
    const help = context.ok(...verbs, "--help");
    const below = commandsOf(help).filter((verb) => verb !== "help");
    return below.length === 0 ? [help] : below.flatMap((verb) => helpsOf(...verbs, verb));
  };
  const helps = helpsOf();
  expect(helps.length).toBeGreaterThan(30);
  for (const help of helps) expect(help).toContain("Example:\n");
});

describe("on a machine that lacks something", () => {
  test("F32: the command reports a Node that is too old, and does not crash", () => {
    const old = "/usr/bin/node";
    const version = spawnSync(old, ["--version"], { encoding: "utf8" }).stdout ?? "";
    if (!version.startsWith("v20.")) return;
    const context = prepareInstallation();
    const ran = spawnSync(old, [join(root, "dist/cli.cjs"), "task", "list"], {
      cwd: context.project.folder,
      env: context.env,
      encoding: "utf8",
    });
    expect(ran.signal).toBeNull();
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain("is too old for Sitrep: install Node 22.14 or later");
  });

  test("an install without git reports that and changes nothing", () => {
    const context = prepareInstallation();
    context.env["PATH"] = "/nonexistent";
    const ran = context.sitrep("install", "--yes");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("git was not found on the PATH.");
    expect(ran.stderr).toContain("Install git 2.31 or later");
  });
});

describe("this repository's own settings", () => {
  const { hooks } = JSON.parse(readFileSync(join(root, ".claude/settings.json"), "utf8")) as {
    hooks: Record<string, { hooks: { command: string }[] }[]>;
  };
  const command = hooks["SessionStart"]?.[0]?.hooks[0]?.command ?? "";

  test("the hooks say nothing unless SITREP_DOGFOOD=1 is set", async () => {
    const context = await install();
    const run = (env: Record<string, string>) =>
      runShell(command, {
        cwd: context.project.folder,
        env: { ...context.env, ...env },
        input: JSON.stringify(sessionStartInput(context)),
      });
    expect(await run({})).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const spoken = await run({ SITREP_DOGFOOD: "1" });
    expect(spoken).toMatchObject({ code: 0, stderr: "" });
    expect(spoken.stdout).toContain("Sitrep ");
    const nowhere = { SITREP_DOGFOOD: "1", SITREP_HOME: "/nowhere" };
    expect(await run(nowhere)).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test("have the hooks for SessionStart and PreToolUse", () => {
    expect(Object.keys(hooks)).toEqual(["SessionStart", "PreToolUse"]);
  });
});
