// Loads SQLite's addon. A bundle has it beside itself, so that a hook needs no node_modules.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { SitrepError } from "../../core/errors.ts";

/** Set to true by the build. */
declare const SITREP_BUNDLED: boolean | undefined;

export const addonFileName = "better_sqlite3.node";

/** better-sqlite3 13 needs Node-API 10 (Node 22.14); on Node 20 it ends the process with SIGSEGV. */
const neededNodeApi = 10;

/** Throws `node-too-old` where loading the addon would crash the process. */
export function requireNodeApi(napiVersion: string | undefined, nodeVersion: string): void {
  if (Number(napiVersion ?? 0) >= neededNodeApi) return;
  throw new SitrepError(
    "node-too-old",
    `Node ${nodeVersion} is too old for Sitrep: install Node 22.14 or later (nodejs.org, or your version manager), or, in a clone, run "npm start", which comes with its own Node.`,
  );
}

/** The addons of an installed better-sqlite3; none if it is not installed. */
function packageAddons(folder: string): string[] {
  // Loaded here: a hook has its addon beside it.
  const { createRequire } = process.getBuiltinModule("node:module");
  let manifest: string;
  try {
    manifest = createRequire(join(folder, "x.cjs")).resolve("better-sqlite3/package.json");
  } catch {
    return [];
  }
  const { platform, arch } = process;
  const targets = [`${platform}-${arch}`, `${platform}musl-${arch}`];
  return targets.map((target) => join(manifest, "..", "prebuilds", `${target}.node`));
}

/** The addon files that exist, the likeliest first: beside the bundle, then in an installed better-sqlite3. */
export const addonCandidates = (folder: string): string[] =>
  [join(folder, addonFileName), join(folder, "..", addonFileName), ...packageAddons(folder)].filter(
    existsSync,
  );

/** The addon beside a hook's bundle first. The others are searched for only if that one cannot be loaded. */
function* addonFiles(folder: string): Generator<string> {
  yield join(folder, addonFileName);
  yield* addonCandidates(folder);
}

let loaded: object | undefined;

/** Undefined: the package finds it by itself. Throws `node-too-old` or `addon-missing`. */
export function loadAddon(): object | undefined {
  requireNodeApi(process.versions.napi, process.versions.node);
  if (typeof SITREP_BUNDLED === "undefined") return undefined;
  if (loaded !== undefined) return loaded;
  let cause: unknown;
  for (const file of addonFiles(import.meta.dirname)) {
    const holder: { exports: object } = { exports: {} };
    try {
      process.dlopen(holder, file);
      loaded = holder.exports;
      return loaded;
    } catch (error) {
      cause = error;
    }
  }
  throw new SitrepError(
    "addon-missing",
    `No better-sqlite3 addon for ${process.platform}-${process.arch} could be loaded.`,
    { hint: 'Run "sitrep install" again with Node 22.14 or later.', cause },
  );
}
