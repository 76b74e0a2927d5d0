// Settings from a file, and variables over them: the program's own defaults come last.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMcpClient } from "sitrep";
import type { McpClient } from "sitrep";
import { show } from "./demo/show.ts";

interface Settings {
  serverUrl: string;
  timeoutSeconds: number;
  retries: number;
  keepSeconds: number;
}

const defaults: Settings = {
  serverUrl: "http://127.0.0.1:8080/mcp",
  timeoutSeconds: 30,
  retries: 3,
  keepSeconds: 300,
};

function settingsFrom(file: string, env: Record<string, string | undefined>): Settings {
  const own = JSON.parse(readFileSync(file, "utf8")) as Partial<Settings>;
  const found = { ...defaults, ...own };
  return {
    ...found,
    serverUrl: env["MCP_SERVER_URL"] ?? found.serverUrl,
    timeoutSeconds: Number(env["MCP_TIMEOUT"] ?? found.timeoutSeconds),
    retries: Number(env["MCP_RETRY_ATTEMPTS"] ?? found.retries),
  };
}

/** The caller disposes of it. `getDefaultClient` does the same with Sitrep's own files and variables. */
export function clientFromFile(file: string, env: Record<string, string | undefined>): McpClient {
  const { serverUrl, timeoutSeconds, retries, keepSeconds } = settingsFrom(file, env);
  return createMcpClient({
    url: serverUrl,
    requestTimeoutMs: timeoutSeconds * 1000,
    policy: {
      deadlineMs: timeoutSeconds * 1000,
      retryDelaysMs: Array.from({ length: retries }, (_, at) => 100 * 2 ** at),
      resultCacheMs: keepSeconds * 1000,
    },
  });
}

if (import.meta.main) {
  await show(async ({ mcpUrl, folder }) => {
    const file = join(folder, "settings.json");
    writeFileSync(file, JSON.stringify({ serverUrl: mcpUrl, retries: 1 }));
    await using client = clientFromFile(file, {});
    return (await client.listTools()).map(({ name }) => name);
  });
}
