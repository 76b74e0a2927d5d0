// Installed versions: a folder for each build in the data folder, so that hooks need neither the clone nor its node_modules.

import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { Installation } from "../config/installation.ts";
import { SitrepError } from "../core/errors.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { addonCandidates, addonFileName } from "../state/sqlite/addon.ts";
import { shellQuote } from "./hook-entries.ts";

const hooks = ["session-start", "pre-tool-use", "guard", "statusline"];
const servers = ["monitor", "mcp", "mcp-main", "mapping-worker"];
const commands = ["cli", "cli-main", "programs", "task-list", "today", "watch"];
const bundles = [
  ...hooks.map((name) => `${name}.js`),
  ...[...hooks, "warm", ...servers, ...commands].map((name) => `${name}.cjs`),
];
const gatesFolder = "gates";

/** The files that a build or an installed version lacks. */
export const missingFiles = (build: string): string[] =>
  [...bundles, gatesFolder].filter((name) => !existsSync(join(build, name)));

function builtFiles(build: string): string[] {
  if (missingFiles(build).length > 0) {
    throw new SitrepError("install-incomplete", `The build in ${build} is incomplete.`, {
      hint: "Run: npm run build",
    });
  }
  const pieces = readdirSync(join(build, gatesFolder)).map((name) => join(gatesFolder, name));
  return [...bundles, ...pieces.toSorted()];
}

function addonOf(build: string): string {
  const [addon] = addonCandidates(build);
  if (addon !== undefined) return addon;
  throw new SitrepError(
    "addon-missing",
    `No better-sqlite3 native addon for ${process.platform}-${process.arch} was found here.`,
    { hint: "Run this in the folder that you install from: npm ci" },
  );
}

type Files = readonly (readonly [source: string, name: string])[];

function buildName(files: Files, version: string): string {
  const hash = createHash("sha256");
  for (const [source, name] of files) hash.update(name).update(readFileSync(source));
  return `${version}-${hash.digest("hex").slice(0, 8)}`;
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? -1;

const isSame = (one: string, other: string): boolean =>
  sizeOf(one) === sizeOf(other) && readFileSync(one).equals(readFileSync(other));

function isComplete(folder: string, files: Files): boolean {
  return files.every(([source, name]) => isSame(join(folder, name), source));
}

function copyInto(folder: string, files: Files): void {
  mkdirSync(join(folder, gatesFolder), { recursive: true, mode: 0o700 });
  for (const [source, name] of files) copyFileSync(source, join(folder, name));
}

/** Replaces the folder by a complete draft, unless another installer already has. */
function putInPlace(draft: string, folder: string, files: Files): void {
  try {
    if (isComplete(folder, files)) return;
    if (existsSync(folder)) renameSync(folder, `${draft}-damaged`);
    renameSync(draft, folder);
  } catch (error) {
    if (!isComplete(folder, files)) throw error;
  }
}

/** Copies a build and the files in `more` into the data folder unless it is complete there. Gives the version's folder. */
export function installBuild(
  build: string,
  data: string,
  version: string,
  more: Files = [],
): string {
  const own = builtFiles(build).map((name) => [join(build, name), name] as const);
  const files: Files = [...own, [addonOf(build), addonFileName], ...more];
  const folder = join(data, "versions", buildName(files, version));
  if (isComplete(folder, files)) return folder;
  const draft = `${folder}.draft-${process.pid}`;
  try {
    rmSync(draft, { recursive: true, force: true });
    copyInto(draft, files);
    putInPlace(draft, folder, files);
  } finally {
    for (const rest of [draft, `${draft}-damaged`]) rmSync(rest, { recursive: true, force: true });
  }
  return folder;
}

/** Removes the versions and links to Node that no installation uses. A link keeps a hundred megabytes on the disk. */
export function removeUnused(
  data: string,
  used: readonly Pick<Installation, "folder" | "node">[],
): void {
  const kept = new Set(used.flatMap(({ folder, node }) => [folder, dirname(node)]));
  for (const parent of [join(data, "versions"), join(data, "node")]) {
    for (const name of existsSync(parent) ? readdirSync(parent) : []) {
      const folder = join(parent, name);
      if (!kept.has(folder)) rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** The Node that hooks start: this one, or a link to or copy of it if it is in `node_modules`, where `npm ci` would remove it. */
export function installNode(execPath: string, data: string, nodeVersion: string): string {
  if (!execPath.split(sep).includes("node_modules")) return execPath;
  const target = join(data, "node", nodeVersion, basename(execPath));
  const source = statSync(execPath);
  if (statSync(target, { throwIfNoEntry: false })?.size === source.size) return target;
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const draft = `${target}.draft-${process.pid}`;
  rmSync(draft, { force: true });
  try {
    linkSync(execPath, draft);
  } catch {
    copyFileSync(execPath, draft);
    chmodSync(draft, 0o755);
  }
  renameSync(draft, target);
  return target;
}

const launcherOf = (node: string, program: string, before = ""): string =>
  `#!/bin/sh\n${before}exec ${shellQuote(node)} ${shellQuote(program)} "$@"\n`;

/** The program of the MCP server. Its path stays the same when a new version is installed. */
export const mcpLauncher = (data: string): string => join(data, "bin", "sitrep-mcp");

export const launcherFile = (data: string): string => join(data, "bin", "sitrep");

/** Writes the `sitrep` command of the installed version, and `sitrep-mcp`. Gives the path of the first. */
export function installLauncher(data: string, node: string, folder: string): string {
  const file = launcherFile(data);
  replaceFile(file, launcherOf(node, join(folder, "cli.cjs")), { mode: 0o755 });
  // Through this variable a repository's settings could have Node load a file of its own.
  const mcp = launcherOf(node, join(folder, "mcp.cjs"), "unset NODE_OPTIONS\n");
  replaceFile(mcpLauncher(data), mcp, { mode: 0o755 });
  return file;
}
