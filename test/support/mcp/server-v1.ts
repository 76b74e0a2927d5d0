// A server on the earlier line of the SDK (`@modelcontextprotocol/sdk` 1.x).

import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import * as z from "zod";
import {
  everything,
  listAnswer,
  newWitness,
  tasks,
  text,
  waitForCancel,
  work,
} from "./behavior.ts";
import type { Witness } from "./behavior.ts";

export function createServerV1(witness: Witness = newWitness()): McpServer {
  const server = new McpServer({ name: "tasks-v1", version: "1.2.3" });
  server.registerTool(
    "list_tasks",
    {
      description: "Lists tasks",
      outputSchema: { tasks: z.array(z.object({ id: z.string(), title: z.string() })) },
    },
    () => listAnswer(),
  );
  server.registerTool("plain", { inputSchema: { say: z.string() } }, ({ say }) => text(say));
  server.registerTool("show", {}, () => everything());
  server.registerTool("fail", {}, () => ({ ...text("no such board"), isError: true }));
  server.registerTool("slow", { inputSchema: { steps: z.number() } }, ({ steps }, extra) =>
    work(steps, async (progress, total) => {
      const { _meta: meta } = extra;
      const progressToken = meta?.progressToken;
      if (progressToken === undefined) return;
      await extra.sendNotification({
        method: "notifications/progress",
        params: { progressToken, progress, total, message: `step ${progress}` },
      });
    }),
  );
  server.registerTool("wait", {}, (extra) => waitForCancel(extra.signal, witness));
  server.registerTool("grow", {}, () => {
    server.registerTool("extra", {}, () => text("extra"));
    return text("grown");
  });
  server.registerResource("all", "tasks://all", { mimeType: "application/json" }, (uri) => ({
    contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify(tasks) }],
  }));
  server.registerPrompt("plan", { argsSchema: { task: z.string() } }, ({ task }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Plan ${task}` } }],
  }));
  return server;
}
