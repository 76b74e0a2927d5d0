// A task server that speaks every dialect of the adapters and has every fault of `misbehaving-server.ts`.

import type { IncomingMessage, ServerResponse } from "node:http";
import { toNodeHandler, type NodeIncomingMessageLike } from "@modelcontextprotocol/node";
import { McpServer, createMcpHandler } from "@modelcontextprotocol/server";
import * as z from "zod";
import type { NewTask } from "../../core/task/task.ts";
import { startMisbehavingServer, type MisbehavingServer } from "./misbehaving-server.ts";
import { answerRest } from "./rest-dialects.ts";
import { createServedTasks, createTools, type ToolInput, type ServedTask } from "./served-tasks.ts";

export interface TaskServer extends MisbehavingServer {
  readonly tasks: ServedTask[];
  /** False: `GET /tasks` is 404, as in the first version of task tracking. */
  canList: boolean;
  /** False: `/mcp` is 404. */
  hasMcp: boolean;
  /** The bearer token or API key that every request needs, else 401. */
  key: string | null;
  /** Runs before the check of `key`. True admits the request; false means that `admit` has answered it. */
  admit: ((request: IncomingMessage, response: ServerResponse) => Promise<boolean>) | null;
  /** The maximum number of tasks in a response. The response also has the total. */
  cap: number;
  add(project: string, tasks: readonly NewTask[]): Promise<void>;
}

/** A task to serve. Missing fields get defaults. */
export interface MockTask {
  id?: string;
  project?: string;
  title: string;
  description?: string;
  status?: string;
  priority?: string;
  assignees?: string | readonly string[];
}

export interface TaskServerOptions {
  /** Default: none. */
  tasks?: readonly MockTask[];
  /** The same as `TaskServer.key`. Default: none. */
  key?: string;
}

/** Starts a server on a free port of 127.0.0.1. Dispose of the server to stop it. */
export async function startTaskServer(options: TaskServerOptions = {}): Promise<TaskServer> {
  const tasks = createServedTasks();
  const tools = createTools(tasks, () => self.cap);
  const mcp = createMcpHandler(() => {
    const server = new McpServer({ name: "task-server", version: "1.0.0" });
    for (const [name, act] of Object.entries(tools)) {
      server.registerTool(name, { inputSchema: z.looseObject({}) }, (args) => ({
        content: [{ type: "text", text: JSON.stringify(act(args)) }],
      }));
    }
    return server;
  });
  const mcpHandler = toNodeHandler(mcp);

  const handler = async (
    request: IncomingMessage & { body?: string },
    response: ServerResponse,
  ): Promise<void> => {
    if (self.admit !== null && !(await self.admit(request, response))) return;
    const { authorization, "x-api-key": apiKey } = request.headers;
    if (self.key !== null && authorization !== `Bearer ${self.key}` && apiKey !== self.key) {
      response.writeHead(401, { "content-type": "application/json" });
      return void response.end('{"error":"Unauthorized"}');
    }
    const body: unknown = request.body ? JSON.parse(request.body) : {};
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname === "/mcp" && self.hasMcp) {
      return void mcpHandler(request as NodeIncomingMessageLike, response, body);
    }
    const asked = { method: request.method ?? "GET", url, body: body as ToolInput };
    const reply = answerRest(tasks, tools, self, asked);
    response.writeHead(reply.status, { "content-type": "application/json" });
    response.end(JSON.stringify(reply.body));
  };

  const server = await startMisbehavingServer(
    (request, response) => void handler(request, response),
  );
  const stopListening = server[Symbol.asyncDispose];
  const self: TaskServer = Object.assign(server, {
    tasks: tasks.all,
    canList: true,
    hasMcp: true,
    key: options.key ?? null,
    admit: null,
    cap: 1000,
    add: async (project: string, added: readonly NewTask[]) => {
      for (const task of added) tasks.put(project, { ...task });
    },
    [Symbol.asyncDispose]: async () => {
      await mcp.close();
      await stopListening();
    },
  });
  for (const { project = "", ...task } of options.tasks ?? []) tasks.put(project, task);
  return self;
}
