// Metrics of a server: success rate, mean and 95th percentile of the latency, and how long it was measured.

import { createMcpClient } from "sitrep";
import type { McpClientOptions } from "sitrep";
import { print, show } from "./demo/show.ts";

const ms = (value: number | null): string => (value === null ? "-" : `${value.toFixed(1)} ms`);

/** Calls each tool once, says how each went, and gives one line for a dashboard. */
export async function measure(
  server: McpClientOptions,
  calls: readonly [tool: string, args: Readonly<Record<string, unknown>>][],
  log: (entry: { tool: string; ms: number; code: string | null }) => void,
): Promise<string> {
  await using client = createMcpClient(server);
  for (const [tool, args] of calls) {
    const started = performance.now();
    let code: string | null = null;
    await client.callTool(tool, args, {
      fallback: (failure) => {
        code = failure.code;
        return null;
      },
    });
    // Log only the names of arguments: their values may be private.
    log({ tool, ms: Math.round(performance.now() - started), code });
  }
  const { successRate, latencyMeanMs, latencyP95Ms, uptimeMs } = client.getMetrics();
  return `${Math.round(successRate * 100)} % ok, mean ${ms(latencyMeanMs)}, p95 ${ms(latencyP95Ms)}, up ${ms(uptimeMs)}`;
}

if (import.meta.main) {
  await show(({ mcpUrl }) =>
    measure({ url: mcpUrl }, [["manage_connection", {}]], (entry) => print(entry)),
  );
}
