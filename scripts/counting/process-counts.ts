// Converts V8's counts from the processes of a coverage build to Istanbul's coverage of the files in src/.

import { readdirSync, readFileSync } from "node:fs";
import type { Profiler } from "node:inspector";
import { basename, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { mergeScriptCovs } from "@bcoe/v8-coverage";
import { createCoverageMap } from "@vitest/istanbul-lib-coverage";
import type { CoverageMap } from "@vitest/istanbul-lib-coverage";
import astV8ToIstanbul from "ast-v8-to-istanbul";
import { parseAstAsync } from "vitest/node";
import { measuredFiles } from "./counted-build.ts";
import type { CoverageFolders } from "./counted-build.ts";

type ScriptCounts = Profiler.ScriptCoverage;

/** How many processes are summed at a time: a balance of memory and speed. */
const batchSize = 50;

/** Adds the counts of some processes to the sums, by the measured file's name, wherever it was installed. */
function addCounts(sums: Map<string, ScriptCounts>, counted: readonly ScriptCounts[]): void {
  for (const name of measuredFiles) {
    const scripts = counted.filter(({ url }) => basename(url) === name);
    const before = sums.get(name);
    const sum = mergeScriptCovs(before === undefined ? scripts : [before, ...scripts]);
    if (sum !== undefined) sums.set(name, sum);
  }
}

function sumCounts(folder: string): Map<string, ScriptCounts> {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const sums = new Map<string, ScriptCounts>();
  while (files.length > 0) {
    const batch = files.splice(0, batchSize);
    addCounts(
      sums,
      batch.flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as ScriptCounts[]),
    );
  }
  return sums;
}

interface SourceMap {
  version: number;
  sources: string[];
  names: string[];
  mappings: string;
  sourcesContent: string[];
}

async function mapBack(built: string, counts: ScriptCounts): Promise<CoverageMap> {
  const code = readFileSync(built, "utf8");
  const url = pathToFileURL(built).href;
  const map = JSON.parse(readFileSync(`${built}.map`, "utf8")) as SourceMap;
  const sources = map.sources.map((source) => new URL(source, url).href);
  const coverage = await astV8ToIstanbul({
    code,
    ast: await parseAstAsync(code),
    sourceMap: { ...map, sources },
    coverage: { url, functions: counts.functions },
  });
  return createCoverageMap(coverage);
}

/** Coverage of the files below `source`, an absolute path. Throws when a measured file ran in no process. */
export async function readProcessCounts(
  folders: CoverageFolders,
  source: string,
): Promise<CoverageMap> {
  const sums = sumCounts(folders.counts);
  const total = createCoverageMap();
  for (const name of measuredFiles) {
    const counts = sums.get(name);
    if (counts === undefined) throw new Error(`no process has left counts of ${name}`);
    total.merge(await mapBack(join(folders.build, name), counts));
  }
  total.filter((file) => file.startsWith(source + sep));
  return total;
}
