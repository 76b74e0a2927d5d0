// Runs an example by itself and prints its result. Provides servers on this machine, and a folder for its files.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { SitrepError } from "sitrep";
import { startTaskServer } from "sitrep/testing";
import { WebSocketServer } from "ws";
import { createServerV2 } from "../../test/support/mcp/server-v2.ts";
import { socketTransport } from "../../test/support/mcp/socket-transport.ts";

const tasks = [
  { id: "TASK-1", title: "Fix login", priority: "high", assignees: ["ana"] },
  { id: "TASK-2", title: "Rotate keys", priority: "low" },
];

export interface Demo {
  /** The address of a task server over REST, and of the same server over MCP. */
  url: string;
  mcpUrl: string;
  stop: () => Promise<void>;
  /** An MCP server that is a program. */
  program: { command: string; args: string[] };
  folder: string;
  tasks: object[];
}

export function print(what: unknown): void {
  process.stdout.write(`${typeof what === "string" ? what : inspect(what)}\n`);
}

async function printed(ask: () => unknown): Promise<void> {
  try {
    print(await ask());
  } catch (error) {
    if (!(error instanceof SitrepError)) throw error;
    print(`${error.message} ${error.hint ?? ""} [${error.code}]`);
  }
}

export async function show(ask: (demo: Demo) => unknown): Promise<void> {
  await using server = await startTaskServer({ tasks });
  const folder = mkdtempSync(join(tmpdir(), "sitrep-example-"));
  const script = join(import.meta.dirname, "../../test/support/mcp/stdio-v2.ts");
  const program = { command: process.execPath, args: [script] };
  const { origin: url, url: mcpUrl } = server;
  try {
    await printed(() => ask({ url, mcpUrl, stop: () => server.stop(), program, folder, tasks }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function showSocket(ask: (url: string) => unknown): Promise<void> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (socket) => void createServerV2().connect(socketTransport(socket)));
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await printed(() => ask(`ws://127.0.0.1:${port}`));
  for (const socket of server.clients) socket.terminate();
  server.close();
}
