// `sitrep status`: what is fresh, stale or failing, and what runs; once, or again and again.

import { configOf } from "../../config/command-config.ts";
import { projectOf, type CommandContext } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import type { Line } from "../../state/output/styled.ts";
import { openScreen, untilInterrupted } from "../../state/output/screen.ts";
import { runChecks } from "../doctor/checks.ts";
import { readStatus } from "./read.ts";
import { statusLines } from "./lines.ts";
import { printResult, screenWidth, type JsonOption } from "../terminal/terminal.ts";

interface StatusOptions extends JsonOption {
  watch?: boolean;
}

const drawEveryMs = 2000;

/** The doctor's checks start git and Node. */
const checkEveryMs = 30_000;

/** `work`, whose last result does for so long. */
export function seldom<T>(
  work: () => Promise<T>,
  everyMs: number,
  now: () => number,
): () => Promise<T> {
  let last: { at: number; result: Promise<T> } | null = null;
  return () => {
    if (last === null || now() - last.at >= everyMs) last = { at: now(), result: work() };
    return last.result;
  };
}

async function watchStatus(read: () => Promise<readonly Line[]>): Promise<void> {
  // What is wrong with the configuration is said before the terminal is taken.
  let lines = await read();
  using screen = openScreen(() => screen.draw(lines));
  screen.draw(lines);
  await untilInterrupted(async () => {
    lines = await read();
    screen.draw(lines);
  }, drawEveryMs);
}

/** Throws `usage` for a `--watch` that nobody watches. */
export async function runStatus(context: CommandContext, options: StatusOptions): Promise<void> {
  const look = seldom(
    () => runChecks(context, projectOf(context, undefined)),
    checkEveryMs,
    () => performance.now(),
  );
  const read = () => readStatus(context, configOf(context), look);
  const linesOf = (status: Awaited<ReturnType<typeof read>>) =>
    statusLines(status, screenWidth(), Date.now());
  if (options.watch !== true) {
    const status = await read();
    return printResult(options, status, () => linesOf(status));
  }
  if (options.json === true || screenWidth() === null || context.env["TERM"] === "dumb") {
    throw new SitrepError("usage", "--watch draws on a terminal, and there is none.", {
      hint: "Without it the status is printed once: sitrep status",
    });
  }
  await watchStatus(async () => linesOf(await read()));
}
