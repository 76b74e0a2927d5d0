// A connection that stays open: with heartbeats, reconnection, and notifications from the server.

import { createMcpClient } from "sitrep";
import type { McpClient } from "sitrep";
import { showSocket } from "./demo/show.ts";

export interface Watch {
  client: McpClient;
  /** What happened to the connection, in order. */
  events: string[];
  /** The names of the server's tools, kept up to date. */
  tools: Set<string>;
}

/** Resolves when the connection is open. The caller must dispose of the client. */
export async function watchServer(url: string, firstDelayMs = 2000): Promise<Watch> {
  const client = createMcpClient({
    url,
    reconnect: { firstDelayMs, attempts: 5 },
    heartbeat: { everyMs: 30_000, withinMs: 20_000 },
  });
  const events: string[] = [];
  const tools = new Set<string>();
  const refresh = async (): Promise<void> => {
    const listed = await client.listTools();
    tools.clear();
    for (const { name } of listed) tools.add(name);
  };
  client.on("connected", () => events.push("connected"));
  client.on("disconnected", () => events.push("disconnected"));
  client.on("error", (error) => events.push(`error: ${error.name}`));
  client.on("maxReconnectAttemptsReached", () => events.push("given up"));
  client.on("listChanged", (kind) => {
    events.push(`${kind} changed`);
    if (kind === "tools") void refresh().catch(() => events.push("tools not listed"));
  });
  await client.waitForConnection(10_000);
  await refresh();
  return { client, events, tools };
}

if (import.meta.main) {
  await showSocket(async (url) => {
    const { client, events, tools } = await watchServer(url);
    await client[Symbol.asyncDispose]();
    return { events, tools: [...tools] };
  });
}
