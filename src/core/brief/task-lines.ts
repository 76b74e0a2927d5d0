// A task in one line: our words first, what others wrote in quotes. Acceptance criteria that a team writes into
// the description are parted from it.

import { quoted, quotedName } from "../quote.ts";
import type { BranchLink } from "../task/branch-tasks.ts";
import { isHeld, type RankedTask } from "../task/ranking.ts";
import { isOpenTask, type Task } from "../task/task.ts";
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
  /** True where the tasks shown are of several sources: each then names its own. */
  hasSources: boolean;
  style: Style;
  now: LocalTime;
  calendar: Calendar;
}

/** The context of a brief's lines. */
export function wordContext(input: {
  sources: readonly { source: string; tasks: readonly Task[] }[];
  now: number;
  calendar: Calendar;
  options: Pick<BriefOptions, "style">;
}): WordContext {
  const { calendar } = input;
  const style = styleOf(input.options.style);
  const hasSources = input.sources.filter(({ tasks }) => tasks.some(isOpenTask)).length > 1;
  return { hasSources, style, now: calendar(input.now), calendar };
}

const longestTitle = 120;
/** In a list, where the beginning is enough to know a task by. */
export const longestListedTitle = 80;
const longestDescription = 200;
const longestCriteria = 200;
const mostBlockers = 3;

function blockerNames(ids: readonly string[]): string {
  return ids
    .slice(0, mostBlockers)
    .map((id) => quotedName(id))
    .join(", ");
}

const peopleNames = (names: readonly string[]): string =>
  names
    .slice(0, mostBlockers)
    .map((name) => quotedName(name))
    .join(", ");

type Waiting = Pick<
  RankedTask,
  "task" | "waitsFor" | "notKnown" | "isInCycle" | "takenIn" | "branchEnd"
>;

/** Said after what a task waits for. */
export const cycleWords = ({ isInCycle }: Pick<RankedTask, "isInCycle">): string =>
  isInCycle === true ? " (dependency cycle)" : "";

/** `blocked by TASK-2, OPS-55 (not known here)`; empty for a task that waits for nothing. */
function blockerWords({ task, waitsFor, notKnown = [], ...cycle }: Waiting): string {
  const ids = task.status === "blocked" ? [...new Set([...waitsFor, ...task.dependsOn])] : waitsFor;
  const unknown = notKnown.length > 0 && notKnown.length === ids.length ? " (not known here)" : "";
  if (ids.length === 0) return task.status === "blocked" ? "blocked" : "";
  return `blocked by ${blockerNames(ids)}${unknown}${cycleWords(cycle)}`;
}

export const branchEndWords = {
  merged: "its branch is merged",
  deleted: "its branch was deleted on the remote",
};

function statusWords(one: Waiting): string {
  const { task, takenIn, branchEnd } = one;
  const status =
    task.status === "in_progress"
      ? "in progress"
      : task.rawStatus === undefined
        ? ""
        : `status ${quoted(task.rawStatus, 40)}`;
  const end =
    branchEnd === undefined
      ? ""
      : `${branchEndWords[branchEnd]}${task.status === "in_progress" ? ", still in progress on the board" : ""}`;
  const shown = end !== "" && task.status === "in_progress" ? "" : status;
  const taken = takenIn === undefined ? "" : `in another session (${quoted(takenIn, 80)})`;
  return [shown, blockerWords(one), taken, end].filter((words) => words !== "").join(", ");
}

/** Whose a task is: `yours`, `for Ana`, `unassigned`; `unassigned` only where it is known who asks. */
function ownerWords({ task, owner }: Pick<RankedTask, "task" | "owner">, isKnown: boolean): string {
  if (owner === "mine") return "yours";
  if (owner === "nobody") return isKnown ? "unassigned" : "";
  return `for ${peopleNames(task.assignees)}`;
}

function dueText(task: Task, context: WordContext): string {
  if (task.rawDue !== undefined) return `due ${quoted(task.rawDue, 40)}`;
  const due = task.due === undefined ? null : dueDay(task.due, context.calendar);
  if (due === null || daysUntil(due, context.now) > 60) return "";
  return dueWords(due, context.now);
}

/** `TASK-51 high, in progress, due Mon 23 Nov, yours: "Add OIDC login"`. `isOwnerSaid`: elsewhere in the line already. */
export function taskLine(
  one: Waiting & Pick<RankedTask, "owner">,
  context: WordContext,
  {
    longest = longestTitle,
    isKnown = false,
    isOwnerSaid = false,
  }: { longest?: number; isKnown?: boolean; isOwnerSaid?: boolean } = {},
): string {
  const { task } = one;
  const attributes = [
    task.rawPriority === undefined
      ? task.priority.replace("none", "")
      : `priority ${quoted(task.rawPriority, 40)}`,
    statusWords(one),
    dueText(task, context),
    isOwnerSaid ? "" : ownerWords(one, isKnown),
  ].filter((words) => words !== "");
  const name = `${quotedName(task.id)}${context.hasSources ? ` (${quotedName(task.source)})` : ""}`;
  const head = attributes.length === 0 ? name : `${name} ${attributes.join(", ")}`;
  return `${head}: ${quoted(task.title, longest)}`;
}

/** The description and the acceptance criteria in it, a text each; none that only repeats the title. */
export function descriptionTexts(task: Task): string[] {
  const { text, criteria } = splitDescription(task.description ?? "");
  const isWorthALine = text !== "" && text !== task.title.trim();
  return [
    ...(isWorthALine ? [quoted(text, longestDescription)] : []),
    ...(criteria.length === 0
      ? []
      : [`Acceptance criteria: ${quoted(criteria.join("; "), longestCriteria)}`]),
  ];
}

/** True for what is somebody else's affair: it is counted, and neither next nor listed. */
export const isOthers = ({ owner }: Pick<RankedTask, "owner">): boolean => owner === "others";

/** True for what can be started now, by the person who asks. */
export const isNext = (one: RankedTask): boolean => !isOthers(one) && !isHeld(one);

/** Why a task is this branch's, as far as that is certain. */
export const linkWords: Record<BranchLink, string> = {
  id: "this branch's",
  field: "this branch's",
  maybe: "perhaps this branch's (another source has this id too)",
};
