// The plugin in the real client, 2.1.329: installed from a marketplace in a folder and from one that takes it out of npm, updated
// beside a live session, beside an installation in settings, and taken out again.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bareNodeMs } from "../support/bare-node.ts";
import { isRunning, type TestInstallation } from "../support/installation.ts";
import { aHome, buildPlugin, putMarketplace } from "../support/plugin.ts";
import { startRegistry, type Registry } from "../support/registry.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { eventually } from "../support/waiting.ts";
import { bash, claudePlugin, runClaude } from "./claude.ts";
import { countIn, textsOf } from "./fake-messages-api.ts";

const brief = "Sitrep ";
const done = { text: "done" };

/** A marketplace in a folder with the plugin as it is built. */
function aMarketplace(): string {
  const folder = temporaryFolder();
  buildPlugin(join(folder, "plugin"));
  putMarketplace(folder, "./plugin");
  return folder;
}

const newsIsOut = (live: string): Promise<void> =>
  eventually(() => expect(readdirSync(live).some((name) => name.endsWith(".news"))).toBe(true));

async function installFrom(
  installation: TestInstallation,
  market: string,
  env: Record<string, string> = {},
): Promise<void> {
  await claudePlugin(installation, ["marketplace", "add", market], env);
  await claudePlugin(installation, ["install", "sitrep@sitrep"], env);
}

/** How long the hooks of an event took, in milliseconds, as the client says. */
const durations = (debug: string, event: string): number[] =>
  [...debug.matchAll(new RegExp(`Hooks: ${event}.* finished with status 0 \\((\\d+)ms\\)`, "g"))]
    .map(([, ms]) => Number(ms))
    .toSorted((a, b) => a - b);

const isOld = (node: string): boolean =>
  /^v(?:1\d|20|21)\./.test(execFileSync(node, ["--version"], { encoding: "utf8" }));

const filesIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted() : [];

describe("the plugin from a local marketplace", () => {
  test("passes the strict validation for the plugin directory, and the marketplace passes its own", async () => {
    const home = aHome();
    const market = aMarketplace();
    const profile = ["validate", "--profile", "directory", "--strict"];
    const validated = await claudePlugin(home, [...profile, join(market, "plugin")]);
    expect(validated).toContain("These checks found nothing to report");
    expect(validated).toContain("Validation passed");
    const root = join(import.meta.dirname, "../..");
    if (!existsSync(join(root, "plugin"))) buildPlugin(join(root, "plugin"));
    expect(await claudePlugin(home, ["validate", "--strict", root])).toContain("Validation passed");
  });

  test("gives the brief in the first request, the tools, and the plugin's commands", async () => {
    const home = aHome();
    await installFrom(home, aMarketplace());
    const session = await runClaude(home, {
      prompts: ["hello", "/sitrep", "/sitrep:task Rotate the keys"],
      script: (_, index) =>
        index === 1 ? bash('sitrep task add "Add OIDC login" --priority high') : done,
    });
    expect(session.exitCode).toBe(0);
    expect(textsOf(session.requests[0])).toContain(
      `SessionStart hook additional context: ${brief}`,
    );
    expect(countIn(session.requests.at(-1), "Added.")).toBe(1);
    const texts = textsOf(session.requests.at(-1));
    expect(texts).toMatch(/The brief:\s+Sitrep /);
    expect(texts).toContain('TASK-001 high: "Add OIDC login"');
    expect(texts).toContain("Hooks in");
    expect(texts).toContain("Title: Rotate the keys");
    expect(session.debug).toMatch(/MCP server "plugin:sitrep:sitrep": Successfully connected/);
    expect(session.debug).not.toMatch(/hook error|hook_no_verdict|invalid/i);
  });

  test("has a quiet gate as fast as the one in the settings", async () => {
    const script = (_: unknown, index: number) => (index <= 20 ? bash("true") : done);
    const [home, other] = [aHome(), aHome()];
    await installFrom(home, aMarketplace());
    await runClaude(home, { script: () => done });
    other.ok("install", "--yes");
    const plugin = await runClaude(home, { script });
    const settings = await runClaude(other, { script });
    const [mine, theirs] = [plugin, settings].map(({ debug }) => durations(debug, "PreToolUse"));
    expect(mine?.length).toBe(20);
    expect(mine?.at(10)).toBeLessThanOrEqual((theirs?.at(10) ?? 0) + 10);
    // No Node is started: that alone takes longer.
    expect(mine?.at(10)).toBeLessThan(bareNodeMs());
  });

  test("leaves no process, no hook and no file but the tasks after its uninstall", async () => {
    const home = aHome();
    await installFrom(home, aMarketplace());
    await runClaude(home, {
      script: (_, index) => (index === 1 ? bash('sitrep task add "Stay"') : done),
    });
    const monitor = home.monitorPid();
    expect(monitor).not.toBeNull();
    await claudePlugin(home, ["uninstall", "sitrep@sitrep"]);
    await eventually(() => expect(isRunning(monitor ?? 0)).toBe(false));
    expect(filesIn(home.state).filter((name) => !/^tasks\.db(?:-wal|-shm)?$/.test(name))).toEqual(
      [],
    );
    expect(existsSync(join(home.state, "tasks.db"))).toBe(true);
    expect(existsSync(home.data)).toBe(false);
    expect(filesIn(join(home.home, ".local/share"))).toEqual([]);
    const session = await runClaude(home, { script: () => done });
    expect(textsOf(session.requests[0])).not.toContain("Sitrep ");
    expect(session.debug).not.toContain("start.sh");
    expect(filesIn(home.state).filter((name) => !name.startsWith("tasks.db"))).toEqual([]);
  });

  test("prints one brief beside an install in settings, and each works without the other", async () => {
    const home = aHome();
    home.ok("install", "--yes");
    await installFrom(home, aMarketplace());
    const both = await runClaude(home, {
      script: async (_, index) => {
        if (index === 3) {
          home.ok("task", "add", "Server on fire", "--priority", "urgent");
          await newsIsOut(home.live);
        }
        return index <= 5 ? bash("true") : done;
      },
    });
    expect(countIn(both.requests.at(-1), brief)).toBe(1);
    expect(countIn(both.requests.at(-1), "Server on fire")).toBe(1);
    const again = await runClaude(home, { script: () => done });
    expect(countIn(again.requests[0], brief)).toBe(1);
    await claudePlugin(home, ["uninstall", "sitrep@sitrep"]);
    const settings = await runClaude(home, { script: () => done });
    expect(countIn(settings.requests[0], brief)).toBe(1);
    await claudePlugin(home, ["install", "sitrep@sitrep"]);
    await runClaude(home, { script: () => done });
    home.ok("uninstall", "--yes");
    const plugin = await runClaude(home, { script: () => done });
    expect(countIn(plugin.requests[0], brief)).toBe(1);
  });
});

describe("the plugin without a new enough Node", () => {
  const found = ["/usr/bin/node", "/usr/local/bin/node"].filter(existsSync);
  test.skipIf(found.some((node) => !isOld(node)))(
    "gives the session nothing, and tells the person in one sentence",
    async () => {
      const home = aHome(false);
      await installFrom(home, aMarketplace());
      const session = await runClaude(home, {
        script: (_, index) => (index === 1 ? bash("true") : done),
        args: ["--include-hook-events"],
      });
      expect(session.exitCode).toBe(0);
      expect(textsOf(session.requests.at(-1))).not.toMatch(
        /Sitrep [A-Z][a-z]{2} \d|failed to connect|hook (?:error|additional)/,
      );
      expect(session.stdout).toContain("Sitrep needs Node 22.14 or later and found none. ");
      expect(existsSync(home.state)).toBe(false);
    },
  );
});

describe("the plugin from npm", () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  /** Publishes the plugin, with the tarballs that this registry has in its lock file. */
  async function publish(version?: string): Promise<void> {
    const folder = temporaryFolder();
    buildPlugin(folder, ["--npm"], version);
    const file = join(folder, "npm-shrinkwrap.json");
    const lock = JSON.parse(readFileSync(file, "utf8")) as {
      packages: Record<string, { integrity?: string }>;
    };
    for (const [path, entry] of Object.entries(lock.packages)) {
      if (path !== "") entry.integrity = registry.integrityOf(path.slice("node_modules/".length));
    }
    writeFileSync(file, JSON.stringify(lock));
    await registry.add(folder);
  }

  test("works, and an update beside a live session breaks nothing", async () => {
    const home = aHome();
    const market = temporaryFolder();
    const env = { npm_config_registry: registry.url, npm_config_cache: join(home.home, "npm") };
    const source = { source: "npm", package: "sitrep-plugin", registry: registry.url };
    putMarketplace(market, source);
    await publish();
    await installFrom(home, market, env);
    const build = (): string => readFileSync(join(home.data, "made.sh"), "utf8");
    /** Another session sets the new version up. Gives what is set up then. */
    const updateBeside = async (): Promise<string> => {
      await publish("0.1.1");
      await claudePlugin(home, ["marketplace", "update", "sitrep"], env);
      await claudePlugin(home, ["update", "sitrep@sitrep"], env);
      const next = await runClaude(home, { script: () => done });
      return countIn(next.requests[0], brief) === 1 ? build() : "no brief";
    };
    const builds: string[] = [];
    const live = await runClaude(home, {
      prompts: ["hello", "/clear", "again"],
      script: async (_, index) => {
        if (index === 2) builds.push(build(), await updateBeside());
        return index <= 4 ? bash("true") : done;
      },
    });
    expect(live.exitCode).toBe(0);
    expect(countIn(live.requests[0], brief)).toBe(1);
    expect(countIn(live.requests.at(-1), brief)).toBe(1);
    expect(live.debug).not.toMatch(/hook error|hook_no_verdict|finished with status [^0]/);
    expect(builds.map((one) => one.includes("made='0.1.1"))).toEqual([false, true]);
    expect(build()).toBe(builds[1]);
  });
});
