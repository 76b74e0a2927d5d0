// What changed, by name: for a session that goes on.

import { kindsOf, type ChangeKind, type TaskChange } from "../changes.ts";
import type { Fence } from "../fence.ts";

const kindWords: Record<ChangeKind, string> = {
  new: "is new",
  completed: "is completed",
  cancelled: "is cancelled",
  gone: "is no longer listed",
  reopened: "is open again",
  started: "is in progress",
  paused: "is no longer in progress",
  blocked: "is blocked",
  unblocked: "is no longer blocked",
  raised: "was raised",
  lowered: "was lowered",
  reassigned: "was reassigned",
  "due-changed": "has another due date",
  renamed: "was renamed",
};

/** `is completed, was raised`: what happened to a task. */
export function changeWords(kinds: readonly ChangeKind[]): string {
  return kinds.map((kind) => kindWords[kind]).join(", ");
}

/** `TASK-51 is new, high: ⟦… Add OIDC login …⟧`; null when nothing that we name changed. */
export function changeLine(change: TaskChange, fence: Fence): string | null {
  const kinds = kindsOf(change);
  const state = change.after ?? change.before;
  if (kinds.length === 0 || state === null) return null;
  const isPriorityNews = kinds.some((kind) => ["new", "raised", "lowered"].includes(kind));
  const priority = isPriorityNews && state.priority !== "none" ? `, ${state.priority}` : "";
  return `${fence.name(change.taskId)} ${changeWords(kinds)}${priority}: ${fence.wrap(state.title, 120)}`;
}
