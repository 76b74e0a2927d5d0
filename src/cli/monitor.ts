// `sitrep start|stop|restart|refresh`.

import { configOf, openCliCache, projectOf } from "../wiring/cli-world.ts";
import type { CliWorld } from "../wiring/cli-world.ts";
import { settleEnvironment } from "../wiring/sources/environment.ts";
import { startMonitor, stopMonitor } from "../wiring/monitor/monitor-control.ts";
import { refreshProject } from "../wiring/tasks.ts";
import { print, printJson, step } from "./terminal.ts";

interface JsonOption {
  json?: boolean;
}

export async function runStart(world: CliWorld, options: JsonOption): Promise<void> {
  await step("keeping what the environment names", () =>
    settleEnvironment(world, { path: world.cwd, name: "" }),
  );
  openCliCache(world, configOf(world)).close();
  const isNew = await step("starting the monitor", () => startMonitor(world));
  if (options.json === true) printJson({ running: true, started: isNew });
  else print(isNew ? "The monitor runs." : "The monitor ran already.");
}

export async function runStop(world: CliWorld, options: JsonOption): Promise<void> {
  const wasRunning = await step("stopping the monitor", () => stopMonitor(world));
  if (options.json === true) printJson({ running: false, stopped: wasRunning });
  else print(wasRunning ? "The monitor is stopped." : "No monitor ran.");
}

export async function runRestart(world: CliWorld, options: JsonOption): Promise<void> {
  openCliCache(world, configOf(world)).close();
  await step("stopping the monitor", () => stopMonitor(world));
  await step("starting the monitor", () => startMonitor(world));
  if (options.json === true) printJson({ running: true, started: true });
  else print("The monitor runs anew.");
}

export async function runRefresh(
  world: CliWorld,
  options: JsonOption & { project?: string },
): Promise<void> {
  const project = projectOf(world, options.project);
  const scope = { path: project.project, name: project.projectName };
  const results = await step("asking the sources", () => refreshProject(world, scope));
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
