import { existsSync } from "node:fs";
import { readCache, type CommandContext } from "../../config/context.ts";
import { changeKindsText } from "../../core/brief/change-lines.ts";
import { splitDescription } from "../../core/brief/task-lines.ts";
import { listChangeKinds } from "../../core/news/changes.ts";
import { cleanText, quoted, quotedName } from "../../core/quote.ts";
import { isOpenTask, type Task } from "../../core/task/task.ts";
import { authorText, changeText, taskFieldLabels } from "../../core/task/task-diff.ts";
import { agoText, dateLine, dueDay, relativeDueText, localTime } from "../../core/time.ts";
import { ownSession, withReadStore, type HistoryStep } from "../../sources/local-tasks.ts";
import { taskHistory } from "../../state/cache/task-changes.ts";
import type { Cell } from "../../state/output/styled.ts";
import { locateScope, type Run } from "../program/verb-context.ts";
import { faint } from "../terminal/styles.ts";
import { table } from "../terminal/table.ts";
import { printResult, screenWidth } from "../terminal/terminal.ts";
import { statusName } from "./task-rows.ts";
import { changesAtSource } from "./at-source.ts";
import { changeInFile, findTask, knownTasks } from "./lookup.ts";

/** Example: `3 h ago (Mon 23 Nov 01:10)`. */
function whenText(instant: string): string {
  const at = Date.parse(instant);
  return Number.isNaN(at) ? instant : `${agoText(at, Date.now())} (${dateLine(localTime(at))})`;
}

/** Returns `tomorrow (2026-11-24)` or `overdue since Fri 20 Nov (2026-11-20)`; only the date for a closed task. */
function dueText(due: string, task: Task): string {
  const day = isOpenTask(task) ? dueDay(due, localTime) : null;
  if (day === null) return due;
  const words = relativeDueText(day, localTime(Date.now()));
  return `${words.replace(/^due /, "").replace(/ \(.*\)$/, "")} (${due})`;
}

const valueText: Readonly<Record<string, (value: string, task: Task) => string>> = {
  description: (value) => splitDescription(value).text,
  createdAt: whenText,
  updatedAt: whenText,
  completedAt: whenText,
  due: dueText,
  priority: (value) => (value === "none" ? "" : value),
  status: (_, task) => statusName(task),
};

const fieldText: Readonly<Record<string, string>> = {
  ...taskFieldLabels,
  createdAt: "added",
  updatedAt: "changed",
  completedAt: "completed",
  place: "in",
  rawStatus: "status at the source",
  rawPriority: "priority at the source",
  rawDue: "due date at the source",
};

const under = (name: string, lines: readonly string[]): Cell[][] =>
  lines.filter((line) => line !== "").map((line, index) => [index === 0 ? faint(name) : "", line]);

function fieldRows(task: Task): Cell[][] {
  const { dependsOn: _, ...others } = task;
  return Object.entries(others).flatMap(([name, value]) => {
    const text = Array.isArray(value) ? value.join(", ") : String(value);
    const lines = (valueText[name]?.(text, task) ?? text).split("\n");
    return under(
      fieldText[name] ?? name,
      lines.map((line) => cleanText(line, 1000)),
    );
  });
}

/** Example: `Fri 20 Nov 14:02  status pending → in progress (session 1f0c3a2b)`. */
function pastLine(step: HistoryStep, reader: string | null): string {
  const { at, before, after, author, isUndo } = step;
  const what = changeText(before, after) || "no fields differ";
  const who = authorText(author, reader);
  const said = `${isUndo ? "undone: " : ""}${what}${who === "" ? "" : ` (${who})`}`;
  return `${dateLine(localTime(Date.parse(at)))}  ${said}`;
}

const linkOf = (task: Task): string =>
  `${quotedName(task.id)} ${statusName(task)}: ${quoted(task.title, 100)}`;

/** Rows for the task's dependencies and dependents. A closed or unknown task blocks nothing. */
function linkRows(task: Task, others: readonly Task[]): Cell[][] {
  const needs = task.dependsOn.map((id) => ({ id, task: others.find((one) => one.id === id) }));
  const isBlocking = (one: (typeof needs)[number]) =>
    one.task !== undefined && isOpenTask(one.task);
  const linesOf = (some: typeof needs): string[] =>
    some.map((one) => (one.task ? linkOf(one.task) : `${quotedName(one.id)}, not known here`));
  return [
    ...under("blocked by", linesOf(needs.filter(isBlocking))),
    ...under("no longer blocked by", linesOf(needs.filter((one) => !isBlocking(one)))),
    ...under("needed by", waitingFor(task, others).map(linkOf)),
  ];
}

const waitingFor = ({ id }: Task, others: readonly Task[]): Task[] =>
  others.filter(({ dependsOn }) => dependsOn.includes(id));

/** Returns lines such as `Fri 20 Nov 14:02  is in progress`; none without a cache. */
function noticedLines(context: CommandContext, project: string, task: Task): string[] {
  const history = existsSync(context.files.cache)
    ? readCache(context, (db) => taskHistory(db, project, task))
    : [];
  return history.flatMap(({ at, ...change }) => {
    const kinds = listChangeKinds(change);
    const words = changeKindsText(kinds, change.after ?? change.before ?? { priority: "none" });
    return kinds.length === 0 ? [] : [`${dateLine(localTime(at))}  ${words}`];
  });
}

export const showTask: Run<[string]> = async (context, given, options) => {
  const scope = locateScope(context, options);
  const known = await knownTasks(context, scope);
  const task = findTask(known, given);
  const isOwn = task.source === known.own;
  const { ages } = isOwn ? known : await knownTasks(context, scope, task.source);
  const past = isOwn
    ? await withReadStore(context, (store) => store.past(scope.path, task.id))
    : [];
  const reader = ownSession(context);
  const history =
    past.length > 0
      ? past.map((step) => pastLine(step, reader))
      : noticedLines(context, scope.path, task);
  const criteria = splitDescription(task.description ?? "").criteria.map(
    (one) => `- ${cleanText(one, 500)}`,
  );
  const others = known.all.filter(({ source }) => source === task.source);
  const rows = [
    ...fieldRows(task),
    ...linkRows(task, others),
    ...under("criteria", criteria),
    ...under("changes", isOwn ? [] : [await changesAtSource(context, scope, task)]),
    ...under("history", history),
    ...under("change", task.place === undefined ? [] : [changeInFile(task, known)]),
  ];
  const waitedForBy = waitingFor(task, others).map(({ id }) => id);
  const steps = past.map(({ at, author, isUndo, before, after }) => {
    return { at, author, isUndo, before, after };
  });
  printResult(options, { ...task, waitedForBy, history: steps }, () => [
    ...table(rows, { width: screenWidth(), overflow: "wrap" }),
    ...(isOwn ? [] : ages),
  ]);
};
