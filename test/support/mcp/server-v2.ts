// A server on the current line of the SDK (`@modelcontextprotocol/server` 2.x).

import { McpServer } from "@modelcontextprotocol/server";
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

export function createServerV2(witness: Witness = newWitness()): McpServer {
  const server = new McpServer({ name: "tasks-v2", version: "2.3.4" });
  server.registerTool(
    "list_tasks",
    {
      description: "Lists tasks",
      outputSchema: z.object({ tasks: z.array(z.object({ id: z.string(), title: z.string() })) }),
    },
    () => listAnswer(),
  );
  server.registerTool("plain", { inputSchema: z.object({ say: z.string() }) }, ({ say }) =>
    text(say),
  );
  server.registerTool("show", {}, () => everything());
  server.registerTool("fail", {}, () => ({ ...text("no such board"), isError: true }));
  server.registerTool("slow", { inputSchema: z.object({ steps: z.number() }) }, ({ steps }, ctx) =>
    work(steps, async (progress, total) => {
      const { _meta: meta } = ctx.mcpReq;
      const progressToken = meta?.progressToken;
      if (progressToken === undefined) return;
      await ctx.mcpReq.notify({
        method: "notifications/progress",
        params: { progressToken, progress, total, message: `step ${progress}` },
      });
    }),
  );
  server.registerTool("wait", {}, (ctx) => waitForCancel(ctx.mcpReq.signal, witness));
  server.registerTool("grow", {}, () => {
    server.registerTool("extra", {}, () => text("extra"));
    return text("grown");
  });
  server.registerResource("all", "tasks://all", { mimeType: "application/json" }, (uri) => ({
    contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify(tasks) }],
  }));
  server.registerPrompt("plan", { argsSchema: z.object({ task: z.string() }) }, ({ task }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Plan ${task}` } }],
  }));
  return server;
}
