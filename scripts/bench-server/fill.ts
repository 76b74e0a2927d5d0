// Fills a store with the tasks of a large team: half of them closed, many waiting for others.

import { taskPriorities } from "../../src/core/task/task.ts";
import type { TaskStatus } from "../../src/core/task/task.ts";
import type { TaskBackend } from "../../src/server/backend.ts";
import type { Principal } from "../../src/server/principal.ts";
import type { NewWireTask } from "../../src/server/wire.ts";

export const project = "shop-api";
export const organization = "acme";

const batchSize = 1000;

/** Twenty tasks are nine closed, two in progress, one blocked and eight pending, three of which wait for a started one. */
function taskAt(index: number): NewWireTask {
  const place = index % 20;
  const statuses: readonly [below: number, status: TaskStatus][] = [
    [8, "completed"],
    [9, "cancelled"],
    [11, "in_progress"],
    [12, "blocked"],
  ];
  const status = statuses.find(([below]) => place < below)?.[1] ?? "pending";
  const day = String(1 + (index % 28)).padStart(2, "0");
  return {
    task_id: `T-${index}`,
    project_id: project,
    title: `Task ${index} of a long list that a team has written over the years`,
    description: "What is to be done, and why. ".repeat(10),
    status,
    // Urgent tasks wait for others: the worst case for finding the next task.
    priority: place >= 17 ? "urgent" : (taskPriorities[1 + (index % 4)] ?? "none"),
    ...(place >= 17 ? { depends_on: [`T-${index - place + 9}`] } : {}),
    ...(index % 3 === 0 ? { due: `2026-12-${day}` } : {}),
  };
}

/** Adds `count` tasks to an empty project. */
export async function fill(
  backend: TaskBackend,
  count: number,
  onProgress: (done: number) => void,
): Promise<void> {
  const as: Principal = { organization, user: "bench", permissions: ["tools"], by: "key" };
  const asked = { as, signal: AbortSignal.timeout(30 * 60_000) };
  for (let start = 0; start < count; start += batchSize) {
    const length = Math.min(batchSize, count - start);
    const tasks = Array.from({ length }, (_, at) => taskAt(start + at));
    await backend.addTasks({ tasks }, asked);
    onProgress(start + length);
  }
}
