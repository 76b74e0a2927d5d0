// Fewer requests for the same results: cached results, shared requests, and calls in batches.

import { createMcpClient } from "sitrep";
import type { McpClientOptions } from "sitrep";
import { show } from "./demo/show.ts";

export interface Counted {
  responses: number;
  sent: number;
  shared: number;
  fromCache: number;
}

export async function callAlike(server: McpClientOptions): Promise<Counted> {
  await using client = createMcpClient({ profile: "optimized", ...server });
  const read = { kind: "read" } as const;
  await client.listTools();
  const before = client.getMetrics();
  const together = await Promise.all([
    client.queueToolCall("plain", { say: "one" }, read),
    client.queueToolCall("plain", { say: "one" }, read),
    client.queueToolCall("plain", { say: "two" }, read),
  ]);
  const again = await client.callTool("plain", { say: "one" }, read);
  const after = client.getMetrics();
  return {
    responses: [...together, again].filter(({ texts }) => texts.length === 1).length,
    sent: after.attempts - before.attempts,
    shared: after.shared - before.shared,
    fromCache: after.cacheHits - before.cacheHits,
  };
}

if (import.meta.main) {
  await show(({ program }) => callAlike(program));
}
