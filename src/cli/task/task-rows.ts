import { cleanText, quoted } from "../../core/quote.ts";
import { isOpenTask, type Task } from "../../core/task/task.ts";
import { authorText } from "../../core/task/task-diff.ts";
import { firstTexts } from "../../core/today.ts";
import { dueDay, relativeDueText, isOverdue, localTime } from "../../core/time.ts";
import type { RecordedWrite } from "../../sources/writing/record.ts";
import { cellText, type Cell, type Line } from "../../state/output/styled.ts";
import { errorStyle, faint, goodStyle, nameStyle } from "../terminal/styles.ts";
import { tableRows, wrapped } from "../terminal/table.ts";
import { printResult, screenWidth, type JsonOption } from "../terminal/terminal.ts";

/** The minimum number of columns to show a task on one line. */
const wide = 100;

export const statusName = ({ status }: Pick<Task, "status">): string => status.replace("_", " ");

/** Says who made a write: `automation, for a1b2c3d`, `session 1f0c3a2b` or `a terminal`. */
export function writerText(
  { session, via, commit = "" }: RecordedWrite,
  reader: string | null,
): string {
  if (session !== null && session === reader) return "this session";
  if (via === "automation") return `automation, for ${commit.slice(0, 7)}`;
  return session === null && via === "tool" ? "a task tool" : authorText(session, "");
}

interface Shown {
  nameOf: (task: Task) => string;
  waitsOf: (task: Task) => readonly string[];
  hasDetails: boolean;
}

function detailsOf(task: Task, waits: readonly string[]): Cell {
  const { rawStatus, rawPriority, rawDue, due, assignees } = task;
  const day = due === undefined || !isOpenTask(task) ? null : dueDay(due, localTime);
  const now = localTime(Date.now());
  const words = [
    waits.length === 0 || !isOpenTask(task) ? "" : `blocked by ${firstTexts(waits)}`,
    rawStatus === undefined ? "" : `status ${quoted(rawStatus, 40)}`,
    rawPriority === undefined ? "" : `priority ${quoted(rawPriority, 40)}`,
    rawDue === undefined ? "" : `due ${quoted(rawDue, 40)}`,
    day === null ? "" : relativeDueText(day, now),
    assignees.length === 0 ? "" : `for ${firstTexts(assignees)}`,
  ];
  const text = words.filter((word) => word !== "").join(", ");
  return day !== null && isOverdue(day, now) ? errorStyle(text) : text;
}

function statusCell(task: Task): Cell {
  const word = statusName(task);
  if (task.status === "in_progress") return goodStyle(word);
  if (task.status === "blocked") return errorStyle(word);
  return isOpenTask(task) ? word : faint(word);
}

export function taskLines(tasks: readonly Task[], shown: Partial<Shown> = {}): Line[] {
  const { nameOf = ({ id }) => id, waitsOf = () => [], hasDetails = true } = shown;
  const width = screenWidth();
  const isWide = width === null || width >= wide;
  const rows = tasks.map((task): Cell[] => [
    nameStyle(cleanText(nameOf(task), 60)),
    statusCell(task),
    task.priority === "none" ? "" : task.priority,
    cleanText(task.title, 200),
    hasDetails ? detailsOf(task, waitsOf(task)) : "",
  ]);
  if (isWide) return tableRows(rows, { width, flexible: 3 }).flat();
  const titles = rows.map(([name = "", , , title = ""]) => [name, title]);
  return tableRows(titles, { width }).flatMap((lines, at) => {
    const [, status = "", priority = "", , details = ""] = rows[at] ?? [];
    const words = [status, priority, details].map(cellText).filter((text) => text !== "");
    return [...lines, ...wrapped(faint(words.join(", ")), width, 2)];
  });
}

export const printTask = (
  options: JsonOption,
  said: string,
  task: Task,
  shown: Partial<Shown> = {},
): void => printResult(options, task, () => [said, ...taskLines([task], shown)]);
