import { createConnection } from "../../../src/sources/mcp/connect.ts";
import type {
  ConnectOptions,
  McpConnection,
  McpTarget,
} from "../../../src/sources/mcp/mcp-connection.ts";

/** A connection that is made now. Throws what connecting throws. */
export async function connectMcp(
  target: McpTarget,
  options: ConnectOptions,
): Promise<McpConnection> {
  const connection = createConnection(async () => target, options);
  await connection.connect();
  return connection;
}
