// Several servers for the same calls: the best one first, another one when it fails. Only reads fail over.

import { createServerPool } from "sitrep";
import type { PooledServer } from "sitrep";
import { show } from "./demo/show.ts";

export interface Served {
  candidates: string[];
  server: string;
  text: string;
  failed: string[];
}

export async function askAny(
  servers: readonly PooledServer[],
  capability: string,
  tool: string,
  args: Readonly<Record<string, unknown>>,
): Promise<Served> {
  await using pool = createServerPool(servers);
  const found = await pool.discoverServers({ capability });
  const options = { kind: "read", maxRetries: 3 } as const;
  const { server, response, failed } = await pool.callWithFailover(capability, tool, args, options);
  return {
    candidates: found.map(({ name }) => name),
    server,
    text: response.texts[0] ?? "",
    failed: failed.map((one) => `${one.server}: ${one.code}`),
  };
}

if (import.meta.main) {
  await show(({ mcpUrl, program }) => {
    const servers = [
      { name: "one", url: mcpUrl, capabilities: ["health"] },
      { name: "other", ...program },
    ];
    return askAny(servers, "health", "manage_connection", {});
  });
}
