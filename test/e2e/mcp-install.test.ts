// `sitrep install --mcp`: what it writes, and that it all goes back.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareInstallation } from "../support/installation.ts";
import type { TestInstallation } from "../support/installation.ts";
import { triesAll } from "../support/cases.ts";

const rule = "mcp__sitrep__*";
const mcpFile = ({ project }: TestInstallation): string => join(project.folder, ".mcp.json");
const textOf = (file: string): string => readFileSync(file, "utf8");
const install = (context: TestInstallation, ...args: string[]): string =>
  context.ok("install", "--yes", "--no-monitor", ...args);
const rules = ({ settingsFile }: TestInstallation): string[] =>
  (JSON.parse(textOf(settingsFile)) as { permissions?: { allow?: string[] } }).permissions?.allow ??
  [];

test("an install without --mcp registers no tools, and --mcp --dry-run shows both files and writes none", () => {
  const context = prepareInstallation();
  const { stderr } = context.sitrep("install", "--mcp", "--dry-run");
  expect(stderr).toContain('+    "sitrep": {');
  expect(stderr).toContain(`+      "${rule}"`);
  expect(existsSync(context.settingsFile)).toBe(false);
  install(context);
  expect(existsSync(mcpFile(context))).toBe(false);
  expect(rules(context)).toEqual([]);
});

test("--mcp registers a program by its absolute path, allows its tools, and stays out of git status", () => {
  const context = prepareInstallation();
  expect(install(context, "--mcp", "--json")).toContain(`${mcpFile(context)} (the task tools)`);
  const { mcpServers } = JSON.parse(textOf(mcpFile(context))) as {
    mcpServers: { sitrep: { command: string; args: string[] } };
  };
  const program = join(context.sitrepHome, "data/bin/sitrep-mcp");
  expect(mcpServers.sitrep).toEqual({
    type: "stdio",
    command: program,
    args: ["--state", context.state],
  });
  expect(textOf(program)).toMatch(/^#!\/bin\/sh\nunset NODE_OPTIONS\nexec '\/.*mcp\.cjs' "\$@"\n$/);
  expect(rules(context)).toEqual([rule]);
  expect(context.project.git("status", "--porcelain")).toBe("");
  // A later install keeps both.
  install(context);
  expect(existsSync(mcpFile(context))).toBe(true);
  expect(rules(context)).toEqual([rule]);
  context.ok("uninstall", "--yes");
  expect(existsSync(mcpFile(context))).toBe(false);
  expect(existsSync(context.settingsFile)).toBe(false);
  expect(textOf(join(context.project.folder, ".git/info/exclude"))).not.toContain("mcp");
});

test("uninstall restores both files byte for byte", () => {
  const context = prepareInstallation();
  const servers =
    '{\r\n\t"mcpServers": { "github": { "type": "http", "url": "https://x/mcp" } }\r\n}';
  const settings = '{ "permissions": { "allow": ["Read"] }, "model": "opus" }';
  writeFileSync(mcpFile(context), servers);
  context.project.write(".claude/settings.local.json", settings);
  install(context, "--mcp");
  expect(rules(context)).toEqual(["Read", rule]);
  context.ok("uninstall", "--yes");
  expect(textOf(mcpFile(context))).toBe(servers);
  expect(textOf(context.settingsFile)).toBe(settings);
});

test("uninstall removes only Sitrep's entries from files that were edited since", () => {
  const context = prepareInstallation();
  install(context, "--mcp");
  const servers = textOf(mcpFile(context)).replace(
    '"mcpServers": {',
    '"mcpServers": {\n    "x": {},',
  );
  writeFileSync(mcpFile(context), servers);
  writeFileSync(
    context.settingsFile,
    textOf(context.settingsFile).replace("{", '{\n  "model": "opus",'),
  );
  context.ok("uninstall", "--yes");
  expect(JSON.parse(textOf(mcpFile(context)))).toEqual({ mcpServers: { x: {} } });
  expect(JSON.parse(textOf(context.settingsFile))).toEqual({ model: "opus" });
});

test("uninstall keeps a permission rule that existed before the install", () => {
  const context = prepareInstallation();
  const settings = `{ "permissions": { "allow": ["${rule}"] } }`;
  context.project.write(".claude/settings.local.json", settings);
  install(context, "--mcp");
  writeFileSync(
    context.settingsFile,
    textOf(context.settingsFile).replace("{", '{ "model": "opus",'),
  );
  context.ok("uninstall", "--yes");
  expect(rules(context)).toEqual([rule]);
});

test.runIf(triesAll)("--no-mcp removes server and rule, --no-mcp-permission only the rule", () => {
  const context = prepareInstallation();
  install(context, "--mcp");
  install(context, "--mcp", "--no-mcp-permission");
  expect(rules(context)).toEqual([]);
  expect(existsSync(mcpFile(context))).toBe(true);
  install(context, "--mcp");
  install(context, "--no-mcp");
  expect(rules(context)).toEqual([]);
  expect(existsSync(mcpFile(context))).toBe(false);
  expect(context.commands().sessionStart).toContain("gates");
});

test("--mcp refuses to replace another server named sitrep, and writes nothing", () => {
  const context = prepareInstallation();
  const theirs = '{"mcpServers": {"sitrep": {"command": "/other/program"}}}';
  writeFileSync(mcpFile(context), theirs);
  const { code, stderr } = context.sitrep("install", "--mcp", "--yes", "--no-monitor");
  expect(code).toBe(1);
  expect(stderr).toContain('has another server named "sitrep"');
  expect(textOf(mcpFile(context))).toBe(theirs);
  expect(existsSync(context.settingsFile)).toBe(false);
});

test.runIf(triesAll)("an install without --mcp ignores any .mcp.json", () => {
  const context = prepareInstallation();
  const theirs = '{ "mcpServers": { /* later */ }, }';
  writeFileSync(mcpFile(context), theirs);
  install(context);
  const { code, stderr } = context.sitrep("install", "--mcp", "--yes", "--no-monitor");
  expect([code, stderr]).toEqual([1, expect.stringContaining("a comment at line 1, column 19")]);
  rmSync(mcpFile(context));
  mkdirSync(mcpFile(context));
  install(context);
  context.ok("uninstall", "--yes");
  expect(existsSync(context.settingsFile)).toBe(false);
});
