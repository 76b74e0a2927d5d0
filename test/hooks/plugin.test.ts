// The plugin's own files: its hook entries, its start without anything set up, and how it finds a Node. In the real client:
// test/claude-code/plugin.test.ts.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { gates, hookEntries } from "../../src/install/hook-entries.ts";
import { buildPlugin } from "../support/plugin.ts";
import { temporaryFolder } from "../support/temporary.ts";

const root = join(import.meta.dirname, "../..");
const files = join(root, "hooks/plugin");
const json = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));

type Command = { command: string };
type Hooks = Record<string, { hooks: Command[] }[]>;

/** The plugin in a folder whose name would end a word of the shell. */
function aPlugin(...flags: string[]): { folder: string; hooks: Hooks } {
  const folder = join(temporaryFolder(), `it's "a" $(plugin)`);
  buildPlugin(folder, flags);
  const { hooks } = json(join(folder, "hooks/hooks.json")) as { hooks: Hooks };
  return { folder, hooks };
}

function run(command: string, env: Record<string, string>, input = "{}") {
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", command], {
    env,
    input,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** A program named node, in a folder of a PATH. */
function aNode(folder: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "node"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "node"), 0o755);
  return folder;
}

describe("the plugin's hook entries", () => {
  test("are the same as in a settings file, in the same order and with the same limits", () => {
    const { hooks } = aPlugin();
    const without = (groups: unknown): unknown =>
      JSON.parse(JSON.stringify(groups, (key, value: unknown) => (key === "command" ? "" : value)));
    const entries = hookEntries(() => ({ command: "" }));
    for (const event of new Set(entries.map((entry) => entry.event))) {
      const groups = entries.filter((entry) => entry.event === event).map(({ group }) => group);
      expect(without(hooks[event])).toEqual(groups);
    }
    expect(Object.keys(hooks).toSorted()).toEqual(
      [...new Set(entries.map(({ event }) => event))].toSorted(),
    );
  });

  test("print nothing and exit with 0 if nothing is set up, in any plugin folder", () => {
    const { folder, hooks } = aPlugin();
    const data = join(folder, "data");
    const commands = Object.values(hooks).flatMap((groups) =>
      groups.flatMap((group) => group.hooks.map(({ command }) => command)),
    );
    expect(commands.length).toBe(gates.filter(({ part }) => part === null).length);
    const env = { CLAUDE_PLUGIN_ROOT: join(folder, "gone"), CLAUDE_PLUGIN_DATA: data };
    for (const command of commands) {
      expect(run(command, env)).toEqual({ status: 0, stdout: "", stderr: "" });
    }
    expect(existsSync(data)).toBe(false);
  });

  test("print nothing in a session that continues after the plugin and its data folder were removed", () => {
    const { folder, hooks } = aPlugin();
    const data = join(folder, "data");
    const [command = ""] = (hooks["SessionStart"] ?? []).flatMap((group) =>
      group.hooks.map((one) => one.command),
    );
    const env = {
      HOME: folder,
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      CLAUDE_PLUGIN_ROOT: folder,
      CLAUDE_PLUGIN_DATA: data,
    };
    expect(run(command, env)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(existsSync(data)).toBe(false);
  });

  test("run the gate of the data folder, in a folder of any name", () => {
    const { folder, hooks } = aPlugin();
    const data = join(folder, "data");
    mkdirSync(join(data, "gates"), { recursive: true });
    writeFileSync(join(data, "gates/turn-end.sh"), "printf ran\n");
    const [command = ""] = (hooks["Stop"] ?? []).flatMap((group) =>
      group.hooks.map((one) => one.command),
    );
    const env = { CLAUDE_PLUGIN_ROOT: folder, CLAUDE_PLUGIN_DATA: data };
    expect(run(command, env).stdout).toBe("ran");
  });
});

describe("the search for a Node for the plugin", () => {
  const find = (env: Record<string, string>): string =>
    run(`cd /; . ${join(files, "find-node.sh")}; printf %s "$sitrep_node"`, env).stdout;
  // What every machine has may be new enough too.
  const usual = find({ HOME: "/nowhere", PATH: "" });

  test("takes the first one on the PATH that is new enough, by its real path", () => {
    const home = temporaryFolder();
    const old = aNode(join(home, "old"), "exit 1");
    mkdirSync(join(home, "new"));
    symlinkSync(process.execPath, join(home, "new/node"));
    expect(find({ HOME: home, PATH: `${old}:${join(home, "new")}` })).toBe(process.execPath);
  });

  test("takes one of a version manager if the PATH has none", () => {
    for (const place of [
      ".nvm/versions/node/v24.1.0/bin",
      ".local/share/mise/installs/node/24/bin",
    ]) {
      const home = temporaryFolder();
      mkdirSync(join(home, place), { recursive: true });
      symlinkSync(process.execPath, join(home, place, "node"));
      expect(find({ HOME: home, PATH: "" })).toBe(process.execPath);
    }
  });

  test("skips one in the project, one in a relative folder, and one that does not run", () => {
    const project = temporaryFolder();
    const mark = join(project, "ran");
    const bin = aNode(join(project, "node_modules/.bin"), `: >${mark}`);
    const env = { HOME: "/nowhere", CLAUDE_PROJECT_DIR: project };
    expect(find({ ...env, PATH: `${bin}:.:bin:/dev/null` })).toBe(usual);
    expect(existsSync(mark)).toBe(false);
  });

  /** A repository with a program of that name in it that leaves a mark, and ways to it that no prefix of a path tells. */
  function aTrap() {
    const top = temporaryFolder();
    const project = join(top, "shop");
    mkdirSync(join(project, ".git"), { recursive: true });
    mkdirSync(join(project, "src/deep"), { recursive: true });
    const mark = join(top, "ran");
    const bin = aNode(join(project, "tools/bin"), `: >${mark}; echo ${process.execPath}`);
    symlinkSync(bin, join(top, "link"));
    mkdirSync(join(top, "own"));
    symlinkSync(join(bin, "node"), join(top, "own/node"));
    symlinkSync(project, join(top, "other-name"));
    return { top, project, bin, mark };
  }

  test.for<
    [
      string,
      (trap: ReturnType<typeof aTrap>) => {
        cwd: string;
        path: string;
        dir?: string;
        home?: string;
      },
    ]
  >([
    ["in its top folder", ({ project, bin }) => ({ cwd: project, path: bin, dir: project })],
    ["from a folder below", ({ project, bin }) => ({ cwd: join(project, "src/deep"), path: bin })],
    [
      "with a project folder that is below",
      ({ project, bin, top }) => ({ cwd: top, path: bin, dir: join(project, "src") }),
    ],
    ["with an empty project folder", ({ project, bin }) => ({ cwd: project, path: bin, dir: "" })],
    [
      "by a link to its folder",
      ({ project, top }) => ({ cwd: project, path: join(top, "link"), dir: project }),
    ],
    [
      "by a link to the program",
      ({ project, top }) => ({ cwd: project, path: join(top, "own"), dir: project }),
    ],
    ["by two slashes", ({ project, bin }) => ({ cwd: project, path: `/${bin}`, dir: project })],
    [
      "by dots",
      ({ project }) => ({ cwd: project, path: `${project}/src/../tools/./bin`, dir: project }),
    ],
    [
      "by /proc/self/cwd",
      ({ project }) => ({ cwd: project, path: "/proc/self/cwd/tools/bin", dir: project }),
    ],
    [
      "by another name of the project",
      ({ top, bin }) => ({
        cwd: join(top, "other-name"),
        path: bin,
        dir: join(top, "other-name"),
      }),
    ],
    [
      "by a relative and an empty entry",
      ({ project }) => ({ cwd: join(project, "tools/bin"), path: ":.:../bin", dir: project }),
    ],
    [
      "with a home in the repository",
      ({ project, bin }) => ({ cwd: project, path: bin, dir: project, home: join(project, "src") }),
    ],
  ])("never runs one in the repository, %s", ([, way]) => {
    const trap = aTrap();
    const { cwd, path, dir, home = "/nowhere" } = way(trap);
    const { stdout } = spawnSync(
      "/bin/sh",
      ["-c", `. ${join(files, "find-node.sh")}; printf %s "$sitrep_node"`],
      {
        cwd,
        env: {
          HOME: home,
          PATH: path,
          ...(dir === undefined ? {} : { CLAUDE_PROJECT_DIR: dir }),
        },
        encoding: "utf8",
      },
    );
    expect(existsSync(trap.mark)).toBe(false);
    expect(stdout).toBe(usual);
  });

  test("never runs one in a worktree's main repository, or in a repository around it", () => {
    for (const isWorktree of [true, false]) {
      const { top, project, bin, mark } = aTrap();
      const inner = isWorktree ? join(top, "tree") : join(project, "vendor/lib");
      mkdirSync(inner, { recursive: true });
      if (isWorktree)
        writeFileSync(join(inner, ".git"), `gitdir: ${project}/.git/worktrees/tree\n`);
      else mkdirSync(join(inner, ".git"));
      const script = `. ${join(files, "find-node.sh")}; printf %s "$sitrep_node"`;
      const env = { HOME: "/nowhere", PATH: bin };
      expect(
        spawnSync("/bin/sh", ["-c", script], { cwd: inner, env, encoding: "utf8" }).stdout,
      ).toBe(usual);
      expect(existsSync(mark)).toBe(false);
    }
  });

  test("runs each one without the variables that change what it loads", () => {
    const home = temporaryFolder();
    const seen = join(home, "seen");
    const bin = aNode(join(home, "bin"), `/usr/bin/env >>${seen}; exit 1`);
    const hostile = {
      NODE_OPTIONS: "--require=/x.js",
      NODE_COMPILE_CACHE: "/x",
      NODE_PATH: "/x",
      OPENSSL_CONF: "/x",
      OPENSSL_MODULES: "/x",
      ICU_DATA: "/x",
    };
    find({ HOME: home, PATH: bin, ...hostile });
    expect(readFileSync(seen, "utf8")).toContain(`HOME=${home}`);
    expect(readFileSync(seen, "utf8")).not.toContain("/x");
  });

  test.skipIf(usual !== "")(
    "tells the person, and not Claude, in one sentence when there is none",
    () => {
      const { folder, hooks } = aPlugin();
      const data = temporaryFolder();
      const env = {
        HOME: "/nowhere",
        PATH: "",
        CLAUDE_PLUGIN_ROOT: folder,
        CLAUDE_PLUGIN_DATA: data,
      };
      const [command = ""] = (hooks["SessionStart"] ?? []).flatMap((group) =>
        group.hooks.map((one) => one.command),
      );
      const { status, stdout } = run(command, { ...env, PATH: "/usr/bin:/bin" });
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        systemMessage: expect.stringMatching(/needs Node 22\.14 or later and found none/) as string,
      });
      expect(readdirSync(data)).toEqual([]);
      const question =
        '{"jsonrpc":"2.0","id":7,"method":"initialize","params":{}}\n{"method":"x"}\n';
      const responses = run(`. "${join(files, "mcp.sh")}"`, env, question)
        .stdout.trim()
        .split("\n");
      expect(responses.map((line) => JSON.parse(line) as object)).toMatchObject([
        { id: 7, result: { capabilities: {} } },
      ]);
    },
  );
});

describe("the published plugin", () => {
  test("has no addon for one machine, and a lock file with all dependencies", () => {
    const { folder } = aPlugin("--npm");
    expect(readdirSync(join(folder, "build")).filter((name) => name.endsWith(".node"))).toEqual([]);
    const lock = json(join(folder, "npm-shrinkwrap.json")) as { packages: Record<string, object> };
    expect(Object.keys(lock.packages)).toEqual([
      "",
      "node_modules/better-sqlite3",
      "node_modules/node-addon-api",
    ]);
    expect(JSON.stringify(lock)).toContain('"integrity":"sha512-');
    expect(json(join(folder, "package.json"))).not.toHaveProperty("scripts");
  });

  test("is the one in the marketplace file at the root, with the package's version", () => {
    const { plugins } = json(join(root, ".claude-plugin/marketplace.json")) as {
      plugins: { name: string; source: string }[];
    };
    expect(plugins).toMatchObject([{ name: "sitrep", source: "./plugin" }]);
    const { folder } = aPlugin();
    const { version } = json(join(root, "package.json")) as { version: string };
    expect(json(join(folder, ".claude-plugin/plugin.json"))).toMatchObject({
      name: "sitrep",
      version,
    });
    expect(readFileSync(join(folder, "build-id"), "utf8")).toMatch(
      /^\d+\.\d+\.\d+-[0-9a-f]{12}\n$/,
    );
  });
});
