import { locateProject, type CommandContext } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import { openScreen, untilInterrupted } from "../../state/output/live-output.ts";
import type { Line } from "../../state/output/styled.ts";
import { runChecks } from "../doctor/checks.ts";
import { printResult, screenWidth, type JsonOption } from "../terminal/terminal.ts";
import { statusLines } from "./status-rows.ts";
import { readStatus, type Status } from "./read-status.ts";

interface StatusOptions extends JsonOption {
  watch?: boolean;
}

const drawEveryMs = 2000;

/** Less often than drawing, because the checks start git and Node. */
const checkEveryMs = 30_000;

/** Runs `work` at most once every `everyMs`, and returns the last result in between. */
export function throttled<T>(
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
  // Read first, to report a configuration error before taking over the terminal.
  let lines = await read();
  using screen = openScreen(() => screen.draw(lines));
  screen.draw(lines);
  await untilInterrupted(async () => {
    lines = await read();
    screen.draw(lines);
  }, drawEveryMs);
}

const linesOf = (status: Status): Line[] => statusLines(status, screenWidth(), Date.now());

/** Throws `usage` for `--watch` without a terminal. */
export async function runStatus(context: CommandContext, options: StatusOptions): Promise<void> {
  const look = throttled(
    () => runChecks(context, locateProject(context, undefined)),
    checkEveryMs,
    () => performance.now(),
  );
  if (options.watch !== true) {
    const status = await readStatus(context, look);
    return printResult(options, status, () => linesOf(status));
  }
  if (options.json === true || screenWidth() === null || context.env["TERM"] === "dumb") {
    throw new SitrepError("usage", "--watch needs a terminal.", {
      hint: "To print the status once: sitrep status",
    });
  }
  await watchStatus(async () => linesOf(await readStatus(context, look)));
}
