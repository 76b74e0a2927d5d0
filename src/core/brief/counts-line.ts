// How many tasks there are, whose they are, and the worst of those that are late or urgent.

import { quotedName } from "../quote.ts";
import type { RankedTask } from "../ranking.ts";
import { countByStatus, type Task, type TaskCounts } from "../task.ts";
import { daysUntil, dueDay, isOverdue } from "../time.ts";
import { mostCounted } from "./source-view.ts";
import { isOthers, type WordContext } from "./task-lines.ts";
import type { TaskList } from "./task-list.ts";

const statusWordsOf = (counts: Pick<TaskCounts, "in_progress" | "blocked" | "pending">): string =>
  [
    counts.in_progress === 0 ? "" : `${counts.in_progress} in progress`,
    counts.blocked === 0 ? "" : `${counts.blocked} blocked`,
    counts.pending === 0 ? "" : `${counts.pending} pending`,
  ]
    .filter((words) => words !== "")
    .join(", ");

/** Whose tasks there are, where it is known who asks and every task is at hand. */
function ownersWords(ranked: readonly RankedTask[]): string {
  const groups = [
    ["yours", "mine"],
    ["unassigned", "nobody"],
    ["others'", "others"],
  ] as const;
  return groups
    .flatMap(([label, owner]) => {
      const tasks = ranked.filter((one) => one.owner === owner).map(({ task }) => task);
      return tasks.length === 0 ? [] : [`${label}: ${statusWordsOf(countByStatus(tasks))}`];
    })
    .join("; ");
}

const named = (one: RankedTask | undefined, count: number, which: string): string =>
  one === undefined ? "" : ` (${count === 1 ? "" : which}${quotedName(one.task.id)})`;

/** Of an overdue task the days left, below 0 or 0; null for any other. */
function overdueDays(task: Task, { calendar, now }: WordContext): number | null {
  const due = task.due === undefined ? null : dueDay(task.due, calendar);
  return due === null || !isOverdue(due, now) ? null : daysUntil(due, now);
}

/** `3 overdue (longest: TASK-44)`, `1 urgent (TASK-7)`; the tasks at hand hold the worst of each kind. */
function pressingWords({ ranked, pressing }: TaskList, context: WordContext): string[] {
  const [latest] = ranked
    .map((one) => ({ one, days: overdueDays(one.task, context) }))
    .filter(({ days }) => days !== null)
    .toSorted((left, right) => (left.days ?? 0) - (right.days ?? 0));
  const [urgent] = ranked.filter(({ task }) => task.priority === "urgent");
  const more = pressing.overdue >= mostCounted ? " or more" : "";
  return [
    pressing.overdue === 0
      ? ""
      : `${pressing.overdue}${more} overdue${named(latest?.one, pressing.overdue, "longest: ")}`,
    pressing.urgent === 0
      ? ""
      : `${pressing.urgent} urgent${named(urgent, pressing.urgent, "first: ")}`,
  ].filter((words) => words !== "");
}

/** `Others have 1; 3 more:` where each but others' has its line: beneath, or as the next one above. */
function restWords(lines: number, others: number, isNextShown: boolean): string {
  const more = `${lines} ${isNextShown ? "more" : "open"}:`;
  if (others === 0) return more;
  return lines === 0 ? `Others have ${others}.` : `Others have ${others}; ${more}`;
}

/**
 * `1 urgent (TASK-7); 1 in progress, 14 pending; 6 shown, …`, less where the lines themselves say it. `lines`: the tasks
 * listed beneath.
 */
export function countsLine(
  list: TaskList,
  { lines, isNextShown }: { lines: number; isNextShown: boolean },
  context: WordContext,
): string | null {
  const { counts, ranked, isKnown, isWhole } = list;
  const total = counts.in_progress + counts.blocked + counts.pending;
  const shown = lines + (isNextShown ? 1 : 0);
  if (total === 0 || (total === 1 && shown === 1)) return null;
  const others = isWhole ? ranked.filter(isOthers) : [];
  const isPressing = others.some(
    ({ task }) => task.priority === "urgent" || overdueDays(task, context) !== null,
  );
  if (shown + others.length >= total && !isPressing)
    return restWords(lines, others.length, isNextShown);
  const whose = isKnown && isWhole ? ownersWords(ranked) : statusWordsOf(counts);
  const all = total === 1 ? "it" : `all ${total}`;
  const rest = `${shown} shown, \`sitrep task list\` shows ${all}`;
  return [...pressingWords(list, context), whose, rest].join("; ");
}
