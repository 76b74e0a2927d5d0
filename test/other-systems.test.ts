// What is done on Windows and macOS, as far as it can be tried elsewhere: with the platform's name in the place of this
// one's, and programs that say how they were called in the place of the system's.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createCommandContext } from "../src/config/context.ts";
import { findGit } from "../src/git/find-git.ts";
import { killGroup } from "../src/git/kill-group.ts";
import { locate } from "../src/git/repository.ts";
import { copyFolder } from "../src/git/settings-copy.ts";
import { planSettings } from "../src/install/settings-plan.ts";
import { locateProgram } from "../src/sources/locate-program.ts";
import { temporaryRepository } from "./support/repository.ts";
import { temporaryFolder } from "./support/temporary.ts";
import { eventually } from "./support/waiting.ts";

function on(platform: NodeJS.Platform): void {
  const own = process.platform;
  Object.defineProperty(process, "platform", { value: platform });
  onTestFinished(() => void Object.defineProperty(process, "platform", { value: own }));
}

/** A program that writes its arguments down, a line each. */
function aWitness(folder: string, name: string): () => string[] {
  const [file, said] = [join(folder, name), join(folder, `${name}.said`)];
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    `#!/bin/sh\nprintf '%s\\n' "$@" > '${said}.draft' && mv '${said}.draft' '${said}'\n`,
    {
      mode: 0o755,
    },
  );
  return () => readFileSync(said, "utf8").split("\n").slice(0, -1);
}

function aContext() {
  const home = temporaryFolder();
  const context = createCommandContext({ HOME: home, SITREP_HOME: join(home, "sitrep") }, home);
  const project = locate(temporaryRepository().folder);
  if (project === null) throw new Error("no project");
  return { context, project };
}

describe("on Windows,", () => {
  test("Claude Code runs Node itself for each hook, without a shell", () => {
    const { context, project } = aContext();
    const node = String.raw`C:\Program Files\nodejs\node.exe`;
    const folder = String.raw`C:\Users\Ada\AppData\Local\sitrep\data\versions\1`;
    const installation = { version: "1", folder, node, git: null, env: {} };
    mkdirSync(context.files.live, { recursive: true });
    writeFileSync(context.files.installation, JSON.stringify(installation), { mode: 0o600 });
    on("win32");
    const { after } = planSettings(context, project, "local");
    const { hooks } = JSON.parse(after) as {
      hooks: Record<string, { hooks: { type: string; command: string; args?: string[] }[] }[]>;
    };
    const calls = Object.values(hooks).flatMap((groups) => groups.flatMap((one) => one.hooks));
    expect(Object.keys(hooks)).toEqual(expect.arrayContaining(["SessionStart", "PreToolUse"]));
    for (const { type, command, args = [] } of calls) {
      expect([type, command]).toEqual(["command", node]);
      expect(args).toHaveLength(3);
      expect(args[0]).toMatch(/(?:session-start|pre-tool-use|guard)\.cjs$/);
      expect(args[1]).toBe(context.files.state);
    }
  });

  test("git.exe is found, and a source's npx.cmd before a file without an extension", () => {
    const folder = temporaryFolder();
    for (const name of ["git.exe", "npx.cmd", "npx"]) aWitness(folder, name);
    on("win32");
    expect(findGit(folder, "/work/none")).toBe(join(folder, "git.exe"));
    const config = { name: "board", transport: "stdio", command: "npx", args: ["board"] };
    const scope = { path: "/work/none", name: "none" };
    const place = locateProgram(config as Parameters<typeof locateProgram>[0], scope, {
      neutral: folder,
      path: folder,
    });
    expect(place.command).toBe(join(folder, "npx.cmd"));
  });

  test("the system's shell starts a source's script with its arguments unchanged", async () => {
    const folder = temporaryFolder();
    const said = aWitness(folder, "cmd.exe");
    vi.stubEnv("comspec", join(folder, "cmd.exe"));
    on("win32");
    // It asks once which system it is on.
    vi.resetModules();
    const { startProgram } = await import("../src/sources/mcp/stdio-program.ts");
    const args = ["--title", "a & del b", "%PATH%"];
    const child = startProgram({ command: join(folder, "npx.cmd"), args, cwd: folder, env: {} });
    onTestFinished(() => void child.kill());
    await eventually(() => expect(said()).toHaveLength(4));
    expect(said().slice(0, 3)).toEqual(["/d", "/s", "/c"]);
    expect(said()[3]).toContain("a^ ^&^ del^ b");
    expect(said()[3]).toContain("^%PATH^%");
  });

  test("the processes that a program started end with the program, by the system's own tool", async () => {
    const system = temporaryFolder();
    const said = aWitness(join(system, "System32"), "taskkill.exe");
    vi.stubEnv("SystemRoot", system);
    on("win32");
    killGroup(4321);
    await eventually(() => expect(said()).toEqual(["/pid", "4321", "/T", "/F"]));
  });

  test("a drive's letter and both kinds of slash are not part of a file's name", () => {
    on("win32");
    expect(copyFolder({ copies: "/s/git" }, String.raw`C:\work/shop`)).toBe("/s/git/C@@work@shop");
  });
});

describe("on macOS,", () => {
  test("state and data are in the person's Library", () => {
    on("darwin");
    const { folders } = createCommandContext({ HOME: "/Users/ada" }, "/");
    expect(folders.state).toMatch(/\/Library\/Application Support\/sitrep\/state$/);
  });
});
