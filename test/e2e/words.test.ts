// What the command line prints: for a mistyped word, when Sitrep is off, and on terminals with and without colors.

import { writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { prepareInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { startMisbehavingServer } from "../support/misbehaving-server.ts";
import { hasScript, onTerminal } from "../support/on-terminal.ts";
import { triesAll } from "../support/cases.ts";

const escapes = /\u001b\[/;
const plain = (text: string): string => text.replaceAll(/\u001b\[[\d;]*m/g, "");
/** The lines that remain on the screen: progress is overwritten. */
const drawn = (text: string): string => plain(text.replaceAll(/[^\n]*\r?\u001b\[K/g, ""));

describe("a word that is not a command", () => {
  const context = () => prepareInstallation();

  test.each([
    [["list"], "sitrep task list"],
    [["add", "fix login"], "sitrep task add"],
    [["done", "1"], "sitrep task done"],
    [["task", "new"], "sitrep task add"],
    [["source", "new"], "sitrep source add"],
    [["help", "list"], "sitrep task list"],
  ])("%j is refused with a suggestion of the intended command", (words, meant) => {
    const { code, stdout, stderr } = context().sitrep(...words);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^sitrep: unknown command '\w+'\n/);
    expect(stderr).toContain(`Did you mean: ${meant}\n`);
  });

  test.each([
    [["statsu"], "unknown command 'statsu' (Did you mean status?)\n  See: sitrep --help\n"],
    [["task", "lits"], "unknown command 'lits' (Did you mean list?)\n  See: sitrep task --help\n"],
  ])("%j is refused with the nearest spelling", (words, said) => {
    expect(context().sitrep(...words)).toMatchObject({ code: 2, stderr: `sitrep: ${said}` });
  });

  test("an unknown option is refused and points to that command's help", () => {
    const { code, stderr } = context().sitrep("task", "add", "Rotate", "--prioriti", "high");
    expect(code).toBe(2);
    expect(stderr).toBe(
      "sitrep: unknown option '--prioriti' (Did you mean --priority?)\n  See: sitrep task add --help\n",
    );
    expect(context().sitrep("--bogus").stderr).toContain("unknown option '--bogus'");
  });

  test.runIf(triesAll)("help accepts any command path, and the version has several names", () => {
    const { ok } = context();
    const help = ok("task", "add", "--help");
    expect(help).toContain("Usage: sitrep task add");
    expect(ok("help", "task", "add")).toBe(help);
    expect(ok("help", "ls")).toBe(ok("task", "list", "--help"));
    const version = ok("--version");
    for (const name of ["-v", "-V", "version"]) expect(ok(name)).toBe(version);
    for (const list of [["ls"], ["task", "ls"], ["--color", "never", "ls"], ["--no-color", "ls"]]) {
      expect(ok(...list)).toBe(ok("task", "list"));
    }
    expect(ok("--color=never", "version")).toBe(version);
    expect(ok("--color", "always", "help", "task", "add")).toBe(help);
  });
});

describe("when Sitrep is off", () => {
  const off = "Sitrep is off everywhere; to turn it on: sitrep on";
  const here = "Sitrep is off here; to turn it on: sitrep on --project .";

  test.runIf(triesAll)(
    "every view reports that Sitrep is off, and on reports what is still off",
    async () => {
      const { ok, sitrep, project } = await install({ monitor: false });
      const doctor = () =>
        sitrep("doctor")
          .stdout.replaceAll(/\n +\S*(sitrep on)/g, "; to turn it on: $1")
          .replaceAll(`--project ${project.folder}`, "--project .");
      const said = () => [
        sitrep().stdout,
        ok("status"),
        sitrep("brief").stderr,
        ok("statusline"),
        doctor(),
      ];
      for (const one of said()) expect(one).not.toContain("is off");
      ok("off", "--project", ".");
      for (const one of said()) expect(one).toContain(here);
      ok("off");
      for (const one of said()) expect(one).toContain(off);
      expect(ok("on")).toBe(`Done.\nStill: ${here}\n`);
      expect(ok("on", "--project", ".")).toMatch(/^Sitrep is on in \S+\.\n$/);
      for (const one of said()) expect(one).not.toContain("is off");
    },
  );

  test("on and status report another project that is off", async () => {
    const { ok, home } = await install({ monitor: false });
    ok("off", "--project", home);
    expect(ok("status")).toContain(
      `Sitrep is off in ${home}; to turn it on: sitrep on --project ${home}`,
    );
    expect(ok("on")).toBe(`Sitrep is on.\nStill off in 1 project: ${home}\n`);
  });

  test("the status line reports SITREP_OFF=1", async () => {
    const { env, project } = await install({ monitor: false });
    const line = spawnSync(process.execPath, [join(builtFolder, "cli.cjs"), "statusline"], {
      cwd: project.folder,
      env: { ...env, SITREP_OFF: "1" },
      input: "{}",
      encoding: "utf8",
    });
    expect(line.stdout).toBe("Sitrep is off (SITREP_OFF=1); to turn it on: unset SITREP_OFF\n");
  });
});

describe.runIf(hasScript)("on a terminal", () => {
  test.runIf(triesAll)(
    "output has colors, unless NO_COLOR, TERM=dumb or --color=never is set",
    async () => {
      const context = await install({ monitor: false });
      const shown = async (command: string, env: Record<string, string> = {}) =>
        (await onTerminal({ ...context, env: { ...context.env, ...env } }, command)).screen;
      expect(await shown("doctor")).toMatch(escapes);
      expect(await shown("doctor", { NO_COLOR: "1" })).not.toMatch(escapes);
      expect(await shown("doctor --color never", { FORCE_COLOR: "1" })).not.toMatch(escapes);
      expect(await shown("--color never doctor")).not.toMatch(escapes);
      expect(await shown("doctor --no-color")).not.toMatch(escapes);
      expect(await shown("doctor", { TERM: "dumb" })).not.toMatch(escapes);
      expect(context.sitrep("doctor").stdout).not.toMatch(escapes);
      expect(context.sitrep("doctor", "--color", "always").stdout).toMatch(escapes);
      expect(context.sitrep("--color", "pink").code).toBe(2);
    },
  );

  test("sentences wrap between words, and longer words stay whole", async () => {
    const context = await install({ monitor: false });
    context.ok("off");
    const { screen } = await onTerminal(context, "source test nowhere-to-be-found", {
      columns: 40,
    });
    expect(screen).toBe(
      'sitrep: This project has no source\n"nowhere-to-be-found".\n  It has: embedded.\n',
    );
    const { screen: on } = await onTerminal(context, `on --project ${context.home}`, {
      columns: 30,
    });
    expect(on).toContain(context.home);
  });

  test("long work shows a spinner on a terminal, and nothing in a pipe", async () => {
    const context = await install({ monitor: false });
    const { screen } = await onTerminal(context, "refresh");
    expect(drawn(screen)).toMatch(/^✓ ok {2}embedded: {2}0 open \(\d+ ms\)\n$/);
    const silent = await startMisbehavingServer((request) => void request);
    const far = { name: "far", type: "tickets", url: silent.origin, retries: 0, timeoutSeconds: 1 };
    writeFileSync(join(context.sitrepHome, "config.json"), JSON.stringify({ sources: [far] }));
    const slow = await onTerminal(context, "refresh");
    expect(slow.screen).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] refreshing tasks …/);
    writeFileSync(join(context.sitrepHome, "config.json"), "{}");
    expect(context.sitrep("refresh").stderr).toBe("");
    expect(drawn((await onTerminal(context, "stop")).screen)).toBe(
      "The monitor was not running.\n",
    );
    const team = ["team", "--type", "tickets", "--url", "http://127.0.0.1:9", "--no-test"];
    context.ok("source", "add", ...team);

    const { screen: failed } = await onTerminal(context, "refresh");
    expect(drawn(failed)).toMatch(
      /^✗ failed {2}team: +reports an error\n {4}sitrep source test team$/m,
    );
    expect(context.ok("status")).toMatch(
      /never read, reports an error, failing for \d+ s, next attempt in \d+ s, sitrep source test team$/m,
    );
  });

  test("the brief, examples and notes wrap only between words", async () => {
    const context = await install({ monitor: false });
    context.ok("task", "add", "Ask the payment service once more before a customer is told");
    const brief = context.ok("brief");
    const shown = async (command: string) =>
      plain((await onTerminal(context, command, { columns: 60 })).screen);
    const timeless = (text: string) =>
      text
        .replace(/ \d\d:\d\d\./, " 10:02.")
        .replace(/\d+ s ago/, "0 s ago")
        .replaceAll(/\s+/g, " ");
    const screen = await shown("brief");
    expect(timeless(brief)).toMatch(/ 10:02\. .* 0 s ago /);
    expect(timeless(screen)).toBe(timeless(brief));
    expect(screen.split("\n").filter((line) => line.length > 60)).toEqual([]);
    expect(await shown("help task add")).toContain(
      "\nExample:\n  sitrep task add Rotate the keys --priority high --due \\\n    2026-12-01\n",
    );
    expect(context.ok("help", "task", "add")).toContain("--due 2026-12-01\n");
    context.ok("off", "--project", ".");
    context.ok("off");
    for (const command of ["", "status", "on", "brief"]) {
      expect(await shown(command)).toMatch(/on\s--project \.$/m);
    }
  });

  test("install --dry-run does not wrap the lines of the file", async () => {
    const { screen } = await onTerminal(prepareInstallation(), "install --dry-run", {
      columns: 60,
    });
    expect(plain(screen)).toMatch(/^--- \/\S+ +before\n\+\+\+ \/\S+ +after\n@@ /);
    expect(screen).toContain('\u001b[32m+  "hooks": {\u001b[39m\n');
  });
});
