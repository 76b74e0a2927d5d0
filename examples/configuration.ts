// Settings from a file, overridden by variables, with the program's own defaults.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMcpClient, readMcpOptions } from "sitrep";
import type { McpClient } from "sitrep";
import { show } from "./demo/show.ts";

const defaults = { name: "tools", connectTimeoutMs: 5000 };

/** The caller must dispose of the client. `getDefaultClient` does the same with Sitrep's own files and variables. */
export function clientFromFile(file: string, env: Record<string, string | undefined>): McpClient {
  return createMcpClient({ ...defaults, ...readMcpOptions({ file, env }) });
}

if (import.meta.main) {
  await show(async ({ mcpUrl, folder }) => {
    const file = join(folder, "settings.json");
    writeFileSync(file, JSON.stringify({ server_url: mcpUrl, retry_attempts: 1, cache_ttl: 300 }));
    await using client = clientFromFile(file, {});
    return (await client.listTools()).map(({ name }) => name);
  });
}
