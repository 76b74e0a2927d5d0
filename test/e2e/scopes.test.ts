// `sitrep install` at each scope, and that the command which it prints undoes it: the project and the home are the very same afterwards.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { settingsScopes } from "../../src/install/hook-entries.ts";
import {
  contextOf,
  prepareInstallation,
  runShell,
  sessionStartInput,
} from "../support/installation.ts";
import type { TestInstallation } from "../support/installation.ts";
import { aHome } from "../support/plugin.ts";
import { firstOf, triesAll } from "../support/cases.ts";

/** What lies in a folder, but for Sitrep's own files and what git rewrites by itself. */
function contents(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .filter((file) => !/\/(?:sitrep|\.local|\.config)\/|\.git\/index$/.test(file))
    .toSorted()
    .map((file) => `${file} ${createHash("sha256").update(readFileSync(file)).digest("hex")}`);
}

const files = {
  local: ".claude/settings.local.json",
  project: ".claude/settings.json",
  user: ".claude/settings.json",
} as const;

const settingsOf = (context: TestInstallation, scope: keyof typeof files): string =>
  join(scope === "user" ? context.home : context.project.folder, files[scope]);

interface Settings {
  hooks: Record<string, { hooks: { command: string }[] }[]>;
}

const commandsIn = (file: string): string[] =>
  Object.values((JSON.parse(readFileSync(file, "utf8")) as Settings).hooks).flatMap((groups) =>
    groups.flatMap((group) => group.hooks.map(({ command }) => command)),
  );

/** The command that an install prints, as it stands there. */
const undoIn = (printed: string): string =>
  printed
    .split("\n")
    .find((line) => / uninstall --scope /.test(line))
    ?.replace(/^.*?(?=\S*\/bin\/sitrep )/, "")
    .trim() ?? "";

const asTyped = (context: TestInstallation, line: string) =>
  spawnSync("/bin/sh", ["-c", line], { cwd: "/", env: context.env, encoding: "utf8" });

const theirs = '{\r\n\t"model": "opus",\n "hooks": { "Stop": [] }\r\n}';

describe.each(firstOf(settingsScopes))("at %s scope", (scope) => {
  test.each([
    ["where there was no file", null],
    ["in a file with formatting of its own", theirs],
  ])("an install, run once or twice, is undone by the command that it prints, %s", (_, before) => {
    const context = prepareInstallation("shop api's");
    const file = settingsOf(context, scope);
    if (before !== null) {
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, before);
    }
    const untouched = contents(context.home);
    const args = ["install", "--yes", "--no-monitor", "--scope", scope];
    const first = context.ok(...args);
    const written = readFileSync(file);
    expect(commandsIn(file)).toHaveLength(8);
    const second = context.ok(...args);
    expect(readFileSync(file).equals(written)).toBe(true);
    expect(undoIn(second)).toBe(undoIn(first));
    const undone = asTyped(context, undoIn(second));
    expect([undone.status, undone.stderr]).toEqual([0, ""]);
    expect(contents(context.home)).toEqual(untouched);
    expect(existsSync(join(context.sitrepHome, "data/versions"))).toBe(false);
  });

  test("the printed command undoes no other scope and keeps the files that those run", () => {
    const context = prepareInstallation();
    const others = settingsScopes.filter((one) => one !== scope);
    for (const other of others) context.ok("install", "--yes", "--no-monitor", "--scope", other);
    const before = contents(context.home);
    const printed = context.ok("install", "--yes", "--no-monitor", "--scope", scope);
    expect(asTyped(context, undoIn(printed)).stdout).toContain("its files are kept");
    expect(contents(context.home)).toEqual(before);
    expect(existsSync(join(context.sitrepHome, "data/versions"))).toBe(true);
  });
});

test("the task tools are removed with the scope that added them", () => {
  const context = prepareInstallation();
  const untouched = contents(context.home);
  const mcp = join(context.project.folder, ".mcp.json");
  const user = ["install", "--yes", "--no-monitor", "--scope", "user"];
  const printed = context.ok(...user, "--mcp");
  context.ok("uninstall", "--scope", "local", "--project", context.project.folder);
  expect(existsSync(mcp)).toBe(true);
  expect(asTyped(context, undoIn(printed)).status).toBe(0);
  expect(contents(context.home)).toEqual(untouched);
});

test("--scope project refuses the status line and the task tools, and writes nothing", () => {
  const context = prepareInstallation();
  for (const option of ["--mcp", "--statusline", "--mcp-permission"]) {
    const ran = context.sitrep("install", "--yes", "--scope", "project", option);
    expect([ran.code, ran.stderr]).toEqual([
      2,
      expect.stringContaining("a team cannot share them"),
    ]);
  }
  expect(existsSync(settingsOf(context, "project"))).toBe(false);
});

describe("a team's .claude/settings.json", () => {
  /** A person with a clone of what another has installed and committed. */
  function clonedBy(first: TestInstallation): ReturnType<typeof aHome> {
    first.project.git("add", ".claude/settings.json");
    first.project.git("commit", "-q", "-m", "Share the hooks");
    const second = aHome();
    cpSync(first.project.folder, second.project.folder, { recursive: true });
    return second;
  }

  function shared(): ReturnType<typeof aHome> {
    const first = aHome();
    first.ok("install", "--yes", "--no-monitor", "--scope", "project");
    return first;
  }

  test("a team's settings name no path of the machine and no setting of the person who installed", () => {
    const first = shared();
    const text = readFileSync(settingsOf(first, "project"), "utf8");
    expect(text).not.toContain(first.home);
    writeFileSync(join(first.home, ".config/sitrep/config.json"), '{"guards":{"commit":true}}');
    first.ok("install", "--yes", "--no-monitor", "--scope", "project");
    expect(readFileSync(settingsOf(first, "project"), "utf8")).toBe(text);
    expect(first.sitrep("doctor").stdout).toContain("entries present in the project settings");
  });

  test.each(firstOf(["dash", "bash", "busybox sh", "ksh"]))(
    "a team's hooks say nothing and exit with 0 for a person without Sitrep, in %s",
    async (shell) => {
      const second = clonedBy(shared());
      const commands = commandsIn(settingsOf(second, "project"));
      expect(commands).toHaveLength(8);
      for (const command of commands) {
        for (const env of [second.env, { PATH: "/usr/bin:/bin" }, { ...second.env, HOME: "." }]) {
          const ran = spawnSync(
            shell.split(" ")[0] ?? "",
            [...shell.split(" ").slice(1), "-c", command],
            {
              cwd: second.project.folder,
              env,
              // At a socket bash would read a start-up file.
              stdio: ["ignore", "pipe", "pipe"],
              encoding: "utf8",
            },
          );
          if (ran.error !== undefined) continue;
          expect([ran.status, ran.stdout, ran.stderr]).toEqual([0, "", ""]);
        }
      }
      expect(second.project.git("status", "--porcelain")).toBe("");
      expect(existsSync(second.state)).toBe(false);
    },
  );

  test.each(
    firstOf([
      ["where Linux has it", {}],
      ["below SITREP_HOME", { SITREP_HOME: "own" }],
      ["below XDG_STATE_HOME", { XDG_STATE_HOME: "own state" }],
    ]),
  )(
    "a team's hooks work for a teammate with an installation, with the state %s",
    async (_, folders) => {
      const second = clonedBy(shared());
      for (const [name, folder] of Object.entries(folders))
        second.env[name] = join(second.home, folder);
      const before = contents(second.project.folder);
      const printed = second.ok("install", "--yes", "--no-monitor", "--scope", "project");
      expect(contents(second.project.folder)).toEqual(before);
      const [command = ""] = commandsIn(settingsOf(second, "project"));
      const ran = await second.hook(command, sessionStartInput(second));
      expect(contextOf(ran)).toContain("Sitrep ");
      // Their undo takes nothing from the team.
      expect(asTyped(second, undoIn(printed)).status).toBe(0);
      expect(contents(second.project.folder)).toEqual(before);
      expect(contextOf(await second.hook(command, sessionStartInput(second)))).toBeNull();
    },
  );

  test("a team's hooks run no gate from a folder of the repository", async () => {
    const second = clonedBy(shared());
    const gate = join(second.project.folder, "x/sitrep/gates/session-start.sh");
    mkdirSync(join(gate, ".."), { recursive: true });
    mkdirSync(join(second.project.folder, "x/state/gates"), { recursive: true });
    for (const file of [gate, join(second.project.folder, "x/state/gates/session-start.sh")]) {
      writeFileSync(file, "echo taken in\n");
    }
    const [command = ""] = commandsIn(settingsOf(second, "project"));
    for (const env of [{ XDG_STATE_HOME: "x" }, { SITREP_HOME: "x" }]) {
      expect(contextOf(await second.hook(command, sessionStartInput(second), env))).toBeNull();
    }
  });

  test("a teammate's uninstall keeps a team's hooks, and --scope project removes them", () => {
    const first = shared();
    const second = clonedBy(first);
    expect(second.ok("uninstall", "--yes")).toContain("the hooks that your team shares");
    second.ok("install", "--yes", "--no-monitor", "--scope", "project");
    const file = settingsOf(second, "project");
    const changed = readFileSync(file, "utf8").replace("{", '{\n  "model": "opus",');
    writeFileSync(file, changed);
    second.ok("uninstall", "--yes");
    expect(readFileSync(file, "utf8")).toBe(changed);
    second.ok("uninstall", "--yes", "--scope", "project");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ model: "opus" });
  });
});

describe("an upgrade", () => {
  test.runIf(triesAll).each(settingsScopes)(
    "from an earlier version at %s scope ends like a new install and uninstalls completely",
    async (scope) => {
      const context = prepareInstallation();
      const file = settingsOf(context, scope);
      const untouched = contents(context.home);
      const args = ["install", "--yes", "--no-monitor", "--scope", scope];
      context.ok(...args);
      const fresh = readFileSync(file, "utf8");
      context.ok("uninstall", "--yes");
      // As the earlier version wrote it, at each scope by its absolute paths and with fewer entries.
      context.ok("install", "--yes", "--no-monitor");
      const older = JSON.parse(readFileSync(context.settingsFile, "utf8")) as Settings;
      delete older.hooks["Stop"];
      delete older.hooks["PreCompact"];
      context.ok("uninstall", "--yes");
      const text = `${JSON.stringify(older, null, 2)}\n`;
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, text);
      const record = {
        file,
        target: file,
        before: null,
        afterHash: createHash("sha256").update(text).digest("hex"),
        madeFolder: join(file, ".."),
        excludedIn: null,
        hasOurRule: false,
        scope,
      };
      const folder = join(context.state, "settings");
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const name = createHash("sha256").update(file).digest("hex").slice(0, 16);
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(record));
      const printed = context.ok(...args);
      expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(fresh));
      const [command = ""] = commandsIn(file);
      const ran = await runShell(command, {
        cwd: context.project.folder,
        env: { ...context.env, CLAUDE_PROJECT_DIR: context.project.folder },
        input: JSON.stringify(sessionStartInput(context)),
      });
      expect(contextOf(ran)).toContain("Sitrep ");
      expect(asTyped(context, undoIn(printed)).status).toBe(0);
      expect(contents(context.home)).toEqual(untouched);
    },
  );
});
