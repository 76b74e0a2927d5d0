// `sitrep install --mcp`: what it writes, and that it all goes back.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareInstallation } from "../support/installation.ts";
import type { TestInstallation } from "../support/installation.ts";

const rule = "mcp__sitrep__*";
const mcpFile = ({ project }: TestInstallation): string => join(project.folder, ".mcp.json");
const textOf = (file: string): string => readFileSync(file, "utf8");
const install = (world: TestInstallation, ...args: string[]): string =>
  world.ok("install", "--yes", "--no-monitor", ...args);
const rules = ({ settingsFile }: TestInstallation): string[] =>
  (JSON.parse(textOf(settingsFile)) as { permissions?: { allow?: string[] } }).permissions?.allow ??
  [];

test("a plain install registers nothing, and a dry run with --mcp shows both files and writes none", () => {
  const world = prepareInstallation();
  const { stderr } = world.sitrep("install", "--mcp", "--dry-run");
  expect(stderr).toContain('+    "sitrep": {');
  expect(stderr).toContain(`+      "${rule}"`);
  expect(existsSync(world.settingsFile)).toBe(false);
  install(world);
  expect(existsSync(mcpFile(world))).toBe(false);
  expect(rules(world)).toEqual([]);
});

test("--mcp names a program by its whole path, allows its tools, and stays out of git status", () => {
  const world = prepareInstallation();
  expect(install(world, "--mcp")).toContain(`${mcpFile(world)} (the task tools)`);
  const { mcpServers } = JSON.parse(textOf(mcpFile(world))) as {
    mcpServers: { sitrep: { command: string; args: string[] } };
  };
  const program = join(world.sitrepHome, "data/bin/sitrep-mcp");
  expect(mcpServers.sitrep).toEqual({
    type: "stdio",
    command: program,
    args: ["--state", world.state],
  });
  expect(textOf(program)).toMatch(/^#!\/bin\/sh\nunset NODE_OPTIONS\nexec '\/.*mcp\.cjs' "\$@"\n$/);
  expect(rules(world)).toEqual([rule]);
  expect(world.project.git("status", "--porcelain")).toBe("");
  // A later install keeps both.
  install(world);
  expect(existsSync(mcpFile(world))).toBe(true);
  expect(rules(world)).toEqual([rule]);
  world.ok("uninstall", "--yes");
  expect(existsSync(mcpFile(world))).toBe(false);
  expect(existsSync(world.settingsFile)).toBe(false);
  expect(textOf(join(world.project.folder, ".git/info/exclude"))).not.toContain("mcp");
});

test("uninstall gives both files their very bytes back", () => {
  const world = prepareInstallation();
  const servers =
    '{\r\n\t"mcpServers": { "github": { "type": "http", "url": "https://x/mcp" } }\r\n}';
  const settings = '{ "permissions": { "allow": ["Read"] }, "model": "opus" }';
  writeFileSync(mcpFile(world), servers);
  world.project.write(".claude/settings.local.json", settings);
  install(world, "--mcp");
  expect(rules(world)).toEqual(["Read", rule]);
  world.ok("uninstall", "--yes");
  expect(textOf(mcpFile(world))).toBe(servers);
  expect(textOf(world.settingsFile)).toBe(settings);
});

test("of files that were changed since, uninstall cuts out only what is ours", () => {
  const world = prepareInstallation();
  install(world, "--mcp");
  const servers = textOf(mcpFile(world)).replace(
    '"mcpServers": {',
    '"mcpServers": {\n    "x": {},',
  );
  writeFileSync(mcpFile(world), servers);
  writeFileSync(
    world.settingsFile,
    textOf(world.settingsFile).replace("{", '{\n  "model": "opus",'),
  );
  world.ok("uninstall", "--yes");
  expect(JSON.parse(textOf(mcpFile(world)))).toEqual({ mcpServers: { x: {} } });
  expect(JSON.parse(textOf(world.settingsFile))).toEqual({ model: "opus" });
});

test("a rule that a person had already stays theirs", () => {
  const world = prepareInstallation();
  const settings = `{ "permissions": { "allow": ["${rule}"] } }`;
  world.project.write(".claude/settings.local.json", settings);
  install(world, "--mcp");
  writeFileSync(world.settingsFile, textOf(world.settingsFile).replace("{", '{ "model": "opus",'));
  world.ok("uninstall", "--yes");
  expect(rules(world)).toEqual([rule]);
});

test("--no-mcp takes both out, --no-mcp-permission only the rule", () => {
  const world = prepareInstallation();
  install(world, "--mcp");
  install(world, "--mcp", "--no-mcp-permission");
  expect(rules(world)).toEqual([]);
  expect(existsSync(mcpFile(world))).toBe(true);
  install(world, "--mcp");
  install(world, "--no-mcp");
  expect(rules(world)).toEqual([]);
  expect(existsSync(mcpFile(world))).toBe(false);
  expect(world.commands().sessionStart).toContain("gates");
});

test("another server of that name is refused, and nothing at all is written", () => {
  const world = prepareInstallation();
  const theirs = '{"mcpServers": {"sitrep": {"command": "/other/program"}}}';
  writeFileSync(mcpFile(world), theirs);
  const { code, stderr } = world.sitrep("install", "--mcp", "--yes", "--no-monitor");
  expect(code).toBe(1);
  expect(stderr).toContain('has another server named "sitrep"');
  expect(textOf(mcpFile(world))).toBe(theirs);
  expect(existsSync(world.settingsFile)).toBe(false);
});

test("a .mcp.json of others is none of a plain install's business, whatever is in it", () => {
  const world = prepareInstallation();
  const theirs = '{ "mcpServers": { /* later */ }, }';
  writeFileSync(mcpFile(world), theirs);
  install(world);
  const { code, stderr } = world.sitrep("install", "--mcp", "--yes", "--no-monitor");
  expect([code, stderr]).toEqual([1, expect.stringContaining("a comment at line 1, column 19")]);
  rmSync(mcpFile(world));
  mkdirSync(mcpFile(world));
  install(world);
  world.ok("uninstall", "--yes");
  expect(existsSync(world.settingsFile)).toBe(false);
});
