// What an install would change, in one line.

import type { CommandContext } from "../../config/context.ts";
import type { Located } from "../../git/repository.ts";
import { hasOurStatusLine, hasRule } from "../../install/optional-entries.ts";
import { countHooks } from "../../install/settings-hooks.ts";
import { isMcpFile, isOursIn } from "../../install/settings-target.ts";
import type { SettingsPlan } from "../../install/settings-plan.ts";
import { fileWord } from "../program/called-as.ts";
import { countOf } from "../terminal/terminal.ts";

/** The verb of what changed from `before` to `after`, null where nothing did. */
const change = (before: boolean, after: boolean): "add" | "drop" | null =>
  before === after ? null : after ? "add" : "drop";

function hookWords(before: number, after: number, file: string): string {
  if (after > before) return `adds ${countOf(after - before, "hook")} to ${file}`;
  if (after < before) return `takes ${countOf(before - after, "hook")} out of ${file}`;
  return `brings ${file} up to date`;
}

function settingsWords(
  context: CommandContext,
  { settings: { file, text }, after }: SettingsPlan,
  shown: string,
): string {
  const isOurs = isOursIn(context);
  const [then, now] = [text ?? "{}", after].map((one) => ({
    hooks: countHooks(file, one, isOurs),
    hasLine: hasOurStatusLine(file, one, isOurs),
    hasRule: hasRule(file, one),
  })) as [Looked, Looked];
  const line = change(then.hasLine, now.hasLine);
  const rule = change(then.hasRule, now.hasRule);
  const more = [
    line === "add" && "sets the status line",
    line === "drop" && "takes the status line out",
    rule === "add" && "lets Claude call the task tools unasked",
    rule === "drop" && "has Claude ask before the task tools",
  ].filter((words) => words !== false);
  const isSame = then.hooks === now.hooks && more.length > 0;
  return [...(isSame ? [] : [hookWords(then.hooks, now.hooks, shown)]), ...more].join(", ");
}

interface Looked {
  hooks: number;
  hasLine: boolean;
  hasRule: boolean;
}

/** `Adds 8 hooks to .claude/settings.local.json`. The plans are those that change something. */
export function changeWords(
  context: CommandContext,
  project: Located,
  plans: readonly SettingsPlan[],
): string {
  const words = plans.map((plan) => {
    const { file } = plan.settings;
    const shown = fileWord(context, project, file);
    if (!isMcpFile(file)) return settingsWords(context, plan, shown);
    return plan.after.includes('"sitrep"')
      ? `puts the task tools into ${shown}`
      : `takes the task tools out of ${shown}`;
  });
  const all = words.join(", ");
  return all.charAt(0).toUpperCase() + all.slice(1);
}
