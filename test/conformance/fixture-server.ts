// The tools that the conformance suite calls, on the product's transports.

import { McpServer, fromJsonSchema } from "@modelcontextprotocol/server";
import type { CallToolResult, ServerContext } from "@modelcontextprotocol/server";

/** One red pixel. */
const image =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
/** A sound without samples. */
const sound = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

const textBlock = (text: string): CallToolResult["content"][number] => ({ type: "text", text });
const imageBlock: CallToolResult["content"][number] = {
  type: "image",
  data: image,
  mimeType: "image/png",
};
const resourceBlock = (
  uri: string,
  mimeType: string,
  text: string,
): CallToolResult["content"][number] => ({ type: "resource", resource: { uri, mimeType, text } });

const contents: Record<string, CallToolResult["content"]> = {
  test_simple_text: [textBlock("This is a simple text response for testing.")],
  test_image_content: [imageBlock],
  test_audio_content: [{ type: "audio", data: sound, mimeType: "audio/wav" }],
  test_embedded_resource: [
    resourceBlock(
      "test://embedded-resource",
      "text/plain",
      "This is an embedded resource content.",
    ),
  ],
  test_multiple_content_types: [
    textBlock("Multiple content types test:"),
    imageBlock,
    resourceBlock(
      "test://mixed-content-resource",
      "application/json",
      '{"test":"data","value":123}',
    ),
  ],
};

/** Keywords of JSON Schema 2020-12 that the listing must keep. */
const wholeSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object" as const,
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

const nothing = fromJsonSchema({ type: "object", properties: {} });

async function tellProgress({ mcpReq }: ServerContext): Promise<CallToolResult> {
  const { _meta: meta } = mcpReq;
  const token = meta?.progressToken;
  for (const progress of token === undefined ? [] : [0, 50, 100]) {
    const params = { progressToken: token ?? 0, progress, total: 100 };
    // oxlint-disable-next-line no-await-in-loop -- in their order
    await mcpReq.notify({ method: "notifications/progress", params });
  }
  return { content: [textBlock("done")] };
}

export function createFixtureServer(): McpServer {
  const server = new McpServer({ name: "fixture", version: "1.0.0" });
  const add = (
    name: string,
    act: (context: ServerContext) => Promise<CallToolResult>,
    inputSchema = nothing,
  ): void =>
    void server.registerTool(name, { description: name, inputSchema }, (_, context) =>
      act(context),
    );
  for (const [name, content] of Object.entries(contents)) add(name, async () => ({ content }));
  add("test_error_handling", async () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
  add("test_tool_with_progress", tellProgress);
  const schema = fromJsonSchema(wholeSchema);
  add("json_schema_2020_12_tool", async () => ({ content: [textBlock("ok")] }), schema);
  return server;
}
