// Which status a task may move to.

import type { TaskStatus } from "./task.ts";

const allowed: Record<TaskStatus, readonly TaskStatus[]> = {
  pending: ["in_progress", "blocked", "completed", "cancelled"],
  in_progress: ["pending", "blocked", "completed", "cancelled"],
  blocked: ["pending", "in_progress", "completed", "cancelled"],
  completed: [],
  cancelled: ["pending"],
};

/** The statuses that a task may go to from this one. */
export const movesFrom = (from: TaskStatus): readonly TaskStatus[] => allowed[from];

/** True when a task may go from one status to the other; to stay where it is is no move. */
export function canMove(from: TaskStatus, to: TaskStatus): boolean {
  return allowed[from].includes(to);
}
