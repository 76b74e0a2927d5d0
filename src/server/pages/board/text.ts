// The board's texts about people, statuses and changes.

import { authorText, changeText } from "../../../core/task/task-diff.ts";
import type { TaskStatus } from "../../../core/task/task.ts";
import { agoText } from "../../../core/time.ts";
import type { HistoryStep } from "../../../store/change.ts";
import type { BoardCard } from "../../board/backend-calls.ts";
import { html, oneLine, type Html } from "../html.ts";

export const statusNames: Readonly<Record<TaskStatus, string>> = {
  pending: "Pending",
  in_progress: "In progress",
  blocked: "Blocked",
  completed: "Completed",
  cancelled: "Cancelled",
};

export const personText = (author: string | null, me: string): string =>
  author === me ? "You" : authorText(author, me) || "You";

/** `status pending → in progress`; never empty. */
export const stepText = ({ before, after, isUndo }: HistoryStep): string =>
  `${isUndo ? "undo: " : ""}${changeText(before, after) || "no field changed"}`;

/** The owners of a task: its assignees, else who set it to in progress. */
export function ownersOf(
  { assignees, taker }: Pick<BoardCard, "assignees" | "taker">,
  me: string,
): Html {
  const names = assignees.length > 0 ? assignees : taker === null ? [] : [taker.author];
  const [first, ...others] = names.map((name) => personText(name, me));
  if (first === undefined) return html`<span class="faint">unassigned</span>`;
  return html`<span class="owner"
    >${oneLine(first, 40)}${others.length === 0 ? "" : ` +${others.length}`}</span
  >`;
}

/** The message for a person whose change was refused because the task has changed. */
export function conflictText(last: HistoryStep | undefined, me: string, now: number): string {
  const refused =
    "Your change was not made. Read the task again, and repeat the change if it still applies.";
  if (last === undefined) return `Somebody changed this task. ${refused}`;
  const when = agoText(Date.parse(last.at), now);
  return `${personText(last.author, me)} changed this task ${when}: ${stepText(last)}. ${refused}`;
}
