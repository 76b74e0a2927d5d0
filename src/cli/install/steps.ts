import { codeOf } from "../../core/errors.ts";
import { loadOwnConfig, openCliCache } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import type { Located } from "../../git/repository.ts";
import type { Scope } from "../../install/hook-entries.ts";
import { makeCodeCaches } from "../../install/hook-run.ts";
import { applySettings, checkInstalled, installFiles } from "../../install/installer.ts";
import {
  planLinks,
  planMcp,
  planSettings,
  type OptionalEntryChoices,
} from "../../install/settings-plan.ts";
import { withoutOwnEntries } from "../../install/settings-target.ts";
import { uninstallSettings } from "../../install/uninstaller.ts";
import { startMonitor, stopMonitor } from "../../monitor/monitor-control.ts";
import { refreshProject } from "../../sources/local-tasks.ts";
import { keepSourcesFromEnvironment } from "../../sources/environment-protocols.ts";
import { step } from "../terminal/spinner.ts";

export interface InstallChoices extends OptionalEntryChoices {
  scope: Scope;
  monitor: boolean;
}

export interface InstallResult {
  settingsFile: string;
  changedOnDisk: readonly string[];
  launcher: string;
  brief: string | null;
  ms: number;
}

const maxTries = 50;

/** Repeats the plan and the write if another program, such as a second install, changed the file in between. */
async function againWhenChanged<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- each try follows a failed one
      return await work();
    } catch (error) {
      if (codeOf(error) !== "settings-changed" || tries === maxTries) throw error;
    }
  }
}

/** `changed` receives each change on disk as it is made. */
export async function install(
  context: CommandContext,
  project: Located,
  wishes: InstallChoices,
  changed: string[],
): Promise<InstallResult> {
  const scope = { path: project.project, name: project.projectName };
  await step("saving the sources set in environment variables", () =>
    keepSourcesFromEnvironment(context, scope),
  );
  const { installation, launcher } = await step("copying the built files", () => {
    const files = installFiles(context, project, import.meta.dirname);
    changed.push(
      `${files.installation.folder} (what the hooks run)`,
      `${context.folders.state} (hook scripts, cache, tasks, logs)`,
    );
    return files;
  });
  openCliCache(context, loadOwnConfig(context)).close();
  const plan = await step("writing the hook entries", () =>
    againWhenChanged(async () => {
      const planned = planSettings(context, project, wishes.scope, wishes);
      const { excludedIn } = await applySettings(context, project, wishes.scope, planned);
      const excluded = `${excludedIn} (keeps that file out of git status)`;
      changed.unshift(`${planned.settings.file} (the hook entries)`);
      if (excludedIn !== null) changed.splice(1, 0, excluded);
      return planned;
    }),
  );
  await step("writing the links of task ids", () => writeLinks(context, project, wishes, changed));
  await step("registering the task tools", () => register(context, project, wishes, changed));
  await step("reading the tasks", () => refreshProject(context, scope));
  await step("building the hooks' code cache", () =>
    makeCodeCaches(context, installation, project),
  );
  if (wishes.monitor) {
    await step("starting the monitor", async () => {
      await stopMonitor(context);
      await startMonitor(context);
    });
  }
  const { context: brief, ms } = await step("running the hook as Claude Code will", () =>
    checkInstalled(context, project),
  );
  const { file: settingsFile } = plan.settings;
  return { settingsFile, changedOnDisk: changed, launcher, brief, ms: Math.round(ms) };
}

async function writeLinks(
  context: CommandContext,
  project: Located,
  wishes: InstallChoices,
  changed: string[],
): Promise<void> {
  await againWhenChanged(async () => {
    const planned = planLinks(context, project, wishes.scope, wishes);
    if (planned === null) return;
    const { file } = planned.settings;
    if (withoutOwnEntries(context, file, planned.after, planned.hasOurRule) === planned.after) {
      const [done] = uninstallSettings(context, [file]);
      if (done?.error != null) throw done.error;
    } else await applySettings(context, project, "user", planned);
    changed.splice(1, 0, `${file} (the links of task ids)`);
  });
}

async function register(
  context: CommandContext,
  project: Located,
  wishes: InstallChoices,
  changed: string[],
): Promise<void> {
  const first = planMcp(context, project, wishes);
  if (first === null || first.diff === "") return;
  const { file } = first.settings;
  if (wishes.mcp === false) {
    const [done] = uninstallSettings(context, [file]);
    if (done?.error != null) throw done.error;
    changed.splice(1, 0, `${file} (the task tools are removed)`);
    return;
  }
  await againWhenChanged(async () => {
    const planned = planMcp(context, project, wishes);
    if (planned !== null) await applySettings(context, project, wishes.scope, planned);
  });
  changed.splice(1, 0, `${file} (the task tools)`);
}
