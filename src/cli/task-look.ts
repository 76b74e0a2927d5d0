// `sitrep task list` and `next`: the tasks of all sources. What others wrote is cleaned before it is printed.

import type { CommandContext } from "../config/context.ts";
import { isOthers } from "../core/brief/task-lines.ts";
import { cleanText, quoted } from "../core/quote.ts";
import type { Task } from "../core/task.ts";
import { knownTasks, namesFor } from "./known-tasks.ts";
import { scopeOf, type ProjectOptions, type Run } from "./options.ts";
import { countOf, printResult } from "./terminal.ts";

/** A task in one line: in columns its name, status and priority, then the rest of what is worth a word. */
export function lineOf(task: Task, name: string = task.id, width = 10): string {
  const { rawStatus, rawPriority, rawDue, due } = task;
  const words = [
    cleanText(name, 60).padEnd(width),
    task.status.replace("_", " ").padEnd(11),
    task.priority.padEnd(6),
    rawStatus === undefined ? "" : `status ${quoted(rawStatus, 40)}`,
    rawPriority === undefined ? "" : `priority ${quoted(rawPriority, 40)}`,
    rawDue === undefined ? "" : `due ${quoted(rawDue, 40)}`,
    due === undefined ? "" : `due ${due.slice(0, 10)}`,
    cleanText(task.title, 200),
    task.assignees.length === 0 ? "" : `for ${cleanText(task.assignees.join(", "), 40)}`,
  ];
  return words.filter((word) => word !== "").join("  ");
}

interface ListOptions extends ProjectOptions {
  all?: boolean;
  source?: string;
  mine?: boolean;
  blocked?: boolean;
}

export const listTasks: Run<[], ListOptions> = async (context, options) => {
  const scope = scopeOf(context, options);
  const known = await knownTasks(context, scope, options.source ?? null);
  const isChosen = ({ owner, task, waitsFor }: (typeof known.ranked)[number]): boolean =>
    (options.mine !== true || owner === "mine") &&
    (options.blocked !== true || task.status === "blocked" || waitsFor.length > 0);
  const pending = known.ranked.filter(isChosen).map(({ task }) => task);
  const shown = options.all === true ? [...pending, ...known.ended] : pending;
  const nameOf = namesFor([...known.ranked.map(({ task }) => task), ...shown]);
  const width = Math.min(40, Math.max(10, ...shown.map((task) => nameOf(task).length)));
  const none =
    known.ranked.length > 0
      ? `None of ${countOf(known.ranked.length, "pending task")} is meant.`
      : 'No pending tasks. Add one: sitrep task add "Title"';
  const lines = shown.map((task) => lineOf(task, nameOf(task), width));
  printResult(options, shown, [...(lines.length === 0 ? [none] : lines), ...known.ages]);
};

export async function nextTask(context: CommandContext, options: ProjectOptions): Promise<void> {
  const { ranked } = await knownTasks(context, scopeOf(context, options));
  const next = ranked.find((one) => !isOthers(one));
  const words =
    next === undefined
      ? "No pending tasks."
      : [
          lineOf(next.task, namesFor(ranked.map(({ task }) => task))(next.task)),
          `  because: ${next.reasons.join(", ")}`,
        ];
  printResult(options, next ?? null, words);
}
