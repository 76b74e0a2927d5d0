// The plugin's SessionStart as the client runs it, from nothing: what it sets up, and when it sets nothing up.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readInstallation } from "../../src/config/installation.ts";
import { contextOf, sessionStartInput, type Ran } from "../support/installation.ts";
import { aHome, buildPlugin } from "../support/plugin.ts";

interface Started {
  home: ReturnType<typeof aHome>;
  /** Runs the entry, as if the client had the plugin in this version. */
  start: (env?: Record<string, string>) => Promise<Ran>;
}

function aPlugin(listed = "0.1.0"): Started {
  const home = aHome();
  const root = join(home.home, "the plugin");
  buildPlugin(root);
  mkdirSync(home.data, { recursive: true });
  const list = { version: 2, plugins: { "sitrep@sitrep": [{ version: listed }] } };
  writeFileSync(join(home.data, "../../installed_plugins.json"), JSON.stringify(list));
  const { hooks } = JSON.parse(readFileSync(join(root, "hooks/hooks.json"), "utf8")) as {
    hooks: { SessionStart: { hooks: { command: string }[] }[] };
  };
  const command = hooks.SessionStart[0]?.hooks[0]?.command ?? "";
  const own = {
    CLAUDE_PLUGIN_ROOT: root,
    CLAUDE_PLUGIN_DATA: home.data,
    CLAUDE_CODE_SESSION_ID: "s1",
  };
  return { home, start: (env) => home.hook(command, sessionStartInput(home), { ...own, ...env }) };
}

const brief = "Sitrep ";

describe("the plugin's first session start", () => {
  test("sets Sitrep up in the plugin's data folder, once, and gives a brief", async () => {
    const { home, start } = aPlugin();
    expect(contextOf(await start())).toContain(brief);
    const made = readFileSync(join(home.data, "made.sh"), "utf8");
    const installation = readInstallation(join(home.state, "installation.json"));
    expect(installation?.plugin).toBe(home.data);
    expect(installation?.folder.startsWith(join(home.data, "versions"))).toBe(true);
    expect(home.monitorPid()).not.toBeNull();
    const pid = home.monitorPid();
    expect(contextOf(await start({ CLAUDE_CODE_SESSION_ID: "s2" }))).toContain(brief);
    expect(readFileSync(join(home.data, "made.sh"), "utf8")).toBe(made);
    expect(home.monitorPid()).toBe(pid);
  });

  test("shows the person the notice about tasks in the project's files, once", async () => {
    const { home, start } = aPlugin();
    home.project.write("TODO.md", "- [ ] One\n- [ ] Two\n");
    const first = await start();
    expect(JSON.parse(first.stdout)).toMatchObject({
      systemMessage:
        "Sitrep: 2 open tasks in TODO.md are not shown yet. To add them: sitrep source discover",
    });
    expect(contextOf(first)).not.toContain("TODO.md");
    expect((await start({ CLAUDE_CODE_SESSION_ID: "s2" })).stdout).not.toContain("systemMessage");
  });

  test("sets up nothing in a state folder that others can write, and status says why", async () => {
    const { home, start } = aPlugin();
    mkdirSync(home.state, { recursive: true });
    chmodSync(home.state, 0o777);
    const { code, stdout } = await start();
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(existsSync(join(home.data, "made.sh"))).toBe(false);
    expect(readdirSync(home.state)).toEqual([]);
    expect(home.monitorPid()).toBeNull();
    expect(home.sitrep("status").stderr).toContain(home.state);
  });

  test("sets Sitrep up again after its installation record is deleted", async () => {
    const { home, start } = aPlugin();
    await start();
    home.ok("uninstall", "--yes");
    expect(existsSync(join(home.state, "installation.json"))).toBe(false);
    expect(contextOf(await start({ CLAUDE_CODE_SESSION_ID: "s2" }))).toContain(brief);
    expect(existsSync(join(home.state, "installation.json"))).toBe(true);
  });

  test("sets up nothing if Claude Code has updated the plugin meanwhile", async () => {
    const { home, start } = aPlugin("0.9.9");
    expect(contextOf(await start())).toBeNull();
    expect(existsSync(home.state)).toBe(false);
  });

  test("sets up nothing if a project's settings put the state into the project", async () => {
    const { home, start } = aPlugin();
    const folder = join(home.project.folder, ".sitrep-home");
    expect(contextOf(await start({ SITREP_HOME: folder }))).toBeNull();
    expect(existsSync(join(home.data, "made.sh"))).toBe(false);
    expect(existsSync(join(folder, "state/installation.json"))).toBe(false);
  });
});
