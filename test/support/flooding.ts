// Sources that flood their reader, each in its own process, and the transports that reach them.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Flood } from "./mcp/floods.ts";

const support = join(import.meta.dirname, "mcp");

/** Starts a server that floods, until the end of the test, and returns its origin. */
export async function startFloodingServer(): Promise<string> {
  const child = spawn(process.execPath, [join(support, "flooding-http.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return String(await new Promise((resolve) => child.stdout.once("data", resolve))).trim();
}

const mapping = {
  list: {
    tool: "list_tasks",
    tasks: "$.value.tasks",
    total: "$.value.total",
    cursor: "$.value.cursor",
  },
};

export type FloodWay = "rest" | "json" | "events" | "sse" | "socket" | "stdio";

/** Returns a flooding source in the form of the configuration. */
export function floodingSource(
  origin: string,
  way: FloodWay,
  flood: Flood | "stderr",
): Record<string, unknown> {
  const at = (base: string) => `${base}/${way}/${encodeURIComponent(flood)}`;
  if (way === "rest") return { type: "task-tracking", url: at(origin) };
  if (way === "stdio") {
    const args = [join(support, "flooding-stdio.ts"), flood];
    return { type: "mcp", mapping, command: process.execPath, args };
  }
  const base = way === "socket" ? origin.replace("http", "ws") : origin;
  const transport = way === "sse" ? { transport: "sse" } : {};
  return { type: "mcp", mapping, url: at(base), ...transport };
}

const parsed = ["nested", "deep", "titles", "wide", "objects"] as const;
const unasked = ["messages", "requests", "large messages"] as const;

/** The floods that each transport can carry and that must be refused at once. */
export const refusedFloods: readonly (readonly [FloodWay, Flood])[] = [
  ...parsed.flatMap((flood) =>
    (["rest", "json", "events", "sse", "socket", "stdio"] as const).map(
      (way) => [way, flood] as const,
    ),
  ),
  ...(["rest", "json", "events", "sse", "stdio"] as const).map((way) => [way, "endless"] as const),
  ...(["rest", "json"] as const).map((way) => [way, "gzip"] as const),
  ...unasked.flatMap((flood) =>
    (["events", "sse", "socket", "stdio"] as const).map((way) => [way, flood] as const),
  ),
];
