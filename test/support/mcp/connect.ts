import { createConnection } from "../../../src/sources/mcp/connect.ts";
import type {
  ConnectOptions,
  McpConnection,
  McpTarget,
} from "../../../src/sources/mcp/mcp-connection.ts";

/** Connects to a server now. Throws the failure of connecting. */
export async function connectMcp(
  target: McpTarget,
  options: ConnectOptions,
): Promise<McpConnection> {
  const connection = createConnection(async () => target, options);
  await connection.connect();
  return connection;
}
