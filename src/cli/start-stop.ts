import { loadOwnConfig, openCliCache } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { failureReason, fixLine } from "../core/brief/source-lines.ts";
import { SitrepError } from "../core/errors.ts";
import { startMonitor, stopMonitor } from "../monitor/monitor-control.ts";
import { refreshProject } from "../sources/local-tasks.ts";
import { keepSourcesFromEnvironment } from "../sources/environment-protocols.ts";
import { locateScope, type ProjectOptions } from "./program/verb-context.ts";
import { withSpinner } from "./terminal/spinner.ts";
import { marks } from "./terminal/styles.ts";
import { tableRows } from "./terminal/table.ts";
import { printResult, screenWidth, type JsonOption } from "./terminal/terminal.ts";

/** Creates the cache with the settings for hooks. Returns `cache-busy` as a value: a stuck monitor may hold it. */
function prepareCache(context: CommandContext): SitrepError | null {
  try {
    openCliCache(context, loadOwnConfig(context)).close();
    return null;
  } catch (error) {
    if (error instanceof SitrepError && error.code === "cache-busy") return error;
    throw error;
  }
}

/** True if the monitor was not running. If the start fails while the cache is busy, another program holds the cache. */
const start = (context: CommandContext, busy: SitrepError | null): Promise<boolean> =>
  withSpinner("starting the monitor", () => startMonitor(context)).catch((error: unknown) => {
    throw busy ?? error;
  });

const stop = (context: CommandContext): Promise<boolean> =>
  withSpinner("stopping the monitor", () => stopMonitor(context));

export async function runStart(context: CommandContext, options: JsonOption): Promise<void> {
  await keepSourcesFromEnvironment(context, { path: context.cwd, name: "" });
  const isNew = await start(context, prepareCache(context));
  const words = isNew ? "Started the monitor." : "The monitor is already running.";
  printResult(options, { running: true, started: isNew }, words);
}

export async function runStop(context: CommandContext, options: JsonOption): Promise<void> {
  const wasRunning = await stop(context);
  const words = wasRunning ? "Stopped the monitor." : "The monitor was not running.";
  printResult(options, { running: false, stopped: wasRunning }, words);
}

export async function runRestart(context: CommandContext, options: JsonOption): Promise<void> {
  const busy = prepareCache(context);
  await stop(context);
  await start(context, busy);
  printResult(options, { running: true, started: true }, "Restarted the monitor.");
}

export async function runRefresh(context: CommandContext, options: ProjectOptions): Promise<void> {
  const { path, name } = locateScope(context, options);
  const results = await withSpinner("refreshing tasks", () =>
    refreshProject(context, { path, name }),
  );
  const rows = results.map(({ source, tasks, code, ms }) => [
    code === null ? marks.ok : marks.failed,
    `${source}:`,
    code === null ? `${tasks} open (${ms} ms)` : failureReason(code),
  ]);
  printResult(options, results, () =>
    tableRows(rows, { width: screenWidth(), overflow: "wrap" }).flatMap((lines, at) => {
      const { source, code = null } = results[at] ?? { source: "" };
      const wayOut = code === null ? null : fixLine(source, code);
      return wayOut === null ? lines : [...lines, `    ${wayOut}`];
    }),
  );
  if (results.some((result) => result.code !== null)) process.exitCode = 1;
}
