// A task in one line: our words first, what others wrote in quotes.

import { quoted, quotedName, quotedNames } from "../quote.ts";
import { isWaiting, type RankedTask } from "../task/ranking.ts";
import { isOpenTask, type Task } from "../task/task.ts";
import { daysUntil, dueDay, relativeDueText, type Calendar, type LocalTime } from "../time.ts";
import { findMarkup, type BriefOptions, type BriefMarkup } from "./options.ts";

const heading =
  /^\s{0,3}(?:#{1,6}\s*)?\**\s*(?:acceptance criteria|definition of done|done when)\s*:?\s*\**\s*:?\s*$/i;
const anyHeading = /^\s{0,3}#{1,6}\s/;
const listItem = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.+)$/;

const maxReadLength = 16_384;

/** Splits the list below a heading such as "Acceptance criteria", without its marks, from the text around it. */
export function splitDescription(description: string): { text: string; criteria: string[] } {
  const lines = description.slice(0, maxReadLength).split(/\r?\n/);
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

export interface TextContext {
  /** True if the tasks shown come from several sources: each then names its source. */
  hasSources: boolean;
  style: BriefMarkup;
  now: LocalTime;
  calendar: Calendar;
}

export function textContext(input: {
  sources: readonly { source: string; tasks: readonly Task[] }[];
  now: number;
  calendar: Calendar;
  options: Pick<BriefOptions, "style">;
}): TextContext {
  const { calendar } = input;
  const style = findMarkup(input.options.style);
  const hasSources = input.sources.filter(({ tasks }) => tasks.some(isOpenTask)).length > 1;
  return { hasSources, style, now: calendar(input.now), calendar };
}

const maxTitleLength = 120;
export const maxListedTitleLength = 80;
const maxDescriptionLength = 200;
const maxCriteriaLength = 200;
const maxNames = 3;

const firstNames = (names: readonly string[]): string => quotedNames(names.slice(0, maxNames));

type Waiting = Pick<
  RankedTask,
  "task" | "waitsFor" | "notKnown" | "isInCycle" | "takenIn" | "branchEnd"
>;

export const cycleText = ({ isInCycle }: Pick<RankedTask, "isInCycle">): string =>
  isInCycle === true ? " (dependency cycle)" : "";

/** For a task whose source does not name its blockers. */
export const blockedText = ({ blockerCount = 0 }: Pick<Task, "blockerCount">): string =>
  blockerCount === 0
    ? "blocked"
    : `blocked by ${blockerCount} ${blockerCount === 1 ? "task" : "tasks"}`;

/** `blocked by TASK-2, OPS-55 (not known here)`; empty for a task that waits for none. */
function blockerText({ task, waitsFor, notKnown = [], ...cycle }: Waiting): string {
  const ids = task.status === "blocked" ? [...new Set([...waitsFor, ...task.dependsOn])] : waitsFor;
  const unknown = notKnown.length > 0 && notKnown.length === ids.length ? " (not known here)" : "";
  if (ids.length === 0) return task.status === "blocked" ? blockedText(task) : "";
  return `blocked by ${firstNames(ids)}${unknown}${cycleText(cycle)}`;
}

export const branchEndText = {
  closed: "closed by a merged commit",
  merged: "its branch is merged",
  deleted: "its branch was deleted on the remote",
};

function statusText(one: Waiting): string {
  const { task, takenIn, branchEnd } = one;
  const isStarted = task.status === "in_progress";
  const raw = task.rawStatus === undefined ? "" : `status ${quoted(task.rawStatus, 40)}`;
  const ended = branchEnd === undefined ? "" : branchEndText[branchEnd];
  return [
    isStarted ? (ended === "" ? "in progress" : "") : raw,
    blockerText(one),
    takenIn === undefined ? "" : `in another session (${quoted(takenIn, 80)})`,
    ended !== "" && isStarted ? `${ended}, still in progress on the board` : ended,
  ]
    .filter((words) => words !== "")
    .join(", ");
}

/** `yours`, `for Ana`, `unassigned`; the last only if the user is known. */
function ownerText({ task, owner }: Pick<RankedTask, "task" | "owner">, isKnown: boolean): string {
  if (owner === "mine") return "yours";
  if (owner === "nobody") return isKnown ? "unassigned" : "";
  return `for ${firstNames(task.assignees)}`;
}

function dueText(task: Task, context: TextContext): string {
  if (task.rawDue !== undefined) return `due ${quoted(task.rawDue, 40)}`;
  const due = task.due === undefined ? null : dueDay(task.due, context.calendar);
  if (due === null || daysUntil(due, context.now) > 60) return "";
  return relativeDueText(due, context.now);
}

/** `TASK-51 high, in progress, due Mon 23 Nov, yours: "Add OIDC login"`. `isOwnerSaid`: already said elsewhere in the line.
 * `isPlaced`: with the line of the file that it is in. */
export function taskLine(
  one: Waiting & Pick<RankedTask, "owner">,
  context: TextContext,
  {
    longest = maxTitleLength,
    isKnown = false,
    isOwnerSaid = false,
    isPlaced = false,
  }: { longest?: number; isKnown?: boolean; isOwnerSaid?: boolean; isPlaced?: boolean } = {},
): string {
  const { task } = one;
  const attributes = [
    task.rawPriority === undefined
      ? task.priority.replace("none", "")
      : `priority ${quoted(task.rawPriority, 40)}`,
    statusText(one),
    dueText(task, context),
    isOwnerSaid ? "" : ownerText(one, isKnown),
  ].filter((words) => words !== "");
  const place = isPlaced && task.place !== undefined ? `, ${quotedName(task.place, 80)}` : "";
  const origin = context.hasSources ? `${quotedName(task.source)}${place}` : place.slice(2);
  const name = `${quotedName(task.id)}${origin === "" ? "" : ` (${origin})`}`;
  const head = attributes.length === 0 ? name : `${name} ${attributes.join(", ")}`;
  return `${head}: ${quoted(task.title, longest)}`;
}

export function descriptionTexts(task: Task): string[] {
  const { text, criteria } = splitDescription(task.description ?? "");
  const isWorthALine = text !== "" && text !== task.title.trim();
  return [
    ...(isWorthALine ? [quoted(text, maxDescriptionLength)] : []),
    ...(criteria.length === 0
      ? []
      : [`Acceptance criteria: ${quoted(criteria.join("; "), maxCriteriaLength)}`]),
  ];
}

export const isOthers = ({ owner }: Pick<RankedTask, "owner">): boolean => owner === "others";

export const isNext = (one: RankedTask): boolean => !isOthers(one) && !isWaiting(one);

/** `this branch's task`, `perhaps this branch's task (ops has a T-14 too)`, of a task with a link; `noun` may be empty. */
export function linkText(
  { task, link }: RankedTask,
  noun: "" | " task",
  ranked: readonly RankedTask[] = [],
): string {
  if (link !== "maybe") return `this branch's${noun}`;
  const rivals = ranked.filter((one) => one.link === "maybe" && one.task.source !== task.source);
  const names = [...new Set(rivals.map((one) => one.task.source))];
  const who = names.length === 0 ? "another source" : quotedNames(names);
  const has = names.length > 1 ? "have" : "has";
  return `perhaps this branch's${noun} (${who} ${has} a ${quotedName(task.id)} too)`;
}
