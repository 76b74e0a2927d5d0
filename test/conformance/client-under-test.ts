// Run by the conformance suite as the client under test: connects with our client to the URL that is the last argument
// and does what each scenario asks of a client.

import { connectMcp } from "../../src/mcp/connect.ts";

const url = process.argv.at(-1) ?? "";
const scenario = process.env["MCP_CONFORMANCE_SCENARIO"] ?? "";

/** An argument for each required field, of its type: the suite's servers check no more. */
function argumentsFor(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const properties = (schema["properties"] ?? {}) as Record<string, { type?: string }>;
  return Object.fromEntries(
    Object.entries(properties).map(([name, { type }]) => [
      name,
      type === "number" || type === "integer" ? 2 : type === "boolean" ? true : "text",
    ]),
  );
}

interface Context {
  toolCalls?: { name: string; arguments: Record<string, unknown> }[];
}
const context = JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}") as Context;

await using connection = await connectMcp(
  { transport: "http", url },
  { name: "conformance", connectTimeoutMs: 10_000, requestTimeoutMs: 20_000 },
);
const tools = await connection.listTools();
const calls =
  context.toolCalls ??
  tools.map((tool) => ({ name: tool.name, arguments: argumentsFor(tool.inputSchema) }));
/** Scenarios whose tools are there to be listed only. */
const listsOnly = new Set(["initialize", "json-schema-ref-no-deref"]);
if (!listsOnly.has(scenario)) {
  for (const call of calls) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as a person would
    await connection.callTool(call.name, call.arguments);
  }
}
