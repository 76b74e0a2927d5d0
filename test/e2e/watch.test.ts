// `sitrep watch` on a real terminal: what a person sees and types, and what is left of it afterwards.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { displayWidth } from "../../src/cli/terminal/table.ts";
import { attacked, secret } from "../support/attacked.ts";
import { builtFolder } from "../support/built.ts";
import { emulatedTerminal, type EmulatedTerminal } from "../support/emulated-terminal.ts";
import { forProgram, forTerminal } from "../support/hostile.ts";
import { isRunning, prepareInstallation, type TestInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { hasScript } from "../support/on-terminal.ts";

async function withTasks(): Promise<TestInstallation> {
  const context = await install({ monitor: false });
  context.ok("task", "add", "Rotate signing keys", "--priority", "high");
  context.ok("task", "add", "支払いサービスに再度確認する", "--url", "https://tasks.example/2");
  context.ok("task", "add", "Announce it", "--depends-on", "TASK-001");
  return context;
}

type Size = Parameters<typeof emulatedTerminal>[1];

async function watching(context: TestInstallation, size?: Size) {
  const terminal = await emulatedTerminal(context, size);
  terminal.command("echo be''fore");
  await terminal.shown("before");
  const pid = await terminal.sitrep("watch");
  await terminal.shown(/Next\s+› TASK-001/);
  return { terminal, pid };
}

/** The shell has its screen, its cursor and its keys again, and says how the program ended. */
async function expectRestored(terminal: EmulatedTerminal, code: number): Promise<void> {
  await terminal.shown(/ready>$/);
  expect(terminal.isAlternate()).toBe(false);
  expect(terminal.isCursorHidden()).toBe(false);
  expect(terminal.mouse()).toBe("none");
  expect(terminal.text()).toContain("before");
  terminal.command("echo code=$?; stty -a");
  await terminal.shown(`code=${code}`);
  await terminal.shown(/ icanon .*/s);
  expect(terminal.text()).toMatch(/[^-]icanon/);
  expect(terminal.text()).toMatch(/[^-]echo /);
  expect(terminal.lines().filter((line) => line.includes("TASK-001"))).toEqual([]);
}

describe.runIf(hasScript)("sitrep watch on a terminal", () => {
  test("shows what is next and what waits, takes keys, and leaves with q", async () => {
    const context = await withTasks();
    const { terminal } = await watching(context);
    expect(terminal.isAlternate()).toBe(true);
    expect(terminal.isCursorHidden()).toBe(true);
    await terminal.shown(/Waiting\s+TASK-003 {2}Announce it +blocked by TASK-001/);
    await terminal.shown("The monitor is not running: sitrep start");
    terminal.type("s");
    await terminal.shown("TASK-001: Started.");
    await terminal.shown(/Now\s+› TASK-001/);
    terminal.type("d");
    await terminal.shown("Complete TASK-001?");
    terminal.type("y");
    await terminal.shown("TASK-001: Completed.");
    expect(context.ok("task", "list")).not.toContain("TASK-001");
    terminal.type("b\r");
    await terminal.shown("TASK-002: Blocked.");
    expect(context.ok("task", "list", "--blocked")).toContain("TASK-002");
    terminal.type("\r");
    await terminal.shown(/status +blocked/);
    terminal.type("q");
    await terminal.shown("Sources");
    terminal.type("q");
    await expectRestored(terminal, 0);
  });

  test("says why a change was refused", async () => {
    const context = await withTasks();
    const { terminal } = await watching(context);
    terminal.type("b");
    await terminal.shown("Block TASK-001 by:");
    terminal.type("TASK-003\r");
    await terminal.shown(/This would create a dependency cycle: TASK-001 → TASK-003 →\s+TASK-001/);
  });

  test.each([
    ["Ctrl-C", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
  ] as const)("restores the terminal after %s", async (what, code) => {
    const { terminal, pid } = await watching(await withTasks());
    if (what === "Ctrl-C") terminal.type("\u0003");
    else process.kill(pid, what);
    await expectRestored(terminal, code);
  });

  test("returns the terminal for Ctrl-Z and continues with fg", async () => {
    const context = await withTasks();
    const { terminal, pid } = await watching(context);
    for (const suspend of [() => terminal.type("\u001a"), () => process.kill(pid, "SIGTSTP")]) {
      suspend();
      await terminal.shown(/Stopped.*\n(?:.*\n)*ready>$/);
      expect(terminal.isAlternate()).toBe(false);
      expect(terminal.isCursorHidden()).toBe(false);
      terminal.command("stty -a | grep -c ' icanon.* echo '");
      await terminal.shown(/\n1\n.*ready>$/);
      terminal.command("fg");
      await terminal.shown(/Next\s+› TASK-001/);
      expect(terminal.isAlternate()).toBe(true);
    }
    terminal.type("q");
    await terminal.shown(/ready>$/);
    expect(terminal.isAlternate()).toBe(false);
  });

  test("ends when its terminal is closed", async () => {
    const { terminal, pid } = await watching(await withTasks());
    await terminal.kill();
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test("is laid out again when the terminal is resized", async () => {
    const { terminal } = await watching(await withTasks(), { columns: 120, rows: 30 });
    await terminal.shown(/Next +› TASK-001/);
    terminal.resize(40, 20);
    await terminal.shown(/^Next *\n› TASK-001/m);
    expect(terminal.lines().filter((line) => displayWidth(line) > 40)).toEqual([]);
    terminal.resize(200, 50);
    await terminal.shown(/Next +› TASK-001/);
  });

  test("selects with a click, scrolls with the wheel, and opens with a double click", async () => {
    const { terminal } = await watching(await withTasks());
    const row = terminal.lines().findIndex((line) => line.includes("TASK-003")) + 1;
    const press = `\u001b[<0;20;${row}M\u001b[<0;20;${row}m`;
    terminal.type(press);
    await terminal.shown(/› TASK-003/);
    terminal.type(`\u001b[<64;20;${row}M`);
    await terminal.shown(/› TASK-001/);
    terminal.type(`${press}${press}`);
    await terminal.shown(/blocked by +TASK-001 pending/);
  });

  test("shows another program's changes, without a key press", async () => {
    const context = await withTasks();
    const { terminal } = await watching(context);
    context.ok("task", "add", "Call the bank");
    await terminal.shown("Call the bank");
    context.ok("off", "--project", ".");
    await terminal.shown("Sitrep is off here");
  });

  test("has no colors with NO_COLOR", async () => {
    const { terminal } = await watching(await withTasks(), { more: { NO_COLOR: "1" } });
    expect(terminal.raw()).not.toMatch(/\u001b\[(?!0?m)[\d;]+m/);
  });

  test("shows text from others without control sequences", async () => {
    const { installation, env, run } = await attacked();
    await run(["refresh"]);
    const terminal = await emulatedTerminal({ ...installation, env }, { columns: 120, rows: 40 });
    const before = terminal.raw().length;
    await terminal.sitrep("watch");
    await terminal.shown("Sources");
    for (const keys of ["\u001b[B\u001b[B", "a", "\r", "q", "t", "q", "s", "/x\r", "r"]) {
      terminal.type(keys);
      // oxlint-disable-next-line no-await-in-loop -- a person waits for the screen too
      await expect.poll(() => / …$/m.test(terminal.text())).toBe(false);
    }
    terminal.type("q");
    await terminal.shown(/ready/);
    const sent = Buffer.from(terminal.raw().slice(before), "latin1").toString("utf8");
    expect(sent).not.toContain("owned");
    expect(sent).not.toContain(secret);
    // What the program itself sends: modes, places, erasing, styles, and the end of a link.
    const own =
      /\u001b\[\?\d+[hl]|\u001b\[(?:\d+;\d+)?H|\u001b\[\d*[JK]|\u001b\[[\d;]*m|\u001b\]8;;\u0007|\r/g;
    forTerminal("watch", sent.replaceAll(own, ""));
  });
});

function piped(context: TestInstallation, ...words: string[]) {
  const child = spawn(process.execPath, [join(builtFolder, "cli.cjs"), "watch", ...words], {
    cwd: context.project.folder,
    env: context.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  child.stdout.on("data", (part: Buffer) => (text += part.toString("utf8")));
  return { child, text: () => text };
}

test("--plain prints every row once, then a line for each change, and no cursor movement", async () => {
  const context = await withTasks();
  const { child, text } = piped(context, "--plain");
  await expect.poll(text).toMatch(/Waiting: TASK-003 {2}Announce it · blocked by TASK-001/);
  const { length } = text();
  context.ok("task", "start", "1");
  await expect.poll(text).toMatch(/Now: TASK-001/);
  expect(text().slice(length)).not.toContain("TASK-002");
  expect(text()).not.toContain("\u001b");
  forTerminal("--plain", text());
  child.kill("SIGINT");
  expect(await once(child, "close")).toEqual([130, null]);
});

test("--json prints a snapshot a line, and the next one after a change", async () => {
  const context = await withTasks();
  const { child, text } = piped(context, "--json");
  const lines = (): string[] => text().split("\n").slice(0, -1);
  await expect.poll(() => lines().length).toBe(1);
  context.ok("task", "start", "1");
  const started = expect.objectContaining({ section: "Now", name: "TASK-001" }) as unknown;
  const last = (): unknown => JSON.parse(lines().at(-1) ?? "null");
  await expect.poll(last).toMatchObject({ tasks: expect.arrayContaining([started]) as unknown });
  forProgram("--json", text());
  child.kill("SIGTERM");
  expect(await once(child, "close")).toEqual([143, null]);
});

test("sitrep watch suggests --plain and --json without a terminal", () => {
  const { code, stderr } = prepareInstallation().sitrep("watch");
  expect(code).toBe(2);
  expect(stderr).toContain("sitrep watch --plain, or sitrep watch --json");
});
