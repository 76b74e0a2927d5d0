// An installation in settings and the client's plugin, of different versions, in one state folder: the newer one's monitor runs,
// whoever came first, and the older takes over where the newer goes.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { readInstallation } from "../../src/config/installation.ts";
import { isLeaseRunning, readIdentity } from "../../src/state/live/lease.ts";
import { builtFolder } from "../support/built.ts";
import { contextOf, isRunning, sessionStartInput } from "../support/installation.ts";
import { aHome, buildPlugin, nameVersion } from "../support/plugin.ts";
import { eventually } from "../support/waiting.ts";
import { firstOf, triesAll } from "../support/cases.ts";

const [older, newer] = ["0.9.0", "0.10.0"] as const;

/** Both, not installed yet. */
function aPair(versions: { settings: string; plugin: string }) {
  const home = aHome();
  const build = join(home.home, "build");
  cpSync(builtFolder, build, { recursive: true });
  nameVersion(build, versions.settings);
  const root = join(home.home, "plugin");
  buildPlugin(root, [], versions.plugin);
  const registry = join(home.data, "../../installed_plugins.json");
  const cli = (...args: string[]): string => {
    const options = { cwd: home.project.folder, env: home.env, encoding: "utf8" } as const;
    const ran = spawnSync(process.execPath, [join(build, "cli.cjs"), ...args], options);
    if (ran.status !== 0) throw new Error(`${args.join(" ")}: ${ran.stderr}${ran.stdout}`);
    return ran.stdout;
  };
  const { hooks } = JSON.parse(readFileSync(join(root, "hooks/hooks.json"), "utf8")) as {
    hooks: { SessionStart: { hooks: { command: string }[] }[] };
  };
  const entry = hooks.SessionStart[0]?.hooks[0]?.command ?? "";
  const start = (command: string, id: string) =>
    home.hook(command, sessionStartInput(home, { session_id: id }), {
      CLAUDE_PLUGIN_ROOT: root,
      CLAUDE_PLUGIN_DATA: home.data,
      CLAUDE_CODE_SESSION_ID: id,
    });
  return {
    ...home,
    cli,
    installSettings: () => cli("install", "--yes"),
    async installPlugin() {
      mkdirSync(home.data, { recursive: true });
      const list = { version: 2, plugins: { "sitrep@sitrep": [{ version: versions.plugin }] } };
      writeFileSync(registry, JSON.stringify(list));
      expect(contextOf(await start(entry, "first"))).toContain("Sitrep ");
    },
    /** As the client does; `between`: while its files go, and before it says so. */
    async uninstallPlugin(between = async (): Promise<void> => {}) {
      rmSync(join(home.data, "versions"), { recursive: true });
      await between();
      rmSync(home.data, { recursive: true });
      writeFileSync(registry, JSON.stringify({ version: 2, plugins: {} }));
    },
    startByPlugin: (id: string) => start(entry, id),
    startBySettings: (id: string) => start(home.commands().sessionStart, id),
    /** Of the monitor that runs. */
    running: () =>
      eventually(() => {
        const found = readIdentity(home.live);
        if (found === null || !isRunning(found.pid)) throw new Error("none runs");
        return found;
      }),
    record: () => readInstallation(join(home.state, "installation.json")),
  };
}

type Pair = ReturnType<typeof aPair>;

/** Processes whose command line names the state folder. */
const monitorsOf = ({ state }: Pair): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return words.includes("monitor") && words.includes(state) && isRunning(pid);
      } catch {
        return false;
      }
    });

describe.each(
  firstOf([
    ["the plugin is the newer", { settings: older, plugin: newer }],
    ["the settings' is the newer", { settings: newer, plugin: older }],
  ]),
)("two installations, of which %s,", (_what, versions) => {
  test.each(firstOf([["first"], ["second"]]))(
    "run the newer version's monitor if that version is installed %s",
    async (when) => {
      const pair = aPair(versions);
      const isPluginNewer = versions.plugin === newer;
      const isPluginFirst = isPluginNewer === (when === "first");
      if (isPluginFirst) await pair.installPlugin();
      pair.installSettings();
      if (!isPluginFirst) await pair.installPlugin();
      expect((await pair.running()).version).toBe(newer);
      expect(pair.record()?.other?.version).toBe(older);

      process.kill((await pair.running()).pid, "SIGKILL");
      await expect.poll(() => isLeaseRunning(pair.live, Date.now())).toBe(false);
      const ids = Array.from({ length: 6 }, (_one, at) => `session-${at}`);
      const both = [pair.startByPlugin, pair.startBySettings];
      const ran = await Promise.all(ids.flatMap((id) => both.map((start) => start(id))));
      expect(ran.map(({ code }) => code)).toEqual(ran.map(() => 0));
      // Nobody is left without a brief; twelve at once may begin so late that one is told by both.
      const told = ids.filter((_one, at) =>
        ran.slice(2 * at, 2 * at + 2).some((one) => contextOf(one) !== null),
      );
      expect(told).toEqual(ids);
      const after = await pair.running();
      expect(after.version).toBe(newer);
      await expect.poll(() => monitorsOf(pair)).toEqual([after.pid]);
      // An install of the older one for another project changes nothing of that, and neither replaces the other for ever.
      if (isPluginNewer) pair.installSettings();
      const now = await pair.running();
      await sleep(1500);
      expect(monitorsOf(pair)).toEqual([now.pid]);
      expect((await pair.running()).version).toBe(newer);
    },
  );
});

describe("after the newer version is removed", () => {
  test.each(
    firstOf([
      ["while its monitor runs", true],
      ["while no monitor runs", false],
    ]),
  )("the older version takes over: the plugin is removed %s", async (_what, isRunningThen) => {
    const pair = aPair({ settings: older, plugin: newer });
    pair.installSettings();
    await pair.installPlugin();
    const before = await pair.running();
    expect(before.version).toBe(newer);
    if (!isRunningThen) process.kill(before.pid, "SIGKILL");
    await pair.uninstallPlugin();
    await expect.poll(() => isRunning(before.pid)).toBe(false);
    // The hooks of sessions start another once the lease has run out.
    await expect
      .poll(async () => {
        if (!isRunningThen) await pair.startBySettings("after");
        return readIdentity(pair.live)?.version;
      })
      .toBe(older);
    await expect.poll(() => pair.record()?.version).toBe(older);
    expect(pair.record()?.other).toBeUndefined();
    await expect.poll(() => monitorsOf(pair).length).toBe(1);
    expect(contextOf(await pair.startBySettings("later"))).toContain("Sitrep ");
  });

  test.runIf(triesAll)(
    "the older version takes over: the plugin is removed file by file",
    async () => {
      const pair = aPair({ settings: older, plugin: newer });
      pair.installSettings();
      await pair.installPlugin();
      expect((await pair.running()).version).toBe(newer);
      await pair.uninstallPlugin(async () => {
        await expect.poll(() => isLeaseRunning(pair.live, Date.now())).toBe(false);
        await sleep(1000);
      });
      await expect.poll(() => readIdentity(pair.live)?.version).toBe(older);
      await expect.poll(() => pair.record()?.version).toBe(older);
    },
  );

  test("a plugin that was the only installation leaves nothing but the tasks", async () => {
    const pair = aPair({ settings: older, plugin: newer });
    await pair.installPlugin();
    await pair.running();
    await pair.uninstallPlugin(async () => {
      await expect.poll(() => isLeaseRunning(pair.live, Date.now())).toBe(false);
      await sleep(1000);
    });
    const isOfTasks = (name: string): boolean => name.startsWith("tasks.db");
    await expect.poll(() => readdirSync(pair.state).every(isOfTasks)).toBe(true);
    expect(readdirSync(pair.state)).toContain("tasks.db");
  });

  test.runIf(triesAll)(
    "the plugin sets itself up again after the settings' version is uninstalled",
    async () => {
      const pair = aPair({ settings: newer, plugin: older });
      await pair.installPlugin();
      pair.installSettings();
      expect((await pair.running()).version).toBe(newer);
      pair.cli("uninstall", "--yes");
      expect(contextOf(await pair.startByPlugin("after"))).toContain("Sitrep ");
      expect((await pair.running()).version).toBe(older);
    },
  );
});

test("an install of an older version over a newer one is a downgrade", async () => {
  const pair = aPair({ settings: newer, plugin: older });
  pair.installSettings();
  expect((await pair.running()).version).toBe(newer);
  pair.ok("install", "--yes");
  expect((await pair.running()).version).toBe("0.1.0");
});
