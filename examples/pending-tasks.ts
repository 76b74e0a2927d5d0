// Pending tasks, for everybody or for one person, as lines of text.

import { createTaskClient } from "sitrep";
import { show } from "./demo/show.ts";

export interface Query {
  limit?: number;
  userId?: string;
}

export async function listOpen(url: string, query: Query = {}): Promise<string[]> {
  await using client = createTaskClient({ url });
  const { value: tasks } = await client.queryPendingTasks(query);
  return tasks.map((task, at) => {
    const who = task.assignees.length === 0 ? "nobody" : task.assignees.join(", ");
    return `${at + 1}. ${task.title} [${task.status}, ${task.priority}, ${who}]`;
  });
}

if (import.meta.main) {
  await show(({ url }) => listOpen(url));
}
