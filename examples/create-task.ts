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

/** The server's response. A server that knows `Idempotency-Key` creates one task, however often the request is sent. */
export async function createTask(url: string, wish: Wish): Promise<unknown> {
  await using client = createTaskClient({ url });
  const payload = { action: "create", status: "todo", ...wish };
  // Awaited here, because the client is closed at the end of this function.
  return await client.makeRequest("/mcp/manage_task", payload, { idempotencyKey: randomUUID() });
}

if (import.meta.main) {
  await show(({ url }) =>
    createTask(url, { title: "Add sign-in", description: "", assignees: "ana", priority: "high" }),
  );
}
