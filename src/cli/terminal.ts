// How commands speak: results on stdout, everything else on stderr, progress only where somebody watches.

import { createInterface } from "node:readline/promises";
import { SitrepError, codeOf } from "../core/errors.ts";

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A remark that is no result. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
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

/** Shows on a terminal how long there is still to wait, until it is disposed of; in a pipe nothing. */
export function countDown(label: string, ms: number): Disposable {
  if (!process.stderr.isTTY) return { [Symbol.dispose]: () => undefined };
  const end = performance.now() + ms;
  const show = (): void => {
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    process.stderr.write(`\r\u001b[K${label}: ${left} s left. Ctrl-C cancels.`);
  };
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

/** Asks on a terminal; where there is none, the answer is `otherwise`. */
export async function confirm(question: string, otherwise: boolean): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return otherwise;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

/** Says what went wrong and the way out. Exit code 2 for a mistake in the call, else 1. */
export function fail(error: unknown, asJson: boolean): void {
  const message = error instanceof Error ? error.message : String(error);
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
