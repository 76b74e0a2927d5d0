// The output of commands: results on stdout, everything else on stderr, progress on a terminal only.

import { codeOf, isSitrepError, messageOf } from "../../core/errors.ts";
import { writeJson } from "../../state/output/program.ts";
import type { Line } from "../../state/output/styled.ts";
import { warning } from "./styles.ts";
import { sentenceLines } from "./table.ts";
import { asked } from "./spinner.ts";
import {
  columnsOf,
  readAnswer,
  passOverClosedPipes,
  writeLines,
  writeText,
  type Stream,
} from "../../state/output/terminal.ts";

/** A sentence goes on in the next line between its words; what is laid out, of one style or several, stays as it is. */
function writeFitted(stream: Stream, lines: readonly Line[]): void {
  const width = columnsOf(stream);
  const fitted = (line: Line): readonly Line[] =>
    typeof line === "string" ? sentenceLines(line, width) : [line];
  writeLines(stream, ...lines.flatMap(fitted));
}

/** A warning of a sentence or more, for `print` and `remark`. */
export const warningLines = (text: string, stream: Stream = "stdout"): readonly Line[] =>
  sentenceLines(text, columnsOf(stream)).map(warning);

/** Prints results, each a line of its own whatever is in it. */
export const print = (...lines: readonly Line[]): void => writeFitted("stdout", lines);

/** How many columns a line of results has; null in a pipe, where nothing is cut. */
export const screenWidth = (): number | null => columnsOf("stdout");

/** Prints a result that has lines of its own, each as `print` does. */
export const printLines = (text: string): void => print(...text.split("\n"));

/** Prints a result that has lines of its own, which stay as they are. */
export const printText = (text: string): void => writeText("stdout", text);

/** The same on stderr for what is no result. */
export const remark = (...lines: readonly Line[]): void => writeFitted("stderr", lines);

/** The same for what has lines of its own. */
export const remarkText = (text: string): void => writeText("stderr", text);

export const printJson = (value: unknown): void => writeJson("stdout", value);

/** One of several values, in a line of its own. */
export const printJsonLine = (value: unknown): void => writeJson("stdout", value, true);

/** Of every verb that can print JSON. */
export interface JsonOption {
  json?: boolean;
}

/** Prints a result: the value itself with --json, else its words, each in a line; made only where they are printed. */
export function printResult(
  { json }: JsonOption,
  value: unknown,
  words: string | readonly Line[] | (() => readonly Line[]),
): void {
  if (json === true) return printJson(value);
  if (typeof words === "string") print(words);
  else print(...(typeof words === "function" ? words() : words));
}

/** `1 task`, `2 tasks`. */
export const countOf = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

/** A change is stored, and the cache could not be written: no failure of the change, and doubled by a retry. */
export const remarkStale = (error: unknown): void =>
  remark(`sitrep: stored; sessions see it with the next refresh. ${messageOf(error)}`);

passOverClosedPipes();

/** True where a person can be asked. */
export const isWatched = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** What somebody at a terminal answers; null where there is none. */
export async function ask(question: string): Promise<string | null> {
  if (!isWatched()) return null;
  // Its last line is the prompt.
  const lines = sentenceLines(question, columnsOf("stderr"));
  writeLines("stderr", ...lines.slice(0, -1));
  const answer = await readAnswer(`${lines.at(-1) ?? ""} `);
  asked();
  return answer.trim();
}

export const isYes = (answer: string): boolean => /^y(es)?$/i.test(answer);

/** Asks on a terminal, where an empty line is a yes; where there is none, nobody agrees. */
export async function agree(question: string): Promise<boolean> {
  const answer = await ask(`${question} [Y/n]`);
  return answer === "" || isYes(answer ?? "n");
}

/** Asks on a terminal, where an empty line is no yes; where there is none, the answer is `otherwise`. */
export async function confirm(question: string, otherwise: boolean): Promise<boolean> {
  const answer = await ask(`${question} [y/N]`);
  return answer === null ? otherwise : isYes(answer);
}

/** Says what went wrong and the way out. Exit code 2 for a mistake in the call, 130 for Ctrl-C at a question, else 1. */
export function fail(error: unknown, asJson: boolean): void {
  const message = messageOf(error);
  const hint = isSitrepError(error) ? error.hint : undefined;
  const code = codeOf(error);
  if (asJson) writeJson("stderr", { error: { code, message, ...(hint && { hint }) } }, true);
  else {
    remark(code === "cancelled" ? message : `sitrep: ${message}`);
    for (const line of hint?.split("\n") ?? []) remark(`  ${line.trim()}`);
    if (code === "unexpected" && error instanceof Error) remarkText(error.stack ?? "");
  }
  process.exitCode = code === "usage" ? 2 : code === "cancelled" ? 130 : 1;
}
