// `sitrep task show`: a task whole, with its history and what it has to do with others.

import { existsSync } from "node:fs";
import { readCache, type CommandContext } from "../../config/context.ts";
import { changeWords } from "../../core/brief/change-lines.ts";
import { splitDescription } from "../../core/brief/task-lines.ts";
import { kindsOf } from "../../core/news/changes.ts";
import { cleanText, quoted, quotedName } from "../../core/quote.ts";
import { isOpenTask, type Task } from "../../core/task/task.ts";
import { authorWords, fields, stepWords } from "../../core/task/task-steps.ts";
import { agoWords, dateLine, dueDay, dueWords, localTime } from "../../core/time.ts";
import { ownSession, readTasks, type PastStep } from "../../sources/local-tasks.ts";
import { taskHistory } from "../../state/cache/task-changes.ts";
import { findTask, knownTasks } from "./known.ts";
import { scopeOf, type Run } from "../program/options.ts";
import type { Cell } from "../../state/output/styled.ts";
import { faint } from "../terminal/styles.ts";
import { table } from "../terminal/table.ts";
import { printResult, screenWidth } from "../terminal/terminal.ts";

/** `3 h ago (Mon 23 Nov 01:10)`. */
function whenWords(instant: string): string {
  const at = Date.parse(instant);
  return Number.isNaN(at) ? instant : `${agoWords(at, Date.now())} (${dateLine(localTime(at))})`;
}

/** `tomorrow (2026-11-24)`, `overdue since Fri 20 Nov (2026-11-20)`; the day alone where the task is over. */
function dueText(task: Task, due: string): string {
  const day = isOpenTask(task) ? dueDay(due, localTime) : null;
  if (day === null) return due;
  const words = dueWords(day, localTime(Date.now()));
  return `${words.replace(/^due /, "").replace(/ \(.*\)$/, "")} (${due})`;
}

/** What stands in a field, a line each: texts of others as they are shown, a description without its criteria. */
function valueLines(task: Task, name: string, value: unknown): string[] {
  const given = Array.isArray(value) ? value.join(", ") : String(value);
  switch (name) {
    case "description":
      return splitDescription(given).text.split("\n");
    case "createdAt":
    case "updatedAt":
    case "completedAt":
      return [whenWords(given)];
    case "due":
      return [dueText(task, given)];
    case "priority":
      return given === "none" ? [] : [given];
    case "status":
      return [given.replace("_", " ")];
    default:
      return [given];
  }
}

/** What a field is called. */
const fieldWords: Readonly<Record<string, string>> = {
  ...fields,
  createdAt: "added",
  updatedAt: "changed",
  completedAt: "completed",
  rawStatus: "its word for the status",
  rawPriority: "its word for the priority",
  rawDue: "its word for the due date",
};

/** A heading beside the first line; nothing for no lines. */
const under = (name: string, lines: readonly string[]): Cell[][] =>
  lines.filter((line) => line !== "").map((line, index) => [index === 0 ? faint(name) : "", line]);

/** `Fri 20 Nov 14:02  status pending → in progress (session 1f0c3a2b)`. */
function pastLine(step: PastStep, reader: string | null): string {
  const { at, before, after, author, isUndo } = step;
  const what =
    before === null
      ? after === null
        ? "added and removed"
        : "added"
      : after === null
        ? "removed"
        : stepWords(before, after).join(", ") || "no field is different";
  const who = authorWords(author, reader);
  const said = `${isUndo ? "undone: " : ""}${what}${who === "" ? "" : ` (${who})`}`;
  return `${dateLine(localTime(Date.parse(at)))}  ${said}`;
}

/** For JSON: when, who, and what the task was before; null where it was added. */
const historyEntry = ({ at, author, isUndo, before, after }: PastStep) => ({
  at,
  author,
  isUndo,
  before,
  after,
});

/** A task in a few words, as others that it has to do with are named. */
const linkOf = (task: Task): string =>
  `${quotedName(task.id)} ${task.status.replace("_", " ")}: ${quoted(task.title, 100)}`;

/** As everything else takes it, nothing waits for a task that is over or not here. */
const isOpen = (needed: Task | string): needed is Task =>
  typeof needed !== "string" && isOpenTask(needed);

/** What it waits for and what waits for it. */
function linksOf(task: Task, all: readonly Task[]) {
  const others = all.filter(({ source }) => source === task.source);
  return {
    needs: task.dependsOn.map((id) => others.find((one) => one.id === id) ?? id),
    waiting: others.filter(({ dependsOn }) => dependsOn.includes(task.id)),
  };
}

/** `Fri 20 Nov 14:02  is in progress`; nothing where there is no cache that can be read. */
function noticedLines(context: CommandContext, project: string, task: Task): string[] {
  const history = existsSync(context.files.cache)
    ? readCache(context, (db) => taskHistory(db, project, task))
    : [];
  return history.flatMap(({ at, ...change }) => {
    const kinds = kindsOf(change);
    const words = changeWords(kinds, (change.after ?? change.before)?.priority ?? "none");
    return kinds.length === 0 ? [] : [`${dateLine(localTime(at))}  ${words}`];
  });
}

export const showTask: Run<[string]> = async (context, given, options) => {
  const scope = scopeOf(context, options);
  const known = await knownTasks(context, scope);
  const task = findTask(known, given, scope);
  const { ages } =
    task.source === known.own ? known : await knownTasks(context, scope, task.source);
  const { criteria } = splitDescription(task.description ?? "");
  const { dependsOn: _, ...others } = task;
  const { needs, waiting } = linksOf(task, known.all);
  const past =
    task.source === known.own
      ? await readTasks(context, (store) => store.past(scope.path, task.id))
      : [];
  const reader = ownSession(context);
  const rows = [
    ...Object.entries(others).flatMap(([name, value]) =>
      under(
        fieldWords[name] ?? name,
        valueLines(task, name, value).map((line) => cleanText(line, 1000)),
      ),
    ),
    ...under("blocked by", needs.filter(isOpen).map(linkOf)),
    ...under(
      "no longer blocked by",
      needs
        .filter((one) => !isOpen(one))
        .map((one) => (typeof one === "string" ? `${quotedName(one)}, not here` : linkOf(one))),
    ),
    ...under("waited for by", waiting.map(linkOf)),
    ...under(
      "criteria",
      criteria.map((one) => `- ${cleanText(one, 500)}`),
    ),
    ...under(
      "history",
      past.length > 0
        ? past.map((step) => pastLine(step, reader))
        : noticedLines(context, scope.path, task),
    ),
  ];
  const waitedForBy = waiting.map(({ id }) => id);
  printResult(options, { ...task, waitedForBy, history: past.map(historyEntry) }, () => [
    ...table(rows, { width: screenWidth(), overflow: "wrap" }),
    ...(task.source === known.own ? [] : ages),
  ]);
};
