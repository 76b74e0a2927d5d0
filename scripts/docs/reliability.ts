// Writes docs/reliability.md from a run of the tests for its rows: `npm run docs:reliability`. Writes nothing if a test fails.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { attacks, faults } from "./reliability/rows.ts";
import { patternOf, rowsOf, taggedTests, type TaggedTest } from "./reliability/tagged-tests.ts";

const root = join(import.meta.dirname, "../..");

interface Assertion {
  ancestorTitles: string[];
  title: string;
  status: string;
}

interface Result {
  name: string;
  assertionResults: Assertion[];
}

interface Report {
  testResults: Result[];
}

function run(tests: readonly TaggedTest[]): Report {
  const folder = mkdtempSync(join(tmpdir(), "sitrep-reliability-"));
  const output = join(folder, "report.json");
  const projects = ["e2e", "unit", "timed", "slow", "shells", "faults"];
  const args = [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    ...projects.flatMap((name) => ["--project", name]),
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${output}`,
    "-t",
    String.raw`(?:^| )[ABF]\d+[-, ABF\d]*: `,
    ...new Set(tests.map(({ file }) => file)),
  ];
  spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] });
  const report = JSON.parse(readFileSync(output, "utf8")) as Report;
  rmSync(folder, { recursive: true });
  return report;
}

const report = run(taggedTests(root));
const passedIn = ({ assertionResults }: Result): number =>
  assertionResults.filter(({ status }) => status === "passed").length;
const results = report.testResults.toSorted((one, other) => passedIn(other) - passedIn(one));
/** A file that runs in two projects counts once: in the slow project, which runs all of its cases. */
const isCounted = (result: Result): boolean =>
  !readFileSync(result.name, "utf8").includes("support/cases.ts") ||
  results.find(({ name }) => name === result.name) === result;
const seen = results
  .filter(isCounted)
  .flatMap(({ name, assertionResults }) =>
    assertionResults.map((one) => ({ ...one, file: relative(root, name) })),
  );

/** Counts a test's runs: a test with parameters has several. */
function runsOf({ file, title }: TaggedTest): { passed: number; skipped: number; failed: number } {
  const pattern = patternOf(title);
  const own = seen.filter(
    (one) =>
      one.file === file && [...one.ancestorTitles, one.title].some((part) => pattern.test(part)),
  );
  const count = (...states: string[]) => own.filter(({ status }) => states.includes(status)).length;
  return { passed: count("passed"), skipped: count("skipped", "pending"), failed: count("failed") };
}

const tests = taggedTests(root).map((one) => ({ ...one, runs: runsOf(one) }));
const bad = tests.filter(({ runs }) => runs.failed > 0 || runs.passed === 0);
for (const { file, title, runs } of bad) {
  process.stderr.write(`${file}: ${title}: ${JSON.stringify(runs)}\n`);
}
if (bad.length > 0) process.exit(1);

const plain = (title: string): string => title.replace(/^[^:]*: /, "");

function heldBy(row: string): string[] {
  return tests
    .filter(({ title }) => rowsOf(title).includes(row))
    .map(({ file, title, runs }) => {
      const skipped = runs.skipped === 0 ? "" : `, ${runs.skipped} skipped`;
      return `  - \`${file}\`: "${plain(title)}" (${runs.passed}${skipped})`;
    });
}

const rows = { ...attacks, ...faults };

const list = (kind: string): string[] =>
  Object.entries(rows)
    .filter(([row]) => row.startsWith(kind))
    .flatMap(([row, what]) => {
      const held = heldBy(row);
      return [`- **${row}** ${what}`, ...(held.length === 0 ? ["  - no test yet"] : held)];
    });

const passed = seen.filter(({ status }) => status === "passed").length;
const open = Object.keys(rows).filter((row) => heldBy(row).length === 0);
const page = [
  "# What holds",
  "",
  "Each attack and each fault that we know of, and the tests that make it for real. `npm run docs:reliability` runs them and writes this page; a test whose title begins with a row's",
  "id, such as `A12: …`, is in it. Behind a test stands how many runs of it passed: one with parameters has several. A new test has its control: the same",
  "attack bites where the defence is not. `SITREP_ROUNDS=1000 npm run test:faults` runs the storms for hours: a thousand kills of each writer.",
  "",
  `At the last run ${passed} tests passed and none failed. ${open.length === 0 ? "Every row has a test." : `Without a test of their own: ${open.join(", ")}.`}`,
  "",
  "## The list of the field",
  "",
  ...list("A"),
  "",
  "## Found on the built product",
  "",
  ...list("B"),
  "",
  "## Faults",
  "",
  ...list("F"),
  "",
];
writeFileSync(join(root, "docs/reliability.md"), page.join("\n"));
spawnSync(process.execPath, [join(root, "node_modules/oxfmt/bin/oxfmt"), "docs/reliability.md"], {
  cwd: root,
});
