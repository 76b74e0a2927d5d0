// A client of the SDK beside a task server in the same process.

import { Client } from "@modelcontextprotocol/client";
import type { CallToolResult } from "@modelcontextprotocol/client";
import { InMemoryTransport } from "@modelcontextprotocol/server";
import { onTestFinished } from "vitest";
import { localPrincipal } from "../../src/server/principal.ts";
import { createTaskServer } from "../../src/server/tools/task-server.ts";
import type { TaskServerOptions } from "../../src/server/tools/task-server.ts";
import { createMemoryBackend } from "./memory-backend.ts";

export interface ToolClient {
  client: Client;
  call(tool: string, args?: Record<string, unknown>): Promise<CallToolResult>;
}

/** The first text of a result. */
export const textOf = ({ content }: CallToolResult): string => {
  const [first] = content;
  return first?.type === "text" ? first.text : "";
};

/** Closed when the test ends. */
export async function connectTools(options: Partial<TaskServerOptions> = {}): Promise<ToolClient> {
  const server = createTaskServer({
    backend: createMemoryBackend(),
    principal: localPrincipal,
    version: "1.2.3",
    project: "shop-api",
    ...options,
  });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "test", version: "1.0.0" });
  await Promise.all([server.connect(theirs), client.connect(ours)]);
  onTestFinished(() => client.close());
  return {
    client,
    call: async (name, args = {}) => await client.callTool({ name, arguments: args }),
  };
}
