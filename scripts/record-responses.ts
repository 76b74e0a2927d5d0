// Records an MCP server's responses for the tests of presets, into test/fixtures/answers/NAME (docs/adding-a-source.md).
// Usage: node scripts/record-responses.ts NAME 'TOOL {JSON arguments}' … -- COMMAND [ARGUMENT]… (or the URL of a server).
// The calls are made in the given order, in one session, and may change the server's tasks.

import {
  Client,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const given = process.argv.slice(2);
const end = given.indexOf("--");
const [name, ...calls] = given.slice(0, Math.max(end, 0));
const [command, ...args] = given.slice(end + 1);
if (end === -1 || name === undefined || command === undefined) {
  process.stderr.write("Usage: record-responses.ts NAME 'TOOL {…}' … -- COMMAND… | URL\n");
  process.exit(2);
}

function transportOf(server: string): Transport {
  if (!/^https?:/.test(server)) return new StdioClientTransport({ command: server, args });
  const token = process.env["RECORD_TOKEN"];
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new StreamableHTTPClientTransport(new URL(server), { requestInit: { headers } });
}

const folder = join(import.meta.dirname, "../test/fixtures/answers", name);
const save = (file: string, value: unknown): void => {
  writeFileSync(join(folder, file), `${JSON.stringify(value, null, 2)}\n`);
  process.stdout.write(`${join("test/fixtures/answers", name, file)}\n`);
};

const client = new Client({ name: "record-responses", version: "1.0.0" });
await client.connect(transportOf(command));
try {
  mkdirSync(folder, { recursive: true });
  const { tools } = await client.listTools();
  save(
    "tool-names.json",
    tools.map((tool) => tool.name),
  );
  // A second recording continues the numbers of the first.
  let number = Math.max(0, ...readdirSync(folder).map((file) => Number.parseInt(file, 10) || 0));
  for (const call of calls) {
    const [, tool = "", json = "{}"] = /^(\S+)\s*(.+)?$/s.exec(call) ?? [];
    const request = { name: tool, arguments: JSON.parse(json) as Record<string, unknown> };
    const start = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- each response may depend on the call before it
    const result = await client.callTool(request);
    number += 1;
    const ms = Math.round(performance.now() - start);
    save(`${String(number).padStart(2, "0")}-${tool}.json`, { request, ms, result });
  }
} finally {
  await client.close();
}
