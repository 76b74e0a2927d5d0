// How a server speaks whose address does not say it: MCP where it answers as that, else `manage_task` over REST.

import { codeOf } from "../core/errors.ts";
import type { McpConnection } from "./mcp/connection.ts";
import { recognise } from "./presets/presets.ts";

/** `preset` is null for a server with the tool `manage_task`, and for one that no preset fits. */
export type Speech = { over: "mcp"; preset: string | null } | { over: "rest" };

/** What says that a server is there and speaks something else. */
const otherProtocol = new Set(["source-failed", "source-invalid-answer"]);

/** Connects and asks for the tools. Null: the server cannot be asked now. */
export async function probeSpeech(connect: () => Promise<McpConnection>): Promise<Speech | null> {
  try {
    const connection = await connect();
    try {
      const tools = (await connection.listTools()).map(({ name }) => name);
      const preset = tools.includes("manage_task") ? null : recognise(tools);
      return { over: "mcp", preset: preset?.name ?? null };
    } finally {
      await connection[Symbol.asyncDispose]();
    }
  } catch (error) {
    return otherProtocol.has(codeOf(error)) ? { over: "rest" } : null;
  }
}
