// A call that may fail: repeated where that is safe, not repeated while the server is down, and with a fallback.

import { createMcpClient } from "sitrep";
import type { McpClientOptions } from "sitrep";
import { show } from "./demo/show.ts";

export interface Outcome {
  text: string;
  attempts: number;
  breaker: string;
}

/** Calls a reading tool `times` times; returns its last text, or `instead` with the error code. */
export async function readOr(
  server: McpClientOptions,
  tool: string,
  times: number,
  instead: string,
): Promise<Outcome> {
  await using client = createMcpClient({ profile: "resilient", ...server });
  let text = "";
  for (let count = 0; count < times; count += 1) {
    const response = await client.callTool(
      tool,
      {},
      {
        kind: "read",
        fallback: ({ code }) => ({ isError: true, texts: [`${instead} (${code})`] }),
      },
    );
    text = response.texts[0] ?? "";
  }
  const { attempts, breaker } = client.getMetrics();
  return { text, attempts, breaker };
}

if (import.meta.main) {
  await show(({ mcpUrl }) => readOr({ url: mcpUrl }, "manage_connection", 1, "instead"));
}
