// Tasks as the verbs `task …` show them: in columns, and where those are too few, in two lines.

import { cleanText, quoted } from "../core/quote.ts";
import type { Task } from "../core/task.ts";
import { daysUntil, dueDay, dueWords, localTime } from "../core/time.ts";
import { textOf, type Cell, type Line } from "../state/output/styled.ts";
import { bad, faint, good, name as nameStyle } from "./look/styles.ts";
import { tableRows, wrapped } from "./look/table.ts";
import { screenWidth } from "./terminal.ts";

/** From so many columns on, everything stands beside the title. */
const wide = 100;

/** What else is worth a word: words of the source's own that are not known, when it is due, and whose it is. */
function detailsOf({ rawStatus, rawPriority, rawDue, due, status, assignees }: Task): Cell {
  const day = due === undefined ? null : dueDay(due, localTime);
  const now = localTime(Date.now());
  const isOver = status === "completed" || status === "cancelled";
  const words = [
    rawStatus === undefined ? "" : `status ${quoted(rawStatus, 40)}`,
    rawPriority === undefined ? "" : `priority ${quoted(rawPriority, 40)}`,
    rawDue === undefined ? "" : `due ${quoted(rawDue, 40)}`,
    day === null ? "" : isOver ? `due ${due?.slice(0, 10)}` : dueWords(day, now),
    assignees.length === 0 ? "" : `for ${cleanText(assignees.join(", "), 40)}`,
  ];
  const text = words.filter((word) => word !== "").join(", ");
  return day !== null && !isOver && daysUntil(day, now) < 0 ? bad(text) : text;
}

function statusCell({ status }: Task): Cell {
  const words = status.replace("_", " ");
  if (status === "in_progress") return good(words);
  return status === "blocked" ? bad(words) : status === "pending" ? words : faint(words);
}

/** A line or two for each task; `nameOf`: as it is called beside the others. */
export function taskLines(
  tasks: readonly Task[],
  nameOf: (task: Task) => string = ({ id }) => id,
): Line[] {
  const width = screenWidth();
  const isWide = width === null || width >= wide;
  const rows = tasks.map((task): Cell[] => {
    const [name, title] = [nameStyle(cleanText(nameOf(task), 60)), cleanText(task.title, 200)];
    return isWide ? [name, statusCell(task), task.priority, title, detailsOf(task)] : [name, title];
  });
  const lines = tableRows(rows, { width, flexible: isWide ? 3 : 1 });
  if (isWide) return lines.flat();
  return tasks.flatMap((task, at) => {
    const words = [statusCell(task), task.priority, detailsOf(task)].map(textOf);
    const details = words.filter((text) => !["", "none"].includes(text)).join(", ");
    return [...(lines[at] ?? []), ...wrapped(faint(details), width, 2)];
  });
}
