// `sitrep install`, and the demonstration of `npm start`.

import { configOf, openCliCache, projectOf } from "../wiring/cli-world.ts";
import type { CliWorld, Located } from "../wiring/cli-world.ts";
import { applySettings, checkInstalled, installFiles } from "../wiring/installation/installer.ts";
import { planSettings } from "../wiring/installation/settings-plan.ts";
import { planMcp } from "../wiring/installation/mcp-registration.ts";
import { settingsPath } from "../wiring/installation/settings-target.ts";
import { uninstallSettings } from "../wiring/installation/uninstaller.ts";
import type { Scope } from "../wiring/installation/scopes.ts";
import { makeCodeCaches } from "../wiring/installation/code-cache.ts";
import { startMonitor, stopMonitor } from "../wiring/monitor/monitor-control.ts";
import { settleEnvironment } from "../wiring/sources/environment.ts";
import { changeTasks, refreshProject } from "../wiring/tasks.ts";
import { sampleTasks } from "./samples.ts";
import { confirm, print, printJson, remark, step } from "./terminal.ts";

export interface InstallOptions {
  project?: string;
  scope: Scope;
  dryRun?: boolean;
  yes?: boolean;
  /** False with --no-monitor. */
  monitor: boolean;
  /** Undefined: as it is. */
  prompts?: boolean;
  statusline?: boolean;
  /** The task tools: registered, taken out, or (undefined) as it is. */
  mcp?: boolean;
  /** False with --no-mcp-permission: the client asks before each call of a tool. */
  mcpPermission?: boolean;
  json?: boolean;
}

interface Installed {
  settingsFile: string;
  changedOnDisk: string[];
  launcher: string;
  brief: string | null;
  ms: number;
}

async function install(
  world: CliWorld,
  project: Located,
  options: InstallOptions,
  build: string,
): Promise<Installed> {
  const { installation, launcher } = await step("copying the built files", () =>
    installFiles(world, project, build),
  );
  const config = configOf(world);
  openCliCache(world, config).close();
  const plan = planSettings(world, project, options.scope, options);
  const { excludedIn } = await step("writing the hook entries", () =>
    applySettings(world, project, options.scope, plan),
  );
  const registered = await register(world, project, options);
  await step("reading the tasks", () =>
    refreshProject(world, { path: project.project, name: project.projectName }),
  );
  await step("preparing the hooks' code", () => makeCodeCaches(world, installation, project));
  if (options.monitor) {
    await step("starting the monitor", async () => {
      await stopMonitor(world);
      await startMonitor(world);
    });
  }
  const outcome = await step("running the hook as Claude Code will", () =>
    checkInstalled(world, project),
  );
  return {
    settingsFile: plan.settings.file,
    changedOnDisk: [
      `${plan.settings.file} (the hook entries)`,
      ...registered,
      ...(excludedIn === null ? [] : [`${excludedIn} (keeps that file out of git status)`]),
      `${installation.folder} (what the hooks run)`,
      `${world.folders.state} (gates, cache, tasks, logs)`,
    ],
    launcher,
    brief: outcome.context,
    ms: Math.round(outcome.ms),
  };
}

/** The task tools in `.mcp.json`. Gives what was changed on disk. */
async function register(
  world: CliWorld,
  project: Located,
  options: InstallOptions,
): Promise<string[]> {
  const plan = planMcp(world, project, options);
  if (plan === null || plan.diff === "") return [];
  const { file } = plan.settings;
  if (options.mcp === false) {
    const [done] = uninstallSettings(world, [file]);
    if (done?.error != null) throw done.error;
    return [`${file} (the task tools are taken out)`];
  }
  await step("registering the task tools", () =>
    applySettings(world, project, options.scope, plan),
  );
  return [`${file} (the task tools)`];
}

function report(world: CliWorld, project: Located, installed: Installed): void {
  print("");
  print(`The next Claude Code session in ${project.worktree} will read:`);
  print("");
  print(installed.brief ?? "(nothing)");
  print("");
  print(`It took ${installed.ms} ms. Changed on this disk:`);
  for (const change of installed.changedOnDisk) print(`  ${change}`);
  print("To take it all back:");
  print(`  ${installed.launcher} uninstall --project ${project.worktree}`);
  print("For another project:");
  print(`  ${installed.launcher} install --project DIR`);
  print(`To have the command as "sitrep": add ${world.folders.data}/bin to your PATH.`);
}

/** What the settings and `.mcp.json` become, as one diff. */
function diffOfAll(world: CliWorld, project: Located, options: InstallOptions): string {
  const settings = planSettings(world, project, options.scope, options);
  return settings.diff + (planMcp(world, project, options)?.diff ?? "");
}

/** The diff and, on a terminal, the question. False when the user declines. */
async function agree(world: CliWorld, project: Located, options: InstallOptions): Promise<boolean> {
  const diff = diffOfAll(world, project, options);
  if (options.json !== true) {
    const file = settingsPath(world, project, options.scope);
    remark(diff === "" ? `${file} has the hook entries already.` : diff);
  }
  if (options.dryRun === true || options.yes === true || diff === "") return true;
  return confirm("Write this?", true);
}

export async function runInstall(
  world: CliWorld,
  options: InstallOptions,
  build: string,
): Promise<void> {
  const project = projectOf(world, options.project);
  configOf(world);
  const isAgreed = await agree(world, project, options);
  if (options.dryRun === true) {
    const diff = diffOfAll(world, project, options);
    const settingsFile = settingsPath(world, project, options.scope);
    if (options.json === true) printJson({ settingsFile, diff });
    else remark("Dry run: nothing was changed.");
    return;
  }
  if (!isAgreed) return remark("Nothing was changed.");
  const scope = { path: project.project, name: project.projectName };
  await step("keeping what the environment names", () => settleEnvironment(world, scope));
  const installed = await install(world, project, options, build);
  if (options.json === true) printJson(installed);
  else report(world, project, installed);
}

/** `npm start`: installs for one project with sample tasks, without questions. */
export async function runDemo(
  world: CliWorld,
  options: { project?: string },
  build: string,
): Promise<void> {
  const project = projectOf(world, options.project);
  const scope = { path: project.project, name: project.projectName };
  planSettings(world, project, "local");
  const added = await step("making the task store", () =>
    changeTasks(world, scope, async (store) =>
      (await store.list(scope.path)).length > 0 ? [] : store.add(scope.path, sampleTasks),
    ),
  );
  const installed = await install(world, project, { scope: "local", monitor: true }, build);
  report(world, project, installed);
  if (added.length > 0) {
    print(`${added.length} sample tasks were added; to remove them:`);
    print(`  ${installed.launcher} task clear-samples --project ${project.worktree}`);
  }
}
