// What a server learns of us: every opener names the version that is installed.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Config } from "../../../src/config/schema.ts";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { createMcpClient, createTaskClient } from "../../../src/index.ts";
import { connectMcp } from "../../support/mcp/connect.ts";
import { openConfigured } from "../../../src/sources/configured-server.ts";
import { createSourceContext } from "../../../src/sources/credentials.ts";
import { startTaskServer } from "../../support/task-server.ts";
import type { TaskServer } from "../../support/task-server.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const { version } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8"),
) as { version: string };
const scope = { path: "/shop-api", name: "shop-api" };
const { signal } = new AbortController();

const openers: [string, (url: string) => Promise<unknown>][] = [
  [
    "a connection",
    async (url) => {
      const times = { connectTimeoutMs: 10_000, requestTimeoutMs: 10_000 };
      await using connection = await connectMcp(
        { transport: "http", url },
        { name: "t", ...times },
      );
      await connection.listTools();
    },
  ],
  [
    "a configured source",
    async (url) => {
      const config = SourceConfig.parse({ name: "t", type: "mcp", url, preset: "4genthub" });
      const folder = temporaryFolder();
      const files = {
        secrets: folder,
        tokens: folder,
        signIns: folder,
        serverKeys: "/none",
        state: folder,
        installation: folder,
      };
      const settings = Config.parse({});
      const context = createSourceContext(files, settings, null, null);
      await using source = openConfigured(config, scope, context).source;
      await source.listOpen(scope, signal);
    },
  ],
  [
    "a client of tools",
    async (url) => {
      await using client = createMcpClient({ url });
      await client.listTools();
    },
  ],
  [
    "a client of tasks",
    async (url) => {
      await using client = createTaskClient({ url, transport: "http" });
      await client.queryPendingTasks();
    },
  ],
];

/** What the requests of a client say of it, in the handshake or with each request. */
function versionsNamed(server: TaskServer): string[] {
  const bodies = server.requests.map(({ body }) => body);
  return bodies.flatMap((body) => {
    const [, given] =
      /"(?:clientInfo|[a-z./]*clientInfo)":\{"name":"sitrep","version":"([^"]*)"/.exec(body) ?? [];
    return given ?? [];
  });
}

test.each(openers)(
  "%s sends the installed version as the version of its MCP client",
  async (_, open) => {
    const server = await startTaskServer({ tasks: [{ id: "A", title: "Rotate keys" }] });
    await open(server.url);
    expect(new Set(versionsNamed(server))).toEqual(new Set([version]));
  },
);
