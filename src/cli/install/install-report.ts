import type { CommandContext } from "../../config/context.ts";
import { locate, type Located } from "../../git/repository.ts";
import type { Scope } from "../../install/hook-entries.ts";
import { hasOurStatusLine, hasRule } from "../../install/optional-entries.ts";
import { countTaskLinks } from "../../install/footer-links.ts";
import { countHooks } from "../../install/settings-hooks.ts";
import type { SettingsPlan } from "../../install/settings-plan.ts";
import { isMcpFile, createIsOwnCommand } from "../../install/settings-target.ts";
import type { Line } from "../../state/output/styled.ts";
import { shellCommand, shellFile, shellPath, undoCommand } from "../program/command-name.ts";
import { createScope } from "../program/verb-context.ts";
import { nameStyle, strong } from "../terminal/styles.ts";
import { countText, print } from "../terminal/terminal.ts";
import { inertFile } from "../trust.ts";
import type { InstallResult } from "./steps.ts";
import { areLinksMissing } from "./choose-task-links.ts";

function hookText(before: number, after: number, file: string): string {
  if (after > before) return `adds ${countText(after - before, "hook")} to ${file}`;
  if (after < before) return `removes ${countText(before - after, "hook")} from ${file}`;
  return `updates ${file}`;
}

function settingsText(
  context: CommandContext,
  { settings: { file, text }, after }: SettingsPlan,
  shown: string,
): string {
  const isOurs = createIsOwnCommand(context);
  const look = (one: string) => ({
    hooks: countHooks(file, one, isOurs),
    hasLine: hasOurStatusLine(file, one, isOurs),
    hasRule: hasRule(file, one),
    links: countTaskLinks(file, one),
  });
  const [then, now] = [look(text ?? "{}"), look(after)];
  const more = [
    now.hasLine && !then.hasLine && "sets the status line",
    then.hasLine && !now.hasLine && "removes the status line",
    now.hasRule && !then.hasRule && "lets Claude call the task tools without asking",
    then.hasRule && !now.hasRule && "has Claude ask before it calls the task tools",
    now.links > then.links &&
      `adds ${countText(now.links - then.links, "link")} for task ids to ${shown}`,
    now.links < then.links && `removes the links for task ids from ${shown}`,
  ].filter((words) => words !== false);
  const isSame = then.hooks === now.hooks && more.length > 0;
  return [...(isSame ? [] : [hookText(then.hooks, now.hooks, shown)]), ...more].join(", ");
}

export function settingsChangeText(
  context: CommandContext,
  project: Located,
  plans: readonly SettingsPlan[],
): string {
  const words = plans.map((plan) => {
    const { file } = plan.settings;
    const shown = shellFile(context, project, file);
    if (!isMcpFile(file)) return settingsText(context, plan, shown);
    return plan.after.includes('"sitrep"')
      ? `adds the task tools to ${shown}`
      : `removes the task tools from ${shown}`;
  });
  const all = words.join(", ");
  return all.charAt(0).toUpperCase() + all.slice(1);
}

type Done = InstallResult & { scope: Scope };

export function reportInOneLine(context: CommandContext, project: Located, done: Done): void {
  const file = shellFile(context, project, done.settingsFile);
  // The line is not wrapped, so that the command can be copied.
  print([`The hooks are in ${file}. Undo: `, nameStyle(undoCommand(context, project, done.scope))]);
}

function printPath(context: CommandContext): void {
  if (shellCommand(context) === "sitrep") return;
  print(`To run "sitrep" by name, add ${context.folders.data}/bin to your PATH.`);
}

export function reportNext(context: CommandContext, project: Located, done: Done): void {
  const isHere = locate(context.cwd)?.worktree === project.worktree;
  const go = isHere ? "" : `cd ${shellPath(context, project.worktree)} && `;
  print("Installed. The next session starts with a brief of your tasks and your repository.");
  if (done.scope === "project") {
    const file = shellFile(context, project, done.settingsFile);
    print(`Commit ${file}. It has no effect for teammates without Sitrep.`);
  }
  const inert = inertFile(context, createScope(project));
  if (inert !== null) print(inert);
  printPath(context);
  const links = nameStyle(`${shellCommand(context)} install --task-links`);
  const offered: Line[] = areLinksMissing(context, project) ? [["Link task ids     ", links]] : [];
  print(
    ["Open Claude here  ", nameStyle(`${go}claude`)],
    ["Add a task        ", nameStyle(`${shellCommand(context)} task add "…"`)],
    ...offered,
    ["Undo              ", nameStyle(undoCommand(context, project, done.scope))],
  );
}

export function reportDemo(
  context: CommandContext,
  project: Located,
  { brief, ms, changedOnDisk }: InstallResult,
): void {
  print("", strong(`The next Claude Code session in ${project.worktree} will read:`), "");
  print(...(brief ?? "(nothing)").split("\n"));
  print("", `The hook took ${ms} ms. Changed on disk:`);
  print(...changedOnDisk.map((change) => `  ${change}`));
  print("To undo all of it:", [nameStyle(`  ${undoCommand(context, project, "local")}`)]);
  print("For another project:", [nameStyle(`  ${shellCommand(context)} install --project DIR`)]);
  printPath(context);
}
