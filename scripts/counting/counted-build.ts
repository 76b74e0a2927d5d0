// The additions of a coverage build. See scripts/coverage.ts.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { BuildOptions } from "esbuild";

/** The built files with our code; installed copies have the same names. */
export const measuredFiles = [
  "session-start.js",
  "pre-tool-use.js",
  "guard.js",
  "statusline.js",
  "monitor.cjs",
  "cli-main.cjs",
  "programs.cjs",
  "task-list.cjs",
  "today.cjs",
] as const;

export interface CoverageFolders {
  /** Used instead of `dist/`. */
  build: string;
  /** A JSON file for each process that ended: an array of V8's `ScriptCoverage`. */
  counts: string;
}

export const coverageFolders = (folder: string): CoverageFolders => ({
  build: join(folder, "build"),
  counts: join(folder, "counts"),
});

/** Keeps the code as written, without translation for older Node versions, so that it can be mapped back. */
export const measuredStyle: BuildOptions = { sourcemap: "external", target: "node24" };

/** The code of counter.ts with its folder inlined, to be put before an executable's own code. */
export async function counterSource(counts: string): Promise<string> {
  mkdirSync(counts, { recursive: true });
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "counter.ts")],
    define: { SITREP_COUNTS: JSON.stringify({ folder: counts, names: measuredFiles }) },
    bundle: true,
    write: false,
    platform: "node",
    format: "iife",
    logLevel: "warning",
  });
  return outputFiles.map(({ text }) => text).join("");
}

/**
 * Puts the counter before a bundle that is an executable. V8 counts only code that it compiles afterwards, so the file
 * starts the counter and then loads itself again, bypassing V8's compilation cache.
 */
export const loadedTwice = (counter: string): { before: string; after: string } => ({
  before: `"use strict";if(!process.hasSitrepCounter){process.hasSitrepCounter=true;
${counter}
require("node:v8").setFlagsFromString("--no-compilation-cache");
delete require.cache[__filename];require(__filename);
}else{`,
  after: "}",
});
