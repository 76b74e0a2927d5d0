import { spawnSync } from "node:child_process";
import { locateProject, type CommandContext } from "../../config/context.ts";
import type { Located } from "../../git/repository.ts";
import type { Line } from "../../state/output/styled.ts";
import type { ProjectOptions } from "../program/verb-context.ts";
import { withSpinner } from "../terminal/spinner.ts";
import { marks, strong } from "../terminal/styles.ts";
import { tableRows } from "../terminal/table.ts";
import { printResult, screenWidth } from "../terminal/terminal.ts";
import { runChecks } from "./checks.ts";
import type { Check } from "./finding.ts";

interface DoctorOptions extends ProjectOptions {
  fix?: boolean;
}

function checkLines(checks: readonly Check[]): Line[] {
  const rows = checks.map(({ name, state, detail }) => [marks[state], name, detail]);
  const lines = tableRows(rows, { width: screenWidth(), overflow: "wrap" });
  return checks.flatMap(({ fix }, at) => [
    ...(lines[at] ?? []),
    ...(fix === undefined ? [] : [["    ", strong(fix)]]),
  ]);
}

interface Done {
  fix: string;
  isGood: boolean;
  said: string;
}

function run(fix: string): Done {
  const { status, stderr } = spawnSync(fix, { shell: true, encoding: "utf8" });
  const isGood = status === 0;
  return { fix, isGood, said: isGood ? "" : stderr.trim() };
}

const nextFix = (checks: readonly Check[], done: readonly Done[]): string | undefined =>
  checks.find(({ fix, isSafe }) => isSafe === true && done.every((one) => one.fix !== fix))?.fix;

/** Runs each safe fix once, and repeats the checks after each: one fix often resolves several checks. */
async function runFixes(context: CommandContext, project: Located, found: Check[]) {
  const done: Done[] = [];
  let checks = found;
  for (let fix = nextFix(checks, done); fix !== undefined; fix = nextFix(checks, done)) {
    const line = fix;
    // oxlint-disable-next-line no-await-in-loop -- fixes run in sequence
    done.push(await withSpinner(line, () => run(line)));
    // oxlint-disable-next-line no-await-in-loop -- the result decides the next fix
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

/** Sets exit code 1 when a check failed; warnings do not set it. */
export async function runDoctor(context: CommandContext, options: DoctorOptions): Promise<void> {
  const project = locateProject(context, options.project);
  const found = await runChecks(context, project);
  const fixed = options.fix === true ? await runFixes(context, project, found) : null;
  const checks = fixed?.checks ?? found;
  if (checks.some(({ state }) => state === "failed")) process.exitCode = 1;
  if (fixed === null) return printResult(options, checks, () => checkLines(checks));
  const left = checks.filter(({ state }) => state !== "ok");
  printResult(options, fixed, () => [
    ...doneLines(fixed.done),
    ...(left.length === 0 ? ["Nothing else is wrong."] : checkLines(left)),
  ]);
}
