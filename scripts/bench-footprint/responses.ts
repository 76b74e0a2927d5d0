// The responses of the measured sources: always the same twenty tasks.

export const servedTasks = Array.from({ length: 20 }, (_, at) => ({
  id: `T-${at + 1}`,
  title: `Make part ${at + 1} of the footprint smaller than it was`,
  description: "What it costs is measured, and what is measured is bounded.",
  status: at % 5 === 0 ? "in_progress" : "pending",
  priority: ["high", "medium", "low"][at % 3],
  assignees: ["someone@example.test"],
  created_at: "2026-11-01T09:00:00Z",
}));

/** JSON-RPC, for MCP over stdio and over HTTP; null for a notification. */
export function responseOf(asked: { id?: unknown; method?: string }): object | null {
  if (asked.id === undefined) return null;
  const result = (value: object) => ({ jsonrpc: "2.0", id: asked.id, result: value });
  if (asked.method === "initialize")
    return result({
      protocolVersion: "2025-06-18",
      capabilities: { tools: {} },
      serverInfo: { name: "tiny", version: "1.0.0" },
    });
  if (asked.method === "ping") return result({});
  if (asked.method === "tools/list")
    return result({ tools: [{ name: "list_tasks", inputSchema: { type: "object" } }] });
  if (asked.method === "tools/call")
    return result({ content: [{ type: "text", text: JSON.stringify({ tasks: servedTasks }) }] });
  return { jsonrpc: "2.0", id: asked.id, error: { code: -32_601, message: "not known" } };
}
