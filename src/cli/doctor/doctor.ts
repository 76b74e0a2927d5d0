// `sitrep doctor`: looks for what is wrong, and with --fix mends what can be mended without asking anybody.

import { spawnSync } from "node:child_process";
import { projectOf, type CommandContext } from "../../config/context.ts";
import type { Located } from "../../git/repository.ts";
import type { Line } from "../../state/output/styled.ts";
import { runChecks } from "./checks.ts";
import type { Check } from "./finding.ts";
import type { ProjectOptions } from "../program/options.ts";
import { marks, strong } from "../terminal/styles.ts";
import { tableRows } from "../terminal/table.ts";
import { printResult, screenWidth } from "../terminal/terminal.ts";
import { withSpinner } from "../terminal/spinner.ts";

interface DoctorOptions extends ProjectOptions {
  fix?: boolean;
}

/** Each check in columns, and below it the way out: whole, so that it can be copied. */
function checkLines(checks: readonly Check[]): Line[] {
  const rows = checks.map(({ name, state, detail }) => [marks[state], name, detail]);
  const lines = tableRows(rows, { width: screenWidth(), overflow: "wrap" });
  return checks.flatMap(({ fix }, at) => [
    ...(lines[at] ?? []),
    ...(fix === undefined ? [] : [["    ", strong(fix)]]),
  ]);
}

/** A command that was run, and whether it went well. */
interface Done {
  fix: string;
  isGood: boolean;
  /** What it said where it did not. */
  said: string;
}

function run(fix: string): Done {
  const { status, stderr } = spawnSync(fix, { shell: true, encoding: "utf8" });
  const isGood = status === 0;
  return { fix, isGood, said: isGood ? "" : stderr.trim() };
}

const nextFix = (checks: readonly Check[], done: readonly Done[]): string | undefined =>
  checks.find(({ fix, isSafe }) => isSafe === true && done.every((one) => one.fix !== fix))?.fix;

/** Runs what is safe, each command once: what mends one thing often mends another. */
async function mend(context: CommandContext, project: Located, found: Check[]) {
  const done: Done[] = [];
  let checks = found;
  for (let fix = nextFix(checks, done); fix !== undefined; fix = nextFix(checks, done)) {
    const line = fix;
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    done.push(await withSpinner(line, () => run(line)));
    // oxlint-disable-next-line no-await-in-loop -- by what is left then
    checks = await runChecks(context, project);
  }
  return { done, checks };
}

const doneLines = (done: readonly Done[]): Line[] =>
  done.map(({ fix, isGood, said }) => [
    isGood ? marks.done : marks.failed,
    `  ${fix}`,
    ...(said === "" ? [] : [`: ${said}`]),
  ]);

/** Exit code 1 when a check failed; warnings alone do not. */
export async function runDoctor(context: CommandContext, options: DoctorOptions): Promise<void> {
  const project = projectOf(context, options.project);
  const found = await runChecks(context, project);
  const mended = options.fix === true ? await mend(context, project, found) : null;
  const checks = mended?.checks ?? found;
  if (checks.some(({ state }) => state === "failed")) process.exitCode = 1;
  if (mended === null) return printResult(options, checks, () => checkLines(checks));
  const left = checks.filter(({ state }) => state !== "ok");
  printResult(options, mended, () => [
    ...doneLines(mended.done),
    ...(left.length === 0 ? ["Nothing else is wrong."] : checkLines(left)),
  ]);
}
