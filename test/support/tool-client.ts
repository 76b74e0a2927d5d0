// Connects a client of the SDK to a task server in the same process.

import { Client } from "@modelcontextprotocol/client";
import type { CallToolResult } from "@modelcontextprotocol/client";
import { InMemoryTransport } from "@modelcontextprotocol/server";
import { onTestFinished } from "vitest";
import { localPrincipal } from "../../src/server/principal.ts";
import { createNotifyingServer } from "../../src/server/tools/tool-server.ts";
import type { ToolServerOptions } from "../../src/server/tools/tool-server.ts";
import { createMemoryBackend } from "./memory-backend.ts";

export interface ToolClient {
  client: Client;
  call(tool: string, args?: Record<string, unknown>): Promise<CallToolResult>;
}

/** Returns the first text of a result. */
export const textOf = ({ content }: CallToolResult): string => {
  const [first] = content;
  return first?.type === "text" ? first.text : "";
};

/** Connects a client and closes it at the end of the test. */
export async function connectTools({
  connect,
  ...options
}: Partial<ToolServerOptions> & {
  /** Connects another client instead of ours. */
  connect?: (transport: InMemoryTransport) => Promise<void>;
} = {}): Promise<ToolClient> {
  const server = createNotifyingServer({
    backend: createMemoryBackend(),
    principal: localPrincipal,
    version: "1.2.3",
    project: "shop-api",
    observe: () => undefined,
    middleware: (_, run) => run(),
    ...options,
  });
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "test", version: "1.0.0" });
  await Promise.all([server.connect(theirs), connect?.(ours) ?? client.connect(ours)]);
  onTestFinished(() => client.close());
  return {
    client,
    call: async (name, args = {}) => await client.callTool({ name, arguments: args }),
  };
}
