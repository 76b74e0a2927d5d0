// The sources of the measured monitor: REST and MCP over HTTP from one server here, and programs that speak MCP over stdio.

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { responseOf, servedTasks } from "./responses.ts";

const mapping = { list: { tool: "list_tasks", tasks: "$.tasks" } };

function send(response: ServerResponse, value: object | null): void {
  response.writeHead(value === null ? 202 : 200, { "content-type": "application/json" });
  response.end(value === null ? "" : JSON.stringify(value));
}

export interface Served extends AsyncDisposable {
  /** Requests for a list of tasks so far. */
  lists(): number;
  /** Configured sources, `perProject` for each project: a third of each kind. */
  sourcesOf(projects: readonly string[], perProject: number): object[];
}

/** `startsFile`: each started program adds a line to it. */
export async function serveSources(startsFile: string): Promise<Served> {
  let lists = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      if (request.url?.startsWith("/mcp") === true) {
        if (request.method !== "POST") return void response.writeHead(405).end();
        const asked = JSON.parse(body);
        if (asked.method === "tools/call") lists += 1;
        return send(response, responseOf(asked));
      }
      const status = new URL(request.url ?? "", "http://here").searchParams.get("status");
      if (status === "pending") lists += 1;
      const tasks = servedTasks.filter((task) => task.status === status);
      send(response, { tasks, total: tasks.length });
    });
  });
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const ways = [
    { type: "task-tracking", url: origin },
    { type: "mcp", url: `${origin}/mcp`, mapping },
    {
      type: "mcp",
      command: process.execPath,
      args: [join(import.meta.dirname, "tiny-server.ts"), startsFile],
      mapping,
    },
  ];
  return {
    lists: () => lists,
    sourcesOf: (projects, perProject) =>
      projects.flatMap((project, at) =>
        Array.from({ length: perProject }, (_, place) => ({
          name: `source-${at}-${place}`,
          projects: [project],
          ...ways[(at * perProject + place) % ways.length],
        })),
      ),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
