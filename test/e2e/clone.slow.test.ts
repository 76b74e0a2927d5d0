// What a person does first: a clone, `npm start`; and what npm would publish, installed and run.

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  contextOf,
  prepareInstallation,
  runShell,
  sessionStartInput,
} from "../support/installation.ts";
import type { TestInstallation } from "../support/installation.ts";
import { repositoryAt } from "../support/repository.ts";

const root = join(import.meta.dirname, "../..");

/** The files of the working tree as a clone of their own, with the dependencies linked in place of `npm ci`. */
function cloneInto(folder: string): void {
  const list = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const file of list
    .split("\0")
    .filter((name) => name !== "" && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const { git } = repositoryAt(folder);
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("commit", "-q", "-m", "Clone");
}

function npm(context: TestInstallation, cwd: string, ...args: string[]) {
  const env = { ...context.env, npm_config_update_notifier: "false" };
  return spawnSync("npm", args, { cwd, env, encoding: "utf8" });
}

describe("npm start in a fresh clone", () => {
  test("npm start installs from the clone, prints the brief, and says what changed and how to undo it", async () => {
    const context = prepareInstallation();
    const clone = join(context.home, "sitrep-clone");
    cloneInto(clone);
    const ran = npm(context, clone, "start", "--silent");
    expect(ran.stderr).toBe("");
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain(`The next Claude Code session in ${clone} will read:`);
    expect(ran.stdout).toMatch(/^Sitrep \w{3} \d/m);
    expect(ran.stdout).toMatch(/Next: TASK-001 high, in progress: "Sample: /);
    expect(ran.stdout).toContain(`${clone}/.claude/settings.local.json (the hook entries)`);
    const launcher = join(context.sitrepHome, "data/bin/sitrep");
    const short = "~/sitrep/data/bin/sitrep";
    expect(ran.stdout).toContain(`${short} uninstall --scope local --project ~/sitrep-clone\n`);
    expect(ran.stdout).toContain(`${short} install --project DIR`);
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: clone, encoding: "utf8" })).toBe(
      "",
    );

    // Live hooks depend on no clone.
    const settings = readFileSync(join(clone, ".claude/settings.local.json"), "utf8");
    const { hooks } = JSON.parse(settings) as {
      hooks: { SessionStart: { hooks: { command: string }[] }[] };
    };
    rmSync(join(clone, "dist"), { recursive: true });
    rmSync(join(clone, "node_modules"));
    execFileSync(launcher, ["task", "add", "Mine", "--priority", "urgent"], {
      cwd: clone,
      env: context.env,
    });
    const spoken = await runShell(hooks.SessionStart[0]?.hooks[0]?.command ?? "", {
      cwd: clone,
      env: context.env,
      input: JSON.stringify({ ...sessionStartInput(context), cwd: clone }),
    });
    expect(contextOf(spoken)).toMatch(/TASK-004 urgent: "Mine"/);
    const cleared = execFileSync(launcher, ["task", "clear-samples", "--project", clone], {
      env: context.env,
      encoding: "utf8",
    });
    expect(cleared).toContain("Removed 3 sample tasks.");
    execFileSync(launcher, ["uninstall", "--project", clone], { env: context.env });
    expect(existsSync(join(clone, ".claude/settings.local.json"))).toBe(false);
  });

  test("npm start takes another folder, and adds no samples where there are tasks", () => {
    const context = prepareInstallation();
    const clone = join(context.home, "sitrep-clone");
    cloneInto(clone);
    context.ok("task", "add", "Mine");
    const ran = npm(context, clone, "start", "--silent", "--", "--project", context.project.folder);
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain("Sitrep ");
    expect(ran.stdout).not.toContain("Sample");
    expect(existsSync(join(clone, ".claude/settings.local.json"))).toBe(false);
  });
});

describe("the package that npm would publish", () => {
  test("A44: the package contains what it needs and runs as a command and as a library", () => {
    const context = prepareInstallation();
    const folder = join(context.home, "consumer/node_modules/sitrep");
    mkdirSync(folder, { recursive: true });
    const packed = execFileSync(
      "npm",
      ["pack", "--json", "--ignore-scripts", "--pack-destination", context.home],
      { cwd: root, encoding: "utf8" },
    );
    const [entry] = JSON.parse(packed) as { filename: string; files: { path: string }[] }[];
    const names = entry?.files.map((file) => file.path) ?? [];
    expect(names).toEqual(
      expect.arrayContaining(["dist/cli.cjs", "dist/lib/index.d.ts", "LICENSE"]),
    );
    expect(names.filter((name) => /\.node$|^src\/|^test\//.test(name))).toEqual([]);
    execFileSync(
      "tar",
      ["-xzf", join(context.home, entry?.filename ?? ""), "--strip-components=1"],
      {
        cwd: folder,
      },
    );
    const consumer = join(context.home, "consumer");
    const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies)) {
      const link = join(consumer, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, "node_modules", name), link);
    }
    const run = (...args: string[]): string =>
      execFileSync(process.execPath, args, { cwd: consumer, env: context.env, encoding: "utf8" });
    expect(run(join(folder, "dist/cli.cjs"), "--version")).toBe("0.1.0\n");
    expect(run(join(folder, "dist/cli.cjs"), "task", "add", "Packed")).toContain("TASK-001");
    const installed = run(
      join(folder, "dist/cli.cjs"),
      "install",
      "--yes",
      "--json",
      "--no-monitor",
    );
    expect(installed).toContain("Packed");
    const library = `import { rankTasks } from "sitrep";
      import { startTaskServer } from "sitrep/testing";
      console.log(typeof rankTasks, typeof startTaskServer);`;
    expect(run("--input-type=module", "--eval", library)).toBe("function function\n");
  });
});

test("this repository does not name a workplace's machine, registry or tool", () => {
  const found = spawnSync(
    "git",
    ["grep", "-nIE", "registry\\.npmjs|/work/(main|shared)|/root/|farm-"],
    { cwd: root, encoding: "utf8" },
  );
  const lines = found.stdout
    .split("\n")
    .filter((line) => !line.startsWith("test/e2e/clone.slow.test.ts"));
  expect(lines.filter((line) => line !== "")).toEqual([]);
});
