import { quotedName, quotedNames } from "../quote.ts";
import { isWaiting, type RankedTask } from "../task/ranking.ts";
import { openCount, type Task } from "../task/task.ts";
import { daysUntil, dueDay, isOverdue } from "../time.ts";
import { maxOverdue } from "./source-view.ts";
import { isOthers, type TextContext } from "./task-lines.ts";
import type { TaskList } from "./task-list.ts";

const named = (task: Task | undefined, count: number, which: string): string =>
  task === undefined ? "" : ` (${count === 1 ? "" : `${which} `}${quotedName(task.id)})`;

/** Days until the due date of an overdue task, at most 0; null for any other. */
function overdueDays(task: Task, { calendar, now }: TextContext): number | null {
  const due = task.due === undefined ? null : dueDay(task.due, calendar);
  return due === null || !isOverdue(due, now) ? null : daysUntil(due, now);
}

function pressingText({ ranked, pressing }: TaskList, context: TextContext): string[] {
  const { overdue, urgent } = pressing;
  const [latest, second] = ranked
    .flatMap(({ task }) => {
      const days = overdueDays(task, context);
      return days === null ? [] : [{ task, days }];
    })
    .toSorted((left, right) => left.days - right.days);
  // If all are equally late, none is the longest.
  const isLongest = overdue === 1 || second === undefined || latest?.days !== second.days;
  const longest = isLongest ? named(latest?.task, overdue, "longest") : "";
  const first = ranked.find(({ task }) => task.priority === "urgent")?.task;
  return [
    overdue === 0 ? "" : `${overdue}${overdue < maxOverdue ? "" : " or more"} overdue${longest}`,
    urgent === 0 ? "" : `${urgent} urgent${named(first, urgent, "first")}`,
  ];
}

const maxWaiting = 3;

/** `4 blocked (yours: API-15, API-17)`: the user's without a line of their own. */
function blockedText({ counts, ranked, isKnown }: TaskList, listed: readonly RankedTask[]): string {
  if (counts.blocked === 0) return "";
  const ids = ranked
    .filter((one) => isWaiting(one) && !listed.includes(one))
    .filter(({ owner }) => owner === (isKnown ? "mine" : "unknown"))
    .map(({ task }) => task.id);
  const names = quotedNames(ids.slice(0, maxWaiting));
  const more = ids.length > maxWaiting ? ", …" : "";
  const which = ids.length === 0 ? "" : ` (${isKnown ? "yours: " : ""}${names}${more})`;
  return `${counts.blocked} blocked${which}`;
}

/** `3 more (others have 1):` if every task of the user or of nobody is shown, below or above as the next one. */
function remainderText(lines: number, others: number, isNextShown: boolean): string {
  if (lines > 0)
    return `${lines} ${isNextShown ? "more" : "open"}${others === 0 ? "" : ` (others have ${others})`}:`;
  if (!isNextShown) return `Others have ${others}.`;
  return others === 1
    ? "The only other open task is somebody else's."
    : `The other ${others} open tasks belong to others.`;
}

/** `120 open (61 yours): 5 overdue, …`, without what the lines say. `above`, `below`: tasks shown there. */
export function countsLine(
  list: TaskList,
  { below, above }: { below: readonly RankedTask[]; above: readonly RankedTask[] },
  context: TextContext,
): string | null {
  const { counts, ranked, isKnown, isWhole, mine } = list;
  const total = openCount(counts);
  const shown = below.length + above.length;
  if (total === 0 || (total === 1 && shown === 1)) return null;
  const others = isWhole ? ranked.filter(isOthers) : [];
  const isPressing = ({ task }: RankedTask): boolean =>
    task.priority === "urgent" || overdueDays(task, context) !== null;
  if (shown + others.length >= total && !others.some(isPressing))
    return remainderText(below.length, total - shown, above.length > 0);
  const isMixed = isKnown && mine < total;
  const parts = [
    ...pressingText(list, context),
    counts.in_progress === 0 ? "" : `${counts.in_progress} in progress`,
    blockedText(list, [...above, ...below]),
  ].filter((words) => words !== "");
  const open = `${total} open${isMixed ? ` (${mine} yours)` : ""}`;
  const all = `all: \`sitrep task list${isMixed ? " [--mine]" : ""}\``;
  return `${[open, ...(parts.length === 0 ? [] : [parts.join(", ")])].join(": ")}. Shown: ${shown}; ${all}`;
}
