// The output of commands: results on stdout, everything else on stderr.

import { codeOf, isSitrepError, messageOf } from "../../core/errors.ts";
import { writeJson } from "../../state/output/json-output.ts";
import type { Line } from "../../state/output/styled.ts";
import { sentenceLines } from "./table.ts";
import { resetSpinner } from "./spinner.ts";
import {
  streamWidth,
  readAnswer,
  ignoreBrokenPipes,
  writeLines,
  type Stream,
} from "../../state/output/terminal.ts";

/** Wraps a text or a span between words. An array of them already has its layout, so it does not wrap. */
function writeFitted(stream: Stream, lines: readonly Line[]): void {
  const width = streamWidth(stream);
  const fitted = (line: Line): readonly Line[] => {
    if (typeof line === "string") return sentenceLines(line, width);
    if (!("style" in line)) return [line];
    return sentenceLines(line.text, width).map((text) => ({ ...line, text }));
  };
  writeLines(stream, ...lines.flatMap(fitted));
}

export const print = (...lines: readonly Line[]): void => writeFitted("stdout", lines);

export const printNotice = (...lines: readonly Line[]): void => writeFitted("stderr", lines);

export const unwrappedLines = (text: string): Line[] => text.split("\n").map((line) => [line]);

/** `isLine`: print on one line, for a stream of values. */
export const printJson = (value: unknown, isLine = false): void =>
  writeJson("stdout", value, isLine);

export const screenWidth = (): number | null => streamWidth("stdout");

export interface JsonOption {
  json?: boolean;
}

/** Prints `value` with --json, else `words`, one per line. A function for `words` runs only without --json. */
export function printResult(
  { json }: JsonOption,
  value: unknown,
  words: string | readonly Line[] | (() => readonly Line[]),
): void {
  if (json === true) return printJson(value);
  if (typeof words === "string") print(words);
  else print(...(typeof words === "function" ? words() : words));
}

export const countText = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Reports a failed cache write after a stored change. It must not throw: a retry would make the change twice. */
export const warnOfStaleCache = (error: unknown): void =>
  printNotice(`sitrep: stored; sessions see it after the next refresh. ${messageOf(error)}`);

ignoreBrokenPipes();

export const isWatched = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

export async function ask(question: string): Promise<string | null> {
  if (!isWatched()) return null;
  const lines = sentenceLines(question, streamWidth("stderr"));
  writeLines("stderr", ...lines.slice(0, -1));
  const answer = await readAnswer(`${lines.at(-1) ?? ""} `);
  resetSpinner();
  return answer.trim();
}

export const isYes = (answer: string): boolean => /^y(es)?$/i.test(answer);

/** Asks the user. `empty`: the result for an empty line. Returns `otherwise` without a terminal. */
export async function confirm(
  question: string,
  otherwise: boolean,
  empty = false,
): Promise<boolean> {
  const answer = await ask(`${question} ${empty ? "[Y/n]" : "[y/N]"}`);
  return answer === null ? otherwise : isYes(answer) || (empty && answer === "");
}

/** Prints an error and its hint. Sets exit code 2 for a usage error, 130 for Ctrl-C, else 1. */
export function fail(error: unknown, asJson: boolean): void {
  const message = messageOf(error);
  const hint = isSitrepError(error) ? error.hint : undefined;
  const code = codeOf(error);
  if (asJson) writeJson("stderr", { error: { code, message, ...(hint && { hint }) } }, true);
  else {
    printNotice(code === "cancelled" ? message : `sitrep: ${message}`);
    for (const line of hint?.split("\n") ?? []) printNotice(`  ${line.trim()}`);
    if (code === "unexpected" && error instanceof Error)
      printNotice(...unwrappedLines(error.stack ?? ""));
  }
  process.exitCode = code === "usage" ? 2 : code === "cancelled" ? 130 : 1;
}
