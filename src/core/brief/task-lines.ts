// A task in one line: our words first, what others wrote between markers.

import type { Fence } from "../fence.ts";
import type { RankedTask, RankReason } from "../ranking.ts";
import type { Task, TaskCounts } from "../task.ts";
import { daysUntil, dueDay, dueWords } from "../words.ts";
import type { Calendar, LocalTime } from "../words.ts";

export interface WordContext {
  fence: Fence;
  now: LocalTime;
  calendar: Calendar;
}

const longestTitle = 120;
const longestDescription = 240;

function statusWords(task: Task, fence: Fence): string {
  if (task.status === "in_progress") return "in progress";
  if (task.status === "blocked") {
    const blockers = task.dependsOn.slice(0, 3).map((id) => fence.name(id));
    return blockers.length === 0 ? "blocked" : `blocked by ${blockers.join(", ")}`;
  }
  return task.rawStatus === undefined ? "" : `status ${fence.wrap(task.rawStatus, 40)}`;
}

function dueText(task: Task, context: WordContext): string {
  const due = task.due === undefined ? null : dueDay(task.due, context.calendar);
  if (due === null || daysUntil(due, context.now) > 60) return "";
  return dueWords(due, context.now);
}

/** `TASK-51 high, in progress, due Mon: ⟦… Add OIDC login …⟧`. */
export function taskLine(task: Task, context: WordContext): string {
  const attributes = [
    task.priority === "none" ? "" : task.priority,
    statusWords(task, context.fence),
    dueText(task, context),
  ].filter((words) => words !== "");
  const name = context.fence.name(task.id);
  const head = attributes.length === 0 ? name : `${name} ${attributes.join(", ")}`;
  return `${head}: ${context.fence.wrap(task.title, longestTitle)}`;
}

/** The description in one line, or null when there is none worth a line. */
export function descriptionLine(task: Task, fence: Fence): string | null {
  const description = task.description?.trim() ?? "";
  if (description === "" || description === task.title.trim()) return null;
  return `  ${fence.wrap(description, longestDescription)}`;
}

const reasonWords: Record<RankReason, string> = {
  "this-branch": "this branch's task",
  "in-progress": "",
  overdue: "",
  "due-soon": "",
  priority: "",
  age: "",
};

/** Why the first task is first, where its own line does not show it already. */
export function reasonText(ranked: RankedTask): string {
  const words = ranked.reasons.map((reason) => reasonWords[reason]).filter((text) => text !== "");
  return words.length === 0 ? "" : ` (${words.join(", ")})`;
}

/** `In progress 2 · Blocked 1 · Pending 14 (showing 5 of 17)`; null when nothing is pending. */
export function countsLine(counts: TaskCounts, shown: number): string | null {
  const total = counts.in_progress + counts.blocked + counts.pending;
  if (total === 0) return null;
  const parts = [
    counts.in_progress === 0 ? "" : `In progress ${counts.in_progress}`,
    counts.blocked === 0 ? "" : `Blocked ${counts.blocked}`,
    counts.pending === 0 ? "" : `Pending ${counts.pending}`,
  ].filter((part) => part !== "");
  return `${parts.join(" · ")}${shown < total ? ` (showing ${shown} of ${total})` : ""}`;
}
