// Check arguments against the tool's own schema before anything is sent.

import { SitrepError, createMcpClient } from "sitrep";
import type { McpClientOptions } from "sitrep";
import { show } from "./demo/show.ts";

/** The tool's result; or why the arguments do not fit, for the model or person that wrote them. */
export async function callChecked(
  server: McpClientOptions,
  tool: string,
  args: Readonly<Record<string, unknown>>,
): Promise<string> {
  await using client = createMcpClient(server);
  try {
    const { texts } = await client.callTool(tool, args);
    return texts.join("\n");
  } catch (error) {
    if (error instanceof SitrepError && error.code === "usage") return `not sent: ${error.message}`;
    throw error;
  }
}

if (import.meta.main) {
  await show(async ({ program }) => [
    await callChecked(program, "plain", { say: "fits" }),
    await callChecked(program, "plain", { say: 7 }),
  ]);
}
