// Installed versions: each build's files in a folder of their own below the data folder, so that live hooks depend on
// no clone and no node_modules.

import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
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
import { SitrepError } from "../core/errors.ts";
import { replaceFile } from "../small-files/replace-file.ts";
import { addonCandidates, addonFileName } from "../sqlite/addon.ts";
import { shellQuote } from "./entries.ts";

const bundles = ["session-start.cjs", "pre-tool-use.cjs", "monitor.cjs", "cli.cjs"] as const;
const gatesFolder = "gates";

function builtFiles(build: string): string[] {
  const missing = bundles.find((name) => !existsSync(join(build, name)));
  if (missing !== undefined || !existsSync(join(build, gatesFolder))) {
    throw new SitrepError("install-incomplete", `${build} holds no complete build.`, {
      hint: 'Run "npm run build" first.',
    });
  }
  const pieces = readdirSync(join(build, gatesFolder)).map((name) => join(gatesFolder, name));
  return [...bundles, ...pieces.toSorted()];
}

function buildName(build: string, files: readonly string[], version: string): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(join(build, file)));
  return `${version}-${hash.digest("hex").slice(0, 8)}`;
}

function addonOf(build: string): string {
  const [addon] = addonCandidates(build);
  if (addon !== undefined) return addon;
  throw new SitrepError(
    "addon-missing",
    `better-sqlite3 has no addon for ${process.platform}-${process.arch} here.`,
    { hint: 'Run "npm ci" in the folder that you install from.' },
  );
}

/** Copies a build into the data folder, unless it is there. Gives the folder of that version. */
export function installBuild(build: string, data: string, version: string): string {
  const files = builtFiles(build);
  const folder = join(data, "versions", buildName(build, files, version));
  if (existsSync(folder)) return folder;
  const draft = `${folder}.draft-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(draft, gatesFolder), { recursive: true, mode: 0o700 });
  for (const file of files) cpSync(join(build, file), join(draft, file));
  copyFileSync(addonOf(build), join(draft, addonFileName));
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Removes every version but those named. */
export function removeOtherVersions(data: string, keep: readonly string[]): void {
  const versions = join(data, "versions");
  if (!existsSync(versions)) return;
  for (const name of readdirSync(versions)) {
    const folder = join(versions, name);
    if (!keep.includes(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The Node that hooks start: the one at hand, or a link to it (a copy where links cannot be) when it lies in a
 * `node_modules`, which the next `npm ci` would take away.
 */
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

/** Writes the `sitrep` command of the installed version. Gives its path. */
export function installLauncher(data: string, node: string, folder: string): string {
  const file = join(data, "bin", "sitrep");
  const text = `#!/bin/sh\nexec ${shellQuote(node)} ${shellQuote(join(folder, "cli.cjs"))} "$@"\n`;
  replaceFile(file, text, { mode: 0o755 });
  return file;
}
