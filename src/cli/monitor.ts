// `sitrep start|stop|restart|refresh`.

import { configOf, openCliCache, projectOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { settleEnvironment } from "../sources/settle-environment.ts";
import { startMonitor, stopMonitor } from "../monitor/monitor-control.ts";
import { refreshProject } from "../sources/local-tasks.ts";
import { print, printJson, step } from "./terminal.ts";

interface JsonOption {
  json?: boolean;
}

export async function runStart(context: CommandContext, options: JsonOption): Promise<void> {
  await step("keeping what the environment names", () =>
    settleEnvironment(context, { path: context.cwd, name: "" }),
  );
  openCliCache(context, configOf(context)).close();
  const isNew = await step("starting the monitor", () => startMonitor(context));
  if (options.json === true) printJson({ running: true, started: isNew });
  else print(isNew ? "The monitor runs." : "The monitor ran already.");
}

export async function runStop(context: CommandContext, options: JsonOption): Promise<void> {
  const wasRunning = await step("stopping the monitor", () => stopMonitor(context));
  if (options.json === true) printJson({ running: false, stopped: wasRunning });
  else print(wasRunning ? "The monitor is stopped." : "No monitor ran.");
}

export async function runRestart(context: CommandContext, options: JsonOption): Promise<void> {
  openCliCache(context, configOf(context)).close();
  await step("stopping the monitor", () => stopMonitor(context));
  await step("starting the monitor", () => startMonitor(context));
  if (options.json === true) printJson({ running: true, started: true });
  else print("The monitor runs anew.");
}

export async function runRefresh(
  context: CommandContext,
  options: JsonOption & { project?: string },
): Promise<void> {
  const project = projectOf(context, options.project);
  const scope = { path: project.project, name: project.projectName };
  const results = await step("asking the sources", () => refreshProject(context, scope));
  if (options.json === true) printJson(results);
  else {
    for (const { source, tasks, code, ms } of results) {
      print(
        code === null ? `${source}: ${tasks} pending (${ms} ms)` : `${source}: failed, ${code}`,
      );
    }
  }
  if (results.some((result) => result.code !== null)) process.exitCode = 1;
}
