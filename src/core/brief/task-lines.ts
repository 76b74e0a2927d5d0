// A task in one line: our words first, what others wrote between markers. Acceptance criteria that a team writes into
// the description are parted from it.

import { createFence, type Fence } from "../fence.ts";
import type { RankReason, RankedTask } from "../ranking.ts";
import type { Task, TaskCounts } from "../task.ts";
import { daysUntil, dueDay, dueWords, type Calendar, type LocalTime } from "../time.ts";
import { styleOf, type BriefOptions, type Style } from "./options.ts";

const heading =
  /^\s{0,3}(?:#{1,6}\s*)?\**\s*(?:acceptance criteria|definition of done|done when)\s*:?\s*\**\s*:?\s*$/i;
const anyHeading = /^\s{0,3}#{1,6}\s/;
const listItem = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.+)$/;

const longestRead = 16_384;

/** A description in two parts; criteria without their list marks. */
export interface DescriptionParts {
  text: string;
  criteria: readonly string[];
}

/** Parts the list below a heading such as "Acceptance criteria" from the text around it. */
export function splitDescription(description: string): DescriptionParts {
  const lines = description.slice(0, longestRead).split(/\r?\n/);
  const start = lines.findIndex((line) => heading.test(line));
  if (start < 0) return { text: lines.join("\n").trim(), criteria: [] };
  const criteria: string[] = [];
  let end = start + 1;
  for (; end < lines.length; end += 1) {
    const line = lines[end] ?? "";
    const item = listItem.exec(line)?.[1];
    if (item !== undefined) criteria.push(item.trim());
    else if (anyHeading.test(line) || (line.trim() !== "" && criteria.length > 0)) break;
  }
  const around = [...lines.slice(0, start), ...lines.slice(end)];
  return { text: around.join("\n").trim(), criteria };
}

export interface WordContext {
  fence: Fence;
  style: Style;
  now: LocalTime;
  calendar: Calendar;
}

/** The context of a brief's lines. */
export function wordContext(input: {
  key: string;
  now: number;
  calendar: Calendar;
  options: Pick<BriefOptions, "style">;
}): WordContext {
  const { calendar } = input;
  const style = styleOf(input.options.style);
  return { fence: createFence(input.key), style, now: calendar(input.now), calendar };
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
