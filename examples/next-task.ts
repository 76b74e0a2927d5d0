// The next task of a branch, as the server recommends it.

import { createTaskClient } from "sitrep";
import { show } from "./demo/show.ts";

const shown = 200;

/** `branchId` is the branch's id on the server; without it, the client finds the branch by its name. */
export async function nextTask(
  url: string,
  branch: { branch?: string; branchId?: string },
): Promise<string> {
  await using client = createTaskClient({ url });
  const { value: task } = await client.getNextRecommendedTask(branch);
  if (task === null) return "Nothing is pending.";
  const text = task.description ?? "";
  const cut = text.length > shown ? `${text.slice(0, shown)}…` : text;
  return `${task.id} ${task.title} (${task.priority}, ${task.estimatedEffort ?? "no estimate"}): ${cut}`;
}

if (import.meta.main) {
  await show(({ url }) => nextTask(url, { branch: "feature/login" }));
}
