// What is said after an install: what comes next, and how it is undone.

import type { CommandContext } from "../../config/context.ts";
import { locate, type Located } from "../../git/repository.ts";
import type { Scope } from "../../install/entries.ts";
import { commandWord, fileWord, pathWord, undoCommand } from "../program/called-as.ts";
import type { Installed } from "./steps.ts";
import { name, strong } from "../terminal/styles.ts";
import { wrapped } from "../terminal/table.ts";
import { scopeIn } from "../program/options.ts";
import { inertFile } from "../trust.ts";
import { print, screenWidth } from "../terminal/terminal.ts";

type Done = Installed & { scope: Scope };

/** For a script, or a person who wants no more. */
export function reportInOneLine(context: CommandContext, project: Located, done: Done): void {
  const file = fileWord(context, project, done.settingsFile);
  const undo = undoCommand(context, project, done.scope);
  // Whole, so that it can be copied.
  print([`The hooks are in ${file}. Undo: `, name(undo)]);
}

/** What a person does next. */
export function reportNext(context: CommandContext, project: Located, done: Done): void {
  const { scope, settingsFile } = done;
  const command = commandWord(context);
  const isHere = locate(context.cwd)?.worktree === project.worktree;
  const go = isHere ? "" : `cd ${pathWord(context, project.worktree)} && `;
  print(
    "Installed. The next session reads a brief: what is to be done, and where the repository stands.",
  );
  if (scope === "project") {
    const file = fileWord(context, project, settingsFile);
    print(`Commit ${file}: for a teammate without Sitrep it does nothing.`);
  }
  const inert = inertFile(context, scopeIn(project));
  if (inert !== null) print(inert);
  if (command !== "sitrep") {
    print(`To have the command as "sitrep": add ${context.folders.data}/bin to your PATH.`);
  }
  print(
    ["Open Claude here  ", name(`${go}claude`)],
    ["Add a task        ", name(`${command} task add "…"`)],
    ["Undo              ", name(undoCommand(context, project, scope))],
  );
}

/** After `npm start`: the brief, what was changed, and the commands that come next. */
export function report(
  context: CommandContext,
  project: Located,
  { brief, ms, changedOnDisk }: Installed,
): void {
  print("");
  const title = `The next Claude Code session in ${project.worktree} will read:`;
  print(...wrapped(strong(title), screenWidth()));
  print("");
  print(...(brief ?? "(nothing)").split("\n"));
  print("");
  print(`It took ${ms} ms. Changed on this disk:`);
  for (const change of changedOnDisk) print(`  ${change}`);
  const command = commandWord(context);
  print("To take it all back:");
  print(name(`  ${undoCommand(context, project, "local")}`));
  print("For another project:");
  print(name(`  ${command} install --project DIR`));
  if (command === "sitrep") return;
  print(`To have the command as "sitrep": add ${context.folders.data}/bin to your PATH.`);
}
