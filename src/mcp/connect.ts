// Connects to an MCP server.

import { SourceError } from "../core/source-error.ts";
import type { ConnectOptions, McpConnection, McpTarget } from "./connection.ts";

/** Connects and agrees on a protocol revision. Throws `SourceError`, also `source-not-started` for stdio. */
export async function connectMcp(
  target: McpTarget,
  options: ConnectOptions,
): Promise<McpConnection> {
  throw new SourceError("source-not-started", `${options.name} (${target.transport})`);
}
