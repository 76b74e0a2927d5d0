// `sitrep install`: adds the hooks to a project, and the task tools where they are asked for.

import { configOf, openCliCache } from "../config/command-config.ts";
import { projectOf, type CommandContext } from "../config/context.ts";
import type { Located } from "../git/repository.ts";
import { applySettings, checkInstalled, installFiles } from "../install/installer.ts";
import { codeOf, SitrepError } from "../core/errors.ts";
import { planSettings, planMcp } from "../install/settings-plan.ts";
import type { Choices, SettingsPlan } from "../install/settings-plan.ts";
import { linkedTo } from "../install/settings-target.ts";
import { uninstallSettings } from "../install/uninstaller.ts";
import type { Scope } from "../install/entries.ts";
import { makeCodeCaches } from "../install/hook-run.ts";
import { startMonitor, stopMonitor } from "../monitor/monitor-control.ts";
import { settleEnvironment } from "../sources/settle-environment.ts";
import { refreshProject } from "../sources/local-tasks.ts";
import type { Line } from "../state/output/styled.ts";
import { bad, good } from "./look/styles.ts";
import { report, type Installed } from "./installed.ts";
import type { ProjectOptions } from "./options.ts";
import { confirm, isWatched, printJson, remark, step } from "./terminal.ts";

interface InstallOptions extends ProjectOptions, Choices {
  scope: Scope;
  dryRun?: boolean;
  yes?: boolean;
  /** False with --no-monitor. */
  monitor: boolean;
}

const mostTries = 50;

/** Plans and writes once more where another program, such as another install, came in between. */
async function againWhenChanged<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      return await work();
    } catch (error) {
      if (codeOf(error) !== "settings-changed" || tries === mostTries) throw error;
    }
  }
}

export async function install(
  context: CommandContext,
  project: Located,
  options: InstallOptions,
): Promise<Installed> {
  const { installation, launcher } = await step("copying the built files", () =>
    installFiles(context, project, import.meta.dirname),
  );
  const config = configOf(context);
  openCliCache(context, config).close();
  const { plan, excludedIn } = await step("writing the hook entries", () =>
    againWhenChanged(async () => {
      const planned = planSettings(context, project, options.scope, options);
      const applied = await applySettings(context, project, options.scope, planned);
      return { plan: planned, ...applied };
    }),
  );
  const registered = await register(context, project, options);
  await step("reading the tasks", () =>
    refreshProject(context, { path: project.project, name: project.projectName }),
  );
  await step("preparing the hooks' code", () => makeCodeCaches(context, installation, project));
  if (options.monitor) {
    await step("starting the monitor", async () => {
      await stopMonitor(context);
      await startMonitor(context);
    });
  }
  const outcome = await step("running the hook as Claude Code will", () =>
    checkInstalled(context, project),
  );
  return {
    settingsFile: plan.settings.file,
    changedOnDisk: [
      `${plan.settings.file} (the hook entries)`,
      ...registered,
      ...(excludedIn === null ? [] : [`${excludedIn} (keeps that file out of git status)`]),
      `${installation.folder} (what the hooks run)`,
      `${context.folders.state} (gates, cache, tasks, logs)`,
    ],
    launcher,
    brief: outcome.context,
    ms: Math.round(outcome.ms),
  };
}

/** The task tools in `.mcp.json`. Gives what was changed on disk. */
async function register(
  context: CommandContext,
  project: Located,
  options: InstallOptions,
): Promise<string[]> {
  const first = planMcp(context, project, options);
  if (first === null || first.diff === "") return [];
  const { file } = first.settings;
  if (options.mcp === false) {
    const [done] = uninstallSettings(context, [file]);
    if (done?.error != null) throw done.error;
    return [`${file} (the task tools are taken out)`];
  }
  await step("registering the task tools", () =>
    againWhenChanged(async () => {
      const planned = planMcp(context, project, options);
      if (planned !== null) await applySettings(context, project, options.scope, planned);
    }),
  );
  return [`${file} (the task tools)`];
}

/** Names each file that a link in the project leads out of it, and has a person allow to write there. Throws `settings-unexpected`. */
async function mayFollowLinks(
  project: Located,
  plans: readonly (SettingsPlan | null)[],
  { yes, dryRun }: InstallOptions,
): Promise<boolean> {
  for (const plan of plans) {
    const target = plan === null || plan.diff === "" ? null : linkedTo(project, plan.settings);
    if (plan === null || target === null) continue;
    const what = `${plan.settings.file} is a link out of the project, to ${target}.`;
    if (yes !== true && dryRun !== true && !isWatched()) {
      throw new SitrepError("settings-unexpected", what, {
        hint: "Nothing was changed. With --yes it is written there.",
      });
    }
    remark(what);
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    const isAllowed = yes === true || dryRun === true || (await confirm("Write there?", false));
    if (!isAllowed) return false;
  }
  return true;
}

/** As it is, so that a person sees what is written. */
const diffLine = (line: string): Line => [
  line.startsWith("+") ? good(line) : line.startsWith("-") ? bad(line) : line,
];

export async function runInstall(context: CommandContext, options: InstallOptions): Promise<void> {
  const project = projectOf(context, options.project);
  configOf(context);
  const plan = planSettings(context, project, options.scope, options);
  const mcpPlan = planMcp(context, project, options);
  const settingsFile = plan.settings.file;
  const diff = plan.diff + (mcpPlan?.diff ?? "");
  if (!(await mayFollowLinks(project, [plan, mcpPlan], options))) {
    return remark("Nothing was changed.");
  }
  if (options.json !== true) {
    if (diff === "") remark(`${settingsFile} has the hook entries already.`);
    else remark(...diff.trimEnd().split("\n").map(diffLine));
  }
  if (options.dryRun === true) {
    if (options.json === true) printJson({ settingsFile, diff });
    else remark("Dry run: nothing was changed.");
    return;
  }
  const mustAsk = options.yes !== true && diff !== "";
  if (mustAsk && !(await confirm("Write this?", true))) return remark("Nothing was changed.");
  const scope = { path: project.project, name: project.projectName };
  await step("keeping what the environment names", () => settleEnvironment(context, scope));
  const installed = await install(context, project, options);
  if (options.json === true) printJson(installed);
  else report(context, project, { ...installed, scope: options.scope });
}
