import { taskStatuses, type TaskStatus } from "../../core/task/task.ts";
import { maxDays, type CallScope, type Calls, type ProjectCounts } from "../backend.ts";

type ListTasks = Calls["listTasks"];

const completedPage = 100;
/** Pages read besides the first. Tasks on other pages are not counted by day. */
const maxMorePages = 9;

/** Reads the first page of completed tasks and the last ones, which have the latest completions. */
async function completedTasks(listTasks: ListTasks, project: string, asked: CallScope) {
  const read = (page: number) =>
    listTasks({ project, status: "completed", page, page_size: completedPage }, asked);
  const first = await read(1);
  const last = Math.ceil(first.total / completedPage);
  const more = Array.from({ length: Math.min(last - 1, maxMorePages) }, (_, at) => last - at);
  const pages = [first, ...(await Promise.all(more.map(read)))];
  // By id: a service may ignore the page, or a task may change to another page meanwhile.
  const tasks = new Map(pages.flatMap((page) => page.tasks.map((one) => [one.task_id, one])));
  return { total: first.total, tasks: tasks.values() };
}

/** Counts by lists with one task a page: each response has the total. */
export async function countByListing(
  listTasks: ListTasks,
  project: string,
  asked: CallScope,
): Promise<ProjectCounts> {
  const count = async (status: TaskStatus): Promise<[TaskStatus, number]> => {
    const { total } = await listTasks({ project, status, page: 1, page_size: 1 }, asked);
    return [status, total];
  };
  const [completed, ...others] = await Promise.all([
    completedTasks(listTasks, project, asked),
    ...taskStatuses.filter((status) => status !== "completed").map(count),
  ]);
  const byStatus = Object.fromEntries([...others, ["completed", completed.total]]);
  const days = new Map<string, number>();
  for (const { completed_at: at } of completed.tasks) {
    const day = at?.slice(0, 10);
    if (day !== undefined) days.set(day, (days.get(day) ?? 0) + 1);
  }
  const completedByDay = [...days]
    .map(([day, number]) => ({ day, count: number }))
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))
    .slice(-maxDays);
  return { byStatus: byStatus as Record<TaskStatus, number>, completedByDay };
}
