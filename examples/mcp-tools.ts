// An MCP server's tools, resources and prompts for your program, over HTTP, SSE, WebSocket or stdio.

import { createMcpClient } from "sitrep";
import type { McpClientOptions, ToolResponse } from "sitrep";
import { show } from "./demo/show.ts";

/** A tool in the form that an agent framework expects. */
export interface AgentTool {
  name: string;
  description: string;
  parameters: Readonly<Record<string, unknown>>;
  run: (args: Readonly<Record<string, unknown>>) => Promise<ToolResponse>;
}

export interface Seen {
  tools: string[];
  first: string;
  resources: string[];
  content: string | null;
  prompt: string | null;
}

/** Lists everything, calls one tool, reads one resource and gets one prompt; closes the client in any case. */
export async function lookAround(server: McpClientOptions): Promise<Seen> {
  await using client = createMcpClient(server);
  const tools: AgentTool[] = (await client.listTools()).map((tool) => ({
    name: tool.name,
    description: tool.description ?? "",
    parameters: tool.inputSchema,
    run: (args) => client.callTool(tool.name, args),
  }));
  const plain = tools.find(({ name }) => name === "plain");
  const response = await plain?.run({ say: "hello" });
  const resources = await client.listResources();
  const [content] = await client.readResource(resources[0]?.uri ?? "");
  const [prompt] = await client.listPrompts();
  const messages = await client.getPrompt(prompt?.name ?? "", { task: "T-1" });
  return {
    tools: tools.map(({ name }) => name),
    first: response?.texts[0] ?? "",
    resources: resources.map(({ uri }) => uri),
    content: content?.text ?? null,
    prompt: messages[0]?.text ?? null,
  };
}

if (import.meta.main) {
  await show(({ program }) => lookAround(program));
}
