import type {
  CallToolResult,
  ContentBlock,
  GetPromptResult,
  Prompt,
  ReadResourceResult,
  Resource,
  Tool,
} from "@modelcontextprotocol/client";
import type {
  McpPrompt,
  McpResource,
  McpTool,
  PromptMessage,
  ResourceContent,
  ToolContent,
  ToolResult,
} from "./mcp-connection.ts";

export const toTool = (tool: Tool): McpTool => ({
  name: tool.name,
  title: tool.title ?? tool.annotations?.title ?? null,
  description: tool.description ?? null,
  inputSchema: tool.inputSchema,
  isReadOnly: tool.annotations?.readOnlyHint ?? null,
  isDestructive: tool.annotations?.destructiveHint ?? null,
});

function contentOf(block: ContentBlock): ToolContent {
  const { annotations = null, _meta: meta = null } = block;
  const beside = { annotations, meta };
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text, ...beside };
    case "image":
    case "audio":
      return { type: block.type, data: block.data, mimeType: block.mimeType, ...beside };
    case "resource_link": {
      const { title = null, size = null } = block;
      return { type: "resource_link", ...toResource(block), title, size, ...beside };
    }
    default:
      return { type: "resource", resource: resourceContentOf(block.resource), ...beside };
  }
}

export function toToolResult({ _meta: meta, ...result }: CallToolResult): ToolResult {
  return {
    isError: result.isError === true,
    structured: result.structuredContent,
    content: result.content.map(contentOf),
    meta: meta ?? null,
    texts: result.content.flatMap((block) => {
      if (block.type === "text") return [block.text];
      // Some servers put their JSON into an embedded resource.
      if (block.type === "resource" && "text" in block.resource) return [block.resource.text];
      return [];
    }),
  };
}

export const toResource = (
  resource: Pick<Resource, "uri" | "name" | "description" | "mimeType">,
): McpResource => ({
  uri: resource.uri,
  name: resource.name,
  description: resource.description ?? null,
  mimeType: resource.mimeType ?? null,
});

const resourceContentOf = (content: ReadResourceResult["contents"][number]): ResourceContent => ({
  uri: content.uri,
  mimeType: content.mimeType ?? null,
  text: "text" in content ? content.text : null,
  blob: "blob" in content ? content.blob : null,
});

export const toContents = (result: ReadResourceResult): ResourceContent[] =>
  result.contents.map(resourceContentOf);

export const toPrompt = (prompt: Prompt): McpPrompt => ({
  name: prompt.name,
  description: prompt.description ?? null,
  arguments: (prompt.arguments ?? []).map((argument) => ({
    name: argument.name,
    description: argument.description ?? null,
    isRequired: argument.required === true,
  })),
});

export const toMessages = (result: GetPromptResult): PromptMessage[] =>
  result.messages.map(({ role, content }) => ({
    role,
    text: content.type === "text" ? content.text : null,
  }));
