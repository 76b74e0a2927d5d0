// A custom request: create a task so that a retry cannot create it twice.

import { randomUUID } from "node:crypto";
import { createTaskClient } from "sitrep";
import { show } from "./demo/show.ts";

export interface Wish {
  title: string;
  description: string;
  assignees: string;
  priority: "low" | "medium" | "high";
}

/** What the server answers; a server that knows `Idempotency-Key` does the work once however often it is sent. */
export async function createTask(url: string, wish: Wish): Promise<unknown> {
  await using client = createTaskClient({ url });
  const payload = { action: "create", status: "todo", ...wish };
  // Awaited here: the client is closed where this function ends.
  return await client.makeRequest("/mcp/manage_task", payload, { idempotencyKey: randomUUID() });
}

if (import.meta.main) {
  await show(({ url }) =>
    createTask(url, { title: "Add sign-in", description: "", assignees: "ana", priority: "high" }),
  );
}
