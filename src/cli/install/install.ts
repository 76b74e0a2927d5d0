// `sitrep install` asks all its questions before it changes anything. `sitrep demo` asks none.

import { loadOwnConfig } from "../../config/command-config.ts";
import { locateProject, type CommandContext } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import type { Located } from "../../git/repository.ts";
import {
  planLinks,
  planMcp,
  planSettings,
  type SettingsPlan,
} from "../../install/settings-plan.ts";
import { findLinkTarget } from "../../install/settings-target.ts";
import type { FoundSource } from "../../sources/discovery/found-source.ts";
import type { Line } from "../../state/output/styled.ts";
import { undoCommand } from "../program/command-name.ts";
import { createScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { addSamples } from "../task/samples.ts";
import { step, stoppable } from "../terminal/spinner.ts";
import { errorStyle, goodStyle, nameStyle } from "../terminal/styles.ts";
import { ask, confirm, countText, isWatched, isYes } from "../terminal/terminal.ts";
import { print, printJson, printNotice } from "../terminal/terminal.ts";
import { settingsChangeText, reportDemo, reportInOneLine, reportNext } from "./install-report.ts";
import { install, type InstallChoices } from "./steps.ts";
import { chosenLinks } from "./choose-task-links.ts";

interface InstallOptions extends ProjectOptions, InstallChoices {
  taskLinks?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  /** Places that the user has already agreed to; when set, the install asks about none. */
  chosen?: readonly FoundSource[];
}

const linkText = (file: string, target: string): string =>
  `${file} is a symlink to ${target}, outside the project.`;

/** Asks about each settings file that links outside the project. Throws `settings-unexpected` without a terminal. */
async function mayFollowLinks(
  project: Located,
  plans: readonly SettingsPlan[],
  { yes, dryRun }: InstallOptions,
): Promise<boolean> {
  for (const plan of plans) {
    const target = plan.diff === "" ? null : findLinkTarget(project, plan.settings);
    if (target === null) continue;
    const what = linkText(plan.settings.file, target);
    if (yes !== true && dryRun !== true && !isWatched()) {
      throw new SitrepError("settings-unexpected", what, {
        hint: "Nothing was changed. To write to that file, use --yes",
      });
    }
    printNotice(what);
    // oxlint-disable-next-line no-await-in-loop -- one question at a time
    const isAllowed =
      yes === true || dryRun === true || (await confirm("Write to it anyway?", false));
    if (!isAllowed) return false;
  }
  return true;
}

/** Colors a line but does not wrap it, so that the user sees it as it is written. */
const diffLine = (line: string): Line => [
  line.startsWith("+") ? goodStyle(line) : line.startsWith("-") ? errorStyle(line) : line,
];

const showDiff = (plans: readonly SettingsPlan[]): void =>
  printNotice(...plans.flatMap(({ diff }) => diff.trimEnd().split("\n")).map(diffLine));

/** Says what will change and asks; an empty line means yes. Throws `usage` without a terminal. */
async function mayWrite(
  context: CommandContext,
  project: Located,
  plans: readonly SettingsPlan[],
): Promise<boolean> {
  if (!isWatched()) {
    throw new SitrepError("usage", "Cannot ask for confirmation without a terminal. Use --yes.", {
      hint: "To see the changes first: sitrep install --dry-run",
    });
  }
  const words = settingsChangeText(context, project, plans);
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one question at a time
    const answer = await ask(`${words}; d shows the diff. Continue? [Y/n/d]`);
    if (answer === null || answer === "" || isYes(answer)) return true;
    if (!/^d/i.test(answer)) return false;
    showDiff(plans);
  }
}

function stopped(
  context: CommandContext,
  project: Located,
  { scope }: InstallOptions,
  changed: readonly string[],
): SitrepError {
  if (changed.length === 0) return new SitrepError("cancelled", "Nothing was changed.");
  const undo = undoCommand(context, project, scope);
  return new SitrepError("cancelled", `Stopped. Changed so far: ${changed.join(", ")}.`, {
    hint: `To undo: ${undo}\nTo continue: sitrep install`,
  });
}

export async function runInstall(context: CommandContext, given: InstallOptions): Promise<void> {
  const { scope, json, yes } = given;
  const project = locateProject(context, given.project);
  loadOwnConfig(context);
  const options = { ...given, links: chosenLinks(context, project, given.taskLinks) };
  const plan = planSettings(context, project, scope, options);
  const links = planLinks(context, project, scope, options);
  const plans = [plan, links, planMcp(context, project, options)].filter((one) => one !== null);
  const settingsFile = plan.settings.file;
  const changes = plans.filter(({ diff }) => diff !== "");
  if (!(await mayFollowLinks(project, plans, options))) return printNotice("Nothing was changed.");
  if (changes.length === 0 && json !== true && yes !== true) {
    printNotice(`${settingsFile} already has the hook entries.`);
  }
  if (options.dryRun === true) {
    const diff = changes.map((one) => one.diff).join("");
    if (json === true) return printJson({ settingsFile, diff });
    if (changes.length > 0) showDiff(changes);
    return printNotice("Dry run: nothing was changed.");
  }
  const isGuided = yes !== true && json !== true && isWatched();
  const offers = await import("./offers.ts");
  const asks = isGuided && options.chosen === undefined && !offers.wasOffered(context, project);
  const wanted = options.chosen ?? (asks ? await offers.askForSources(context, project) : []);
  if (yes !== true && changes.length > 0 && !(await mayWrite(context, project, changes))) {
    return printNotice("Nothing was changed.");
  }
  const changed: string[] = [];
  const installed = await stoppable(
    () => install(context, project, options, changed),
    () => stopped(context, project, options, changed),
  );
  if (isGuided) offers.recordOffer(context, project);
  await offers.addSources(context, project, wanted);
  if (json === true) printJson(installed);
  else if (yes === true) {
    reportInOneLine(context, project, { ...installed, scope });
    await offers.noticeUnadded(context, project);
  } else reportNext(context, project, { ...installed, scope });
}

export const runDemo: Run<[], { project?: string }> = async (context, options) => {
  const project = locateProject(context, options.project);
  const { settings } = planSettings(context, project, "local");
  const target = findLinkTarget(project, settings);
  if (target !== null) {
    const hint = "Nothing was changed. To write to that file: sitrep install --yes";
    throw new SitrepError("settings-unexpected", linkText(settings.file, target), { hint });
  }
  const added = await step("creating the task store", () =>
    addSamples(context, createScope(project)),
  );
  const installed = await install(context, project, { scope: "local", monitor: true }, []);
  reportDemo(context, project, installed);
  if (added.length > 0) {
    const remove = `  ${installed.launcher} task clear-samples --project ${project.worktree}`;
    print(`Added ${countText(added.length, "sample task")}. To remove them:`, [nameStyle(remove)]);
  }
};
