// Runs the tests and reports which lines of src/ ran, in the tests themselves and in the built files that they start as
// processes. Usage: node scripts/coverage.ts [VITEST ARGUMENT …]. Ends with 1 when a test fails or too few lines ran.

import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { createCoverageMap } from "@vitest/istanbul-lib-coverage";
import type { CoverageMap, CoverageMapData } from "@vitest/istanbul-lib-coverage";
import { create, createContext } from "@vitest/istanbul-lib-report";
import { addCounts } from "./counting/add-counts.ts";
import { coverageFolders } from "./counting/counted-build.ts";
import { readProcessCounts } from "./counting/process-counts.ts";

const minPercent = 90;
/** A file below this is listed by name. */
const listedPercent = 80;

const root = join(import.meta.dirname, "..");
const folder = join(root, "coverage");
const folders = coverageFolders(folder);

function run(args: readonly string[], env: Record<string, string>): number {
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  return status ?? 1;
}

function listLowFiles(map: CoverageMap): void {
  const low = map
    .files()
    .map((file) => ({ file, coverage: map.fileCoverageFor(file) }))
    .map(({ file, coverage }) => ({
      name: relative(root, file),
      percent: Number(coverage.toSummary().lines.pct),
      lines: coverage.getUncoveredLines(),
    }))
    .filter(({ percent }) => percent < listedPercent)
    .toSorted((a, b) => a.percent - b.percent);
  for (const { name, percent, lines } of low) {
    process.stdout.write(`${percent.toFixed(1).padStart(5)} %  ${name}  ${lines.join(" ")}\n`);
  }
}

function report(map: CoverageMap): void {
  const context = createContext({ dir: folder, coverageMap: map });
  create("html").execute(context);
  create("json").execute(context);
  create("text-summary").execute(context);
  listLowFiles(map);
}

rmSync(folder, { recursive: true, force: true });
if (run([join(root, "scripts/build.ts")], { SITREP_COVERAGE: folder }) !== 0) process.exit(1);
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const projects = ["e2e", "unit", "timed", "slow"].flatMap((name) => ["--project", name]);
const failed = run([vitest, "run", "--coverage", ...projects, ...process.argv.slice(2)], {
  SITREP_TEST_BUILD: folders.build,
});
const own = readFileSync(join(folder, "vitest/coverage-final.json"), "utf8");
const map = createCoverageMap(JSON.parse(own) as CoverageMapData);
const processes = await readProcessCounts(folders, join(root, "src"));
for (const file of map.files().filter((name) => processes.files().includes(name))) {
  addCounts(map.fileCoverageFor(file), processes.fileCoverageFor(file));
}
report(map);
const percent = Number(map.getCoverageSummary().lines.pct);
if (percent < minPercent) {
  process.stderr.write(`${percent} % of the lines ran; at least ${minPercent} % must.\n`);
}
process.exitCode = failed !== 0 || percent < minPercent ? 1 : 0;
