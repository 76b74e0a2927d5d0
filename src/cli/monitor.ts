// `sitrep start|stop|restart|refresh`: the monitor, and asking the sources without it.

import { configOf, openCliCache } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { settleEnvironment } from "../sources/settle-environment.ts";
import { failureWords, signInLine } from "../core/brief/source-lines.ts";
import { startMonitor, stopMonitor } from "../monitor/monitor-control.ts";
import { refreshProject } from "../sources/local-tasks.ts";
import { scopeOf, type ProjectOptions } from "./options.ts";
import { marks } from "./look/styles.ts";
import { tableRows } from "./look/table.ts";
import { printResult, screenWidth, turning, type JsonOption } from "./terminal.ts";

export async function runStart(context: CommandContext, options: JsonOption): Promise<void> {
  await settleEnvironment(context, { path: context.cwd, name: "" });
  openCliCache(context, configOf(context)).close();
  const isNew = await turning("starting the monitor", () => startMonitor(context));
  const words = isNew ? "The monitor runs." : "The monitor ran already.";
  printResult(options, { running: true, started: isNew }, words);
}

export async function runStop(context: CommandContext, options: JsonOption): Promise<void> {
  const wasRunning = await turning("stopping the monitor", () => stopMonitor(context));
  const words = wasRunning ? "The monitor is stopped." : "No monitor ran.";
  printResult(options, { running: false, stopped: wasRunning }, words);
}

export async function runRestart(context: CommandContext, options: JsonOption): Promise<void> {
  openCliCache(context, configOf(context)).close();
  await turning("stopping the monitor", () => stopMonitor(context));
  await turning("starting the monitor", () => startMonitor(context));
  printResult(options, { running: true, started: true }, "The monitor runs anew.");
}

export async function runRefresh(context: CommandContext, options: ProjectOptions): Promise<void> {
  const { path, name } = scopeOf(context, options);
  const results = await turning("asking the sources", () =>
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
      const wayOut = code === null ? null : signInLine(source, code);
      return code === null ? lines : [...lines, `    ${wayOut ?? `sitrep source test ${source}`}`];
    }),
  );
  if (results.some((result) => result.code !== null)) process.exitCode = 1;
}
