// All settings from the environment: where the server is, and how it is called.

import { getDefaultClient } from "sitrep";
import { show } from "./demo/show.ts";

/**
 * `MCP_SERVER_URL`, `MCP_TRANSPORT`, `MCP_TIMEOUT`, `MCP_RETRY_ATTEMPTS`, `FALLBACK_STRATEGY` and the like. If no
 * variable names a server, config.json does.
 */
export async function countPending(env: Record<string, string>): Promise<string> {
  await using client = await getDefaultClient({ env });
  const { value, from } = await client.queryPendingTasks({ limit: 100 });
  return `${value.length} pending at ${client.origin} (${from})`;
}

if (import.meta.main) {
  await show(({ url, folder }) => countPending({ SITREP_HOME: folder, MCP_SERVER_URL: url }));
}
