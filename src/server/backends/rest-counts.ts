// The numbers of a project at a task tracking service, which has no route for them: what its lists say.

import { taskStatuses } from "../../core/task.ts";
import type { TaskStatus } from "../../core/task.ts";
import { mostDays } from "../backend.ts";
import type { Asked, Page, ProjectCounts, TaskBackend } from "../backend.ts";
import type { WireTask } from "../wire.ts";

type Lists = Pick<TaskBackend, "listTasks">;

const completedPage = 100;
/** Beside the first: more completed tasks than on all of them are not looked at one by one. */
const mostMorePages = 9;

/** Completed tasks, the first page of a list and its last ones: what was completed lately is among those. */
async function completedTasks(
  backend: Lists,
  project: string,
  asked: Asked,
): Promise<{ total: number; tasks: Iterable<WireTask> }> {
  const read = (page: number): Promise<Page<WireTask>> =>
    backend.listTasks({ project, status: "completed", page, pageSize: completedPage }, asked);
  const first = await read(1);
  const last = Math.ceil(first.total / completedPage);
  const more = Array.from({ length: Math.min(last - 1, mostMorePages) }, (_, at) => last - at);
  const pages = [first, ...(await Promise.all(more.map(read)))];
  // By id: a service may not know pages, or move a task to another one meanwhile.
  const tasks = new Map(pages.flatMap(({ items }) => items.map((one) => [one.task_id, one])));
  return { total: first.total, tasks: tasks.values() };
}

/** A service of its kind need not count: a list of one says how many there are. */
export async function countTasks(
  backend: Lists,
  project: string,
  asked: Asked,
): Promise<ProjectCounts> {
  const count = async (status: TaskStatus): Promise<[TaskStatus, number]> => {
    const { total } = await backend.listTasks({ project, status, page: 1, pageSize: 1 }, asked);
    return [status, total];
  };
  const [completed, ...others] = await Promise.all([
    completedTasks(backend, project, asked),
    ...taskStatuses.filter((status) => status !== "completed").map(count),
  ]);
  const byStatus = Object.fromEntries([...others, ["completed", completed.total]]);
  const days = new Map<string, number>();
  for (const { completed_at: at } of completed.tasks) {
    if (at !== null) days.set(at.slice(0, 10), (days.get(at.slice(0, 10)) ?? 0) + 1);
  }
  const completedByDay = [...days]
    .map(([day, number]) => ({ day, count: number }))
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))
    .slice(-mostDays);
  return { byStatus: byStatus as Record<TaskStatus, number>, completedByDay };
}
