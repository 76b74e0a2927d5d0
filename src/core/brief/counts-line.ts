// How many tasks there are, whose they are, and the worst of those that are late or urgent.

import { quotedName } from "../quote.ts";
import type { RankedTask } from "../task/ranking.ts";
import type { Task } from "../task/task.ts";
import { daysUntil, dueDay, isOverdue } from "../time.ts";
import { mostCounted } from "./source-view.ts";
import { isOthers, type WordContext } from "./task-lines.ts";
import type { TaskList } from "./task-list.ts";

const named = (one: RankedTask | undefined, count: number, which: string): string =>
  one === undefined ? "" : ` (${count === 1 ? "" : `${which} `}${quotedName(one.task.id)})`;

/** Of an overdue task the days left, below 0 or 0; null for any other. */
function overdueDays(task: Task, { calendar, now }: WordContext): number | null {
  const due = task.due === undefined ? null : dueDay(task.due, calendar);
  return due === null || !isOverdue(due, now) ? null : daysUntil(due, now);
}

/** `5 overdue (longest TASK-44)`, `1 urgent (TASK-7)`; the tasks at hand hold the worst of each kind. */
function pressingWords({ ranked, pressing }: TaskList, context: WordContext): string[] {
  const late = ranked
    .map((one) => ({ one, days: overdueDays(one.task, context) ?? 0 }))
    .filter(({ days, one }) => days < 0 || overdueDays(one.task, context) !== null)
    .toSorted((left, right) => left.days - right.days);
  const [latest, second] = late;
  const urgent = ranked.find(({ task }) => task.priority === "urgent");
  const more = pressing.overdue >= mostCounted ? " or more" : "";
  // Where all are as late as each other, none is the longest.
  const isLongest = pressing.overdue === 1 || second === undefined || latest?.days !== second.days;
  return [
    pressing.overdue === 0
      ? ""
      : `${pressing.overdue}${more} overdue${isLongest ? named(latest?.one, pressing.overdue, "longest") : ""}`,
    pressing.urgent === 0
      ? ""
      : `${pressing.urgent} urgent${named(urgent, pressing.urgent, "first")}`,
  ];
}

/** `3 more, others have 1:` where each but others' has its line: beneath, or as the next one above. */
function restWords(lines: number, others: number, isNextShown: boolean): string {
  const more = isNextShown ? "more" : "open";
  if (lines > 0)
    return others === 0 ? `${lines} ${more}:` : `${lines} ${more}, others have ${others}:`;
  if (!isNextShown) return `Others have ${others}.`;
  return others === 1
    ? "The only other open task is somebody else's."
    : `The other ${others} open tasks are somebody else's.`;
}

/**
 * `120 open, 61 yours: 5 overdue (longest TASK-3), 8 in progress, 17 blocked. Shown: 6; all: …`, less where the lines
 * themselves say it. `lines`: the tasks listed beneath. `above`: those that stand above.
 */
export function countsLine(
  list: TaskList,
  { lines, above }: { lines: number; above: number },
  context: WordContext,
): string | null {
  const { counts, ranked, isKnown, isWhole, mine } = list;
  const total = counts.in_progress + counts.blocked + counts.pending;
  const shown = lines + above;
  if (total === 0 || (total === 1 && shown === 1)) return null;
  const others = isWhole ? ranked.filter(isOthers) : [];
  const isPressing = others.some(
    ({ task }) => task.priority === "urgent" || overdueDays(task, context) !== null,
  );
  if (shown + others.length >= total && !isPressing)
    return restWords(lines, total - shown, above > 0);
  const isMixed = isKnown && mine < total;
  const parts = [
    ...pressingWords(list, context),
    counts.in_progress === 0 ? "" : `${counts.in_progress} in progress`,
    counts.blocked === 0 ? "" : `${counts.blocked} blocked`,
  ].filter((words) => words !== "");
  const open = `${total} open${isMixed ? `, ${mine} yours` : ""}`;
  const all = `all: \`sitrep task list${isMixed ? " [--mine]" : ""}\``;
  return `${[open, ...(parts.length === 0 ? [] : [parts.join(", ")])].join(": ")}. Shown: ${shown}; ${all}`;
}
