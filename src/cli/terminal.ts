// The output of commands: results on stdout, everything else on stderr, progress on a terminal only.

import { createInterface } from "node:readline/promises";
import { SitrepError, codeOf, messageOf } from "../core/errors.ts";
import { visibleText } from "../core/quote.ts";

/** Prints a text without what could steer the terminal, whoever wrote it. */
export function print(text: string): void {
  process.stdout.write(`${visibleText(text)}\n`);
}

/** C1 controls and what reorders a line stand in JSON as they are; escaped they are the same data. */
const escaped = (json: string): string =>
  json.replaceAll(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

export function printJson(value: unknown): void {
  process.stdout.write(`${escaped(JSON.stringify(value, null, 2))}\n`);
}

/** Of every verb that can print JSON. */
export interface JsonOption {
  json?: boolean;
}

/** Prints a result: the value itself with --json, else its words, where there are any. */
export function printResult(
  { json }: JsonOption,
  value: unknown,
  words: string | readonly string[],
): void {
  const lines = [words].flat();
  if (json === true) printJson(value);
  else if (lines.length > 0) print(lines.join("\n"));
}

/** `1 task`, `2 tasks`. */
export const countOf = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Prints on stderr what is no result. */
export function remark(text: string): void {
  process.stderr.write(`${visibleText(text)}\n`);
}

/** Runs a step, showing on a terminal that it runs and how long it took; in a pipe nothing. */
export async function step<T>(label: string, work: () => Promise<T> | T): Promise<T> {
  if (!process.stderr.isTTY) return work();
  const started = performance.now();
  process.stderr.write(`  … ${label}`);
  try {
    const result = await work();
    process.stderr.write(`\r  ✓ ${label} (${Math.round(performance.now() - started)} ms)\n`);
    return result;
  } catch (error) {
    process.stderr.write(`\r  ✗ ${label}\n`);
    throw error;
  }
}

/** Shows what `label` gives on a terminal, anew each second, until it is disposed of; in a pipe nothing. */
function showWhile(label: () => string): Disposable {
  if (!process.stderr.isTTY) return { [Symbol.dispose]: () => undefined };
  const show = (): void => void process.stderr.write(`\r\u001b[K${label()} Ctrl-C cancels.`);
  show();
  let timer: NodeJS.Timeout | null = setInterval(show, 1000).unref();
  return {
    [Symbol.dispose]: () => {
      if (timer === null) return;
      clearInterval(timer);
      timer = null;
      process.stderr.write("\r\u001b[K");
    },
  };
}

/** How long there is still to wait. */
export function countDown(label: string, ms: number): Disposable {
  const end = performance.now() + ms;
  const left = (): number => Math.max(0, Math.round((end - performance.now()) / 1000));
  return showWhile(() => `${label}: ${left()} s left.`);
}

/** How long it has taken so far. */
export function countUp(label: string): Disposable {
  const started = performance.now();
  return showWhile(() => `${label}: ${Math.round((performance.now() - started) / 1000)} s.`);
}

/**
 * A reader that closes the pipe early, such as `head`, is no failure: the command does its work to the end, and the rest of
 * its output is dropped.
 */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);

/** True where a person can be asked. */
export const isWatched = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** What somebody at a terminal answers; null where there is none. */
export async function ask(question: string): Promise<string | null> {
  if (!isWatched()) return null;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`${visibleText(question)} `)).trim();
  } finally {
    lines.close();
  }
}

/** Asks on a terminal; where there is none, the answer is `otherwise`. */
export async function confirm(question: string, otherwise: boolean): Promise<boolean> {
  const answer = await ask(`${question} [y/N]`);
  return answer === null ? otherwise : /^y(es)?$/i.test(answer);
}

/** Says what went wrong and the way out. Exit code 2 for a mistake in the call, else 1. */
export function fail(error: unknown, asJson: boolean): void {
  const message = messageOf(error);
  const hint = error instanceof SitrepError ? error.hint : undefined;
  const code = codeOf(error);
  if (asJson) remark(JSON.stringify({ error: { code, message, ...(hint && { hint }) } }));
  else {
    remark(`sitrep: ${message}`);
    if (hint !== undefined) remark(`  ${hint}`);
    if (!(error instanceof SitrepError) && error instanceof Error) remark(error.stack ?? "");
  }
  process.exitCode = code === "usage" ? 2 : 1;
}
