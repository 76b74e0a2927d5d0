// `sitrep status` and `doctor`.

import { ageWords } from "../core/time.ts";
import { configOf, projectOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { runChecks } from "./doctor.ts";
import { readStatus } from "./read-status.ts";
import type { AnswerStatus, Status } from "./read-status.ts";
import { signInWords } from "./sign-in-words.ts";
import { print, printJson } from "./terminal.ts";

const ago = (at: number, now: number): string => `${ageWords(Math.max(0, now - at))} ago`;

function answerLine(answer: AnswerStatus, now: number): string {
  const when = answer.fetchedAt === null ? "never read" : `read ${ago(answer.fetchedAt, now)}`;
  const count = answer.pending === null ? "" : `, ${answer.pending} pending`;
  const failure =
    answer.failure === null
      ? ""
      : `, failing since ${ago(answer.failure.at, now)}: ${answer.failure.code}, ` +
        `${answer.failure.count} in a row, next try in ${ageWords(Math.max(0, answer.failure.nextTryAt - now))}`;
  const wayOut = answer.wayOut === null ? "" : `\n    ${answer.wayOut}`;
  return `  ${answer.what}: ${answer.freshness}, ${when}${count}${failure}${wayOut}`;
}

function monitorLine({ monitor }: Status, now: number): string {
  if (monitor === null) return "Monitor: not running (the next session starts it)";
  const state = monitor.isHealthy ? "running" : "NOT TURNING (sitrep restart)";
  return `Monitor: ${state}, process ${monitor.pid}, version ${monitor.version}, since ${ago(monitor.startedAt, now)}`;
}

export async function runStatus(
  context: CommandContext,
  options: { json?: boolean },
): Promise<void> {
  const status = await readStatus(context, configOf(context));
  if (options.json === true) return printJson(status);
  const now = Date.now();
  print(`Sitrep ${status.version}${status.isOff ? ", switched OFF (sitrep on)" : ""}`);
  print(monitorLine(status, now));
  if (status.cacheError !== null) print(`Cache: cannot be read (${status.cacheError})`);
  for (const project of new Set(status.answers.map((answer) => answer.project))) {
    print(project);
    for (const answer of status.answers) {
      if (answer.project === project) print(answerLine(answer, now));
    }
  }
  for (const { name, type, origin, secret, signIn, from } of status.sources) {
    const person = signIn === null ? "" : `, ${signInWords(signIn, now)}`;
    const known = secret === null ? "" : `, secret ${secret}`;
    if (from !== "built-in") {
      print(`Source ${name}: ${type}, ${origin}${known}${person} (from ${from})`);
    }
  }
  for (const file of status.installedIn) print(`Hooks in ${file}`);
  const last = status.hookFailures.at(-1);
  if (last !== undefined) {
    print(
      `Hook failures in 24 h: ${status.hookFailures.length}, the last ${ago(last.at, now)}: ${last.event}, ${last.code}`,
    );
  }
}

const marks = { ok: "✓", warning: "!", failed: "✗" };

/** Exit code 1 when a check failed; warnings alone do not. */
export function runDoctor(
  context: CommandContext,
  options: { json?: boolean; project?: string },
): void {
  const checks = runChecks(context, projectOf(context, options.project));
  if (checks.some(({ state }) => state === "failed")) process.exitCode = 1;
  if (options.json === true) return printJson(checks);
  for (const { name, state, detail, fix } of checks) {
    print(`${marks[state]} ${name}: ${detail}`);
    if (fix !== undefined) print(`    ${fix}`);
  }
}
