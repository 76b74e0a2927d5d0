// A task in one line: our words first, what others wrote between markers.

import { splitDescription } from "../criteria.ts";
import type { Fence } from "../fence.ts";
import type { RankedTask, RankReason } from "../ranking.ts";
import type { Task, TaskCounts } from "../task.ts";
import { daysUntil, dueDay, dueWords } from "../words.ts";
import type { Calendar, LocalTime } from "../words.ts";
import type { Style } from "./style.ts";

export interface WordContext {
  fence: Fence;
  style: Style;
  now: LocalTime;
  calendar: Calendar;
}

const longestTitle = 120;
/** In a list, where the beginning is enough to know a task by. */
export const longestListedTitle = 80;
const longestDescription = 200;
const longestCriteria = 200;
const mostBlockers = 3;

function blockerNames(ids: readonly string[], fence: Fence): string {
  return ids
    .slice(0, mostBlockers)
    .map((id) => fence.name(id))
    .join(", ");
}

function statusWords(task: Task, waitsFor: readonly string[], fence: Fence): string {
  if (task.status === "blocked") {
    return task.dependsOn.length === 0
      ? "blocked"
      : `blocked by ${blockerNames(task.dependsOn, fence)}`;
  }
  const waits = waitsFor.length === 0 ? "" : `waits for ${blockerNames(waitsFor, fence)}`;
  const status =
    task.status === "in_progress"
      ? "in progress"
      : task.rawStatus === undefined
        ? ""
        : `status ${fence.wrap(task.rawStatus, 40)}`;
  return [status, waits].filter((words) => words !== "").join(", ");
}

function dueText(task: Task, context: WordContext): string {
  const due = task.due === undefined ? null : dueDay(task.due, context.calendar);
  if (due === null || daysUntil(due, context.now) > 60) return "";
  return dueWords(due, context.now);
}

/** `TASK-51 high, in progress, due Mon: ⟦… Add OIDC login …⟧`. */
export function taskLine(
  { task, waitsFor }: Pick<RankedTask, "task" | "waitsFor">,
  context: WordContext,
  longest: number = longestTitle,
): string {
  const attributes = [
    task.priority === "none" ? "" : task.priority,
    statusWords(task, waitsFor, context.fence),
    dueText(task, context),
  ].filter((words) => words !== "");
  const name = context.fence.name(task.id);
  const head = attributes.length === 0 ? name : `${name} ${attributes.join(", ")}`;
  return `${head}: ${context.fence.wrap(task.title, longest)}`;
}

/** The description and the acceptance criteria in it, a text each; none that only repeats the title. */
export function descriptionTexts(task: Task, fence: Fence): string[] {
  const { text, criteria } = splitDescription(task.description ?? "");
  const isWorthALine = text !== "" && text !== task.title.trim();
  return [
    ...(isWorthALine ? [fence.wrap(text, longestDescription)] : []),
    ...(criteria.length === 0
      ? []
      : [`Done when: ${fence.wrap(criteria.join("; "), longestCriteria)}`]),
  ];
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
export function countsLine(counts: TaskCounts, shown: number, separator: string): string | null {
  const total = counts.in_progress + counts.blocked + counts.pending;
  if (total === 0) return null;
  const parts = [
    counts.in_progress === 0 ? "" : `In progress ${counts.in_progress}`,
    counts.blocked === 0 ? "" : `Blocked ${counts.blocked}`,
    counts.pending === 0 ? "" : `Pending ${counts.pending}`,
  ].filter((part) => part !== "");
  return `${parts.join(separator)}${shown < total ? ` (showing ${shown} of ${total})` : ""}`;
}
