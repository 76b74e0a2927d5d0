// What the SDK gives back, in our own words.

import type {
  CallToolResult,
  GetPromptResult,
  Prompt,
  ReadResourceResult,
  Resource,
  Tool,
} from "@modelcontextprotocol/client";
import type { ToolAnswer } from "../../core/tool-answer.ts";
import type {
  McpPrompt,
  McpResource,
  McpTool,
  PromptMessage,
  ResourceContent,
} from "./connection.ts";

export const toolOf = (tool: Tool): McpTool => ({
  name: tool.name,
  title: tool.title ?? tool.annotations?.title ?? null,
  description: tool.description ?? null,
  inputSchema: tool.inputSchema,
});

export const toolAnswerOf = (result: CallToolResult): ToolAnswer => ({
  isError: result.isError === true,
  structured: result.structuredContent,
  texts: result.content.flatMap((block) => {
    if (block.type === "text") return [block.text];
    // Some servers put their JSON into an embedded resource.
    if (block.type === "resource" && "text" in block.resource) return [block.resource.text];
    return [];
  }),
});

export const resourceOf = (resource: Resource): McpResource => ({
  uri: resource.uri,
  name: resource.name,
  description: resource.description ?? null,
  mimeType: resource.mimeType ?? null,
});

export const contentsOf = (result: ReadResourceResult): ResourceContent[] =>
  result.contents.map((content) => ({
    uri: content.uri,
    mimeType: content.mimeType ?? null,
    text: "text" in content ? content.text : null,
    blob: "blob" in content ? content.blob : null,
  }));

export const promptOf = (prompt: Prompt): McpPrompt => ({
  name: prompt.name,
  description: prompt.description ?? null,
  arguments: (prompt.arguments ?? []).map((argument) => ({
    name: argument.name,
    description: argument.description ?? null,
    isRequired: argument.required === true,
  })),
});

export const messagesOf = (result: GetPromptResult): PromptMessage[] =>
  result.messages.map(({ role, content }) => ({
    role,
    text: content.type === "text" ? content.text : null,
  }));
