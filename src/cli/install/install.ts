// `sitrep install`: adds the hooks to a project, and the task tools where they are asked for. On a terminal it asks all that it
// has to ask before it changes anything.

import { SitrepError } from "../../core/errors.ts";
import { configOf } from "../../config/command-config.ts";
import { projectOf, type CommandContext } from "../../config/context.ts";
import type { Located } from "../../git/repository.ts";
import { planSettings, planMcp } from "../../install/settings-plan.ts";
import type { SettingsPlan } from "../../install/settings-plan.ts";
import { readRecord } from "../../install/settings-file.ts";
import { linkedTo } from "../../install/settings-target.ts";
import type { Line } from "../../state/output/styled.ts";
import { bad, good } from "../terminal/styles.ts";
import { changeWords } from "./words.ts";
import { install, type InstallWishes } from "./steps.ts";
import { undoCommand } from "../program/called-as.ts";
import { reportInOneLine, reportNext } from "./report.ts";
import type { ProjectOptions } from "../program/options.ts";
import { ask, confirm, isWatched, isYes, printJson, remark } from "../terminal/terminal.ts";
import { stoppable } from "../terminal/spinner.ts";

interface InstallOptions extends ProjectOptions, InstallWishes {
  dryRun?: boolean;
  yes?: boolean;
}

/** Names each file that a link in the project leads out of it, and has a person allow to write there. Throws `settings-unexpected`. */
async function mayFollowLinks(
  project: Located,
  plans: readonly SettingsPlan[],
  { yes, dryRun }: InstallOptions,
): Promise<boolean> {
  for (const plan of plans) {
    const target = plan.diff === "" ? null : linkedTo(project, plan.settings);
    if (target === null) continue;
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

const showDiff = (plans: readonly SettingsPlan[]): void =>
  remark(...plans.flatMap(({ diff }) => diff.trimEnd().split("\n")).map(diffLine));

/** Says what will change and asks; an empty line is a yes. Throws `usage` where nobody can be asked. */
async function mayWrite(
  context: CommandContext,
  project: Located,
  plans: readonly SettingsPlan[],
): Promise<boolean> {
  if (!isWatched()) {
    throw new SitrepError("usage", "An install asks before it writes: there is no terminal.", {
      hint: "With --yes it asks nothing: sitrep install --yes\nWhat it would write: sitrep install --dry-run",
    });
  }
  const words = changeWords(context, project, plans);
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    const answer = await ask(`${words}; d shows the diff. Go on? [Y/n/d]`);
    if (answer === null || answer === "" || isYes(answer)) return true;
    if (!/^d/i.test(answer)) return false;
    showDiff(plans);
  }
}

export async function runInstall(context: CommandContext, options: InstallOptions): Promise<void> {
  const { scope, json, yes } = options;
  const project = projectOf(context, options.project);
  configOf(context);
  const plan = planSettings(context, project, scope, options);
  const plans = [plan, planMcp(context, project, options)].filter((one) => one !== null);
  const settingsFile = plan.settings.file;
  const changes = plans.filter(({ diff }) => diff !== "");
  if (!(await mayFollowLinks(project, plans, options))) return remark("Nothing was changed.");
  if (changes.length === 0 && json !== true && yes !== true) {
    remark(`${settingsFile} has the hook entries already.`);
  }
  if (options.dryRun === true) {
    if (json === true) {
      return printJson({ settingsFile, diff: changes.map(({ diff }) => diff).join("") });
    }
    if (changes.length > 0) showDiff(changes);
    return remark("Dry run: nothing was changed.");
  }
  const isFirst = readRecord(context.files.settingsRecords, settingsFile) === null;
  const isGuided = yes !== true && json !== true && isWatched();
  const guide = isGuided && isFirst ? await import("./offers.ts") : null;
  const found = (await guide?.askForFound(context, project)) ?? [];
  if (yes !== true && changes.length > 0 && !(await mayWrite(context, project, changes))) {
    return remark("Nothing was changed.");
  }
  const changed: string[] = [];
  const installed = await stoppable(
    () => install(context, project, options, changed),
    () => stopped(context, project, options, changed),
  );
  await guide?.addFound(context, project, found);
  if (json === true) printJson(installed);
  else if (yes === true) reportInOneLine(context, project, { ...installed, scope });
  else reportNext(context, project, { ...installed, scope });
}

/** What a person who stops an install in its middle is told. */
function stopped(
  context: CommandContext,
  project: Located,
  { scope }: InstallOptions,
  changed: readonly string[],
): SitrepError {
  if (changed.length === 0) return new SitrepError("cancelled", "Nothing was changed.");
  const undo = undoCommand(context, project, scope);
  return new SitrepError("cancelled", `Stopped. Changed so far: ${changed.join(", ")}.`, {
    hint: `To take it back: ${undo}\nTo go on: sitrep install`,
  });
}
