// `sitrep start|stop|restart|refresh`: the monitor, and asking the sources without it.

import { configOf, openCliCache } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { SitrepError } from "../core/errors.ts";
import { settleEnvironment } from "../sources/settle-environment.ts";
import { failureWords, wayOutLine } from "../core/brief/source-lines.ts";
import { startMonitor, stopMonitor } from "../monitor/monitor-control.ts";
import { refreshProject } from "../sources/local-tasks.ts";
import { scopeOf, type ProjectOptions } from "./program/options.ts";
import { marks } from "./terminal/styles.ts";
import { tableRows } from "./terminal/table.ts";
import { printResult, screenWidth, type JsonOption } from "./terminal/terminal.ts";
import { withSpinner } from "./terminal/spinner.ts";

/** Makes the cache, with the settings that hooks need. Gives what kept it from that: a monitor that is stuck may hold the cache. */
function readyCache(context: CommandContext): SitrepError | null {
  try {
    openCliCache(context, configOf(context)).close();
    return null;
  } catch (error) {
    if (error instanceof SitrepError && error.code === "cache-busy") return error;
    throw error;
  }
}

/** Another than the monitor holds the cache where that was so and no monitor comes up. */
const startOver = (context: CommandContext, busy: SitrepError | null): Promise<boolean> =>
  startMonitor(context).catch((error: unknown) => {
    throw busy ?? error;
  });

export async function runStart(context: CommandContext, options: JsonOption): Promise<void> {
  await settleEnvironment(context, { path: context.cwd, name: "" });
  const busy = readyCache(context);
  const isNew = await withSpinner("starting the monitor", () => startOver(context, busy));
  const words = isNew ? "The monitor runs." : "The monitor ran already.";
  printResult(options, { running: true, started: isNew }, words);
}

export async function runStop(context: CommandContext, options: JsonOption): Promise<void> {
  const wasRunning = await withSpinner("stopping the monitor", () => stopMonitor(context));
  const words = wasRunning ? "The monitor is stopped." : "No monitor ran.";
  printResult(options, { running: false, stopped: wasRunning }, words);
}

export async function runRestart(context: CommandContext, options: JsonOption): Promise<void> {
  const busy = readyCache(context);
  await withSpinner("stopping the monitor", () => stopMonitor(context));
  await withSpinner("starting the monitor", () => startOver(context, busy));
  printResult(options, { running: true, started: true }, "The monitor runs anew.");
}

export async function runRefresh(context: CommandContext, options: ProjectOptions): Promise<void> {
  const { path, name } = scopeOf(context, options);
  const results = await withSpinner("asking the sources", () =>
    refreshProject(context, { path, name }),
  );
  const rows = results.map(({ source, tasks, code, ms }) => [
    code === null ? marks.ok : marks.failed,
    `${source}:`,
    code === null ? `${tasks} pending (${ms} ms)` : failureWords(code),
  ]);
  printResult(options, results, () =>
    tableRows(rows, { width: screenWidth(), overflow: "wrap" }).flatMap((lines, at) => {
      const { source, code = null } = results[at] ?? { source: "" };
      const wayOut = code === null ? null : wayOutLine(source, code);
      return wayOut === null ? lines : [...lines, `    ${wayOut}`];
    }),
  );
  if (results.some((result) => result.code !== null)) process.exitCode = 1;
}
