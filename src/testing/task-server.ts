// A task server on loopback that speaks every dialect that the adapters know: task tracking, tickets and `manage_task`
// over REST, and MCP. It can be told to be wrong in every way of `misbehaving-server.ts`.

import type { IncomingMessage, ServerResponse } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import type { NodeIncomingMessageLike } from "@modelcontextprotocol/node";
import { McpServer, createMcpHandler } from "@modelcontextprotocol/server";
import * as z from "zod";
import type { NewTask } from "../core/task.ts";
import { startMisbehavingServer } from "./misbehaving-server.ts";
import type { MisbehavingServer } from "./misbehaving-server.ts";

export interface ServedTask {
  id: string;
  task_id: string;
  project_id: string;
  title: string;
  description: string;
  status: string;
  priority: string;
  /** As they were given: a list, or a text with commas. */
  assignees?: unknown;
  completion_notes?: string;
}

export interface TaskServer extends MisbehavingServer {
  readonly tasks: ServedTask[];
  /** False: `GET /tasks` is 404, as in the first version of task tracking. */
  canList: boolean;
  /** False: there is nothing at `/mcp`. */
  hasMcp: boolean;
  /** A bearer token or API key without which everything is 401. */
  key: string | null;
  /** Looks at each request first, in place of `key`: true to go on; else it has answered itself. */
  admit: ((request: IncomingMessage, response: ServerResponse) => Promise<boolean>) | null;
  /** At most so many tasks an answer; the total is told. */
  cap: number;
  add(project: string, tasks: readonly NewTask[]): Promise<void>;
}

/** A task to serve: what is left out the server makes up. */
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
  /** The tasks that it has from the start. Default: none. */
  tasks?: readonly MockTask[];
  /** As `key` of the server. Default: it asks for none. */
  key?: string;
}

type Args = Record<string, unknown>;
type Reply = { status: number; body: unknown };

const ok = (body: unknown): Reply => ({ status: 200, body });
const notFound: Reply = { status: 404, body: { error: "not found" } };

/** Starts one on a free port of 127.0.0.1. Dispose of it to stop it. */
export async function startTaskServer(options: TaskServerOptions = {}): Promise<TaskServer> {
  let lastId = 0;
  const tasks: ServedTask[] = [];
  const put = (project: string, told: Args): ServedTask => {
    const { id, title, description, status, priority, assignees } = told;
    lastId += 1;
    const own = typeof id === "string" ? id : `T-${lastId}`;
    const task = {
      id: own,
      task_id: own,
      project_id: project,
      title: String(title),
      description: String(description ?? title),
      status: String(status ?? "pending"),
      priority: String(priority ?? "medium"),
      ...(assignees === undefined ? {} : { assignees }),
    };
    tasks.push(task);
    return task;
  };
  const find = (id: unknown): ServedTask | undefined => tasks.find((task) => task.id === id);
  const page = (found: readonly ServedTask[]) => ({
    tasks: found.slice(0, self.cap),
    total: found.length,
  });

  const actions: Record<string, (args: Args) => unknown> = {
    list: () => ({ success: true, data: page(tasks) }),
    next: () => ({
      success: true,
      data: { task: tasks.find(({ status }) => status === "pending") ?? null },
    }),
    get: ({ task_id: id }) =>
      find(id) === undefined
        ? { success: false, error: { message: "Task not found", code: "NOT_FOUND" } }
        : { success: true, data: { task: find(id) } },
    search: ({ query }) => ({
      success: true,
      data: page(tasks.filter(({ title }) => title.includes(String(query)))),
    }),
    create: (args) => ({ success: true, data: { task: put("", args) } }),
    update: ({ task_id: id, status }) => ({
      success: true,
      data: { task: Object.assign(find(id) ?? {}, { status }) },
    }),
    complete: ({ task_id: id, completion_summary: notes }) => ({
      success: true,
      data: { task: Object.assign(find(id) ?? {}, { status: "done", completion_notes: notes }) },
    }),
  };
  const tools: Record<string, (args: Args) => unknown> = {
    manage_task: (args) => actions[String(args["action"])]?.(args) ?? { success: false },
    manage_connection: () => ({ success: true, status: "healthy" }),
    manage_git_branch: () => ({
      success: true,
      data: { branches: [{ id: "branch-7", name: "feature/login" }] },
    }),
    manage_context: () => ({ success: true, data: { context: { summary: "Shop: the API" } } }),
  };

  const rest = (method: string, url: URL, body: Args): Reply => {
    const query = url.searchParams;
    const [first, second, third, fourth] = url.pathname.split("/").slice(1).map(decodeURIComponent);
    if (first === "mcp" && second !== undefined) {
      const tool = tools[second];
      return tool === undefined ? notFound : ok(tool(body));
    }
    if (first === "api" && third === "tickets") {
      if (method === "POST") return ok({ success: true, ticket: put("", body) });
      if (fourth !== undefined) return find(fourth) ? ok({ ticket: find(fourth) }) : notFound;
      const [number, size] = [Number(query.get("page")), Number(query.get("page_size"))];
      const tickets = tasks.slice((number - 1) * size, number * size);
      return ok({ success: true, tickets, total: tasks.length });
    }
    const ofProject = tasks.filter(
      (task) => task.project_id === query.get("project") && task.status === query.get("status"),
    );
    if (first !== "tasks") return notFound;
    if (second === "next") return ok({ task: ofProject[0] ?? null });
    if (second === "batch") {
      const added = (body["tasks"] as Args[]).map((one) => put(String(one["project_id"]), one));
      return ok({ success: true, tasks_added: added.length, task_ids: added.map(({ id }) => id) });
    }
    if (third === "status") {
      const { status, completion_notes: notes } = body;
      const task = find(second);
      if (task === undefined) return notFound;
      return ok({ updated_task: Object.assign(task, { status, completion_notes: notes }) });
    }
    if (second === undefined) return self.canList ? ok(page(ofProject)) : notFound;
    return find(second) ? ok({ task: find(second) }) : notFound;
  };

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
    const reply = rest(request.method ?? "GET", url, body as Args);
    response.writeHead(reply.status, { "content-type": "application/json" });
    response.end(JSON.stringify(reply.body));
  };

  const server = await startMisbehavingServer(
    (request, response) => void handler(request, response),
  );
  const stopListening = server[Symbol.asyncDispose];
  const self: TaskServer = Object.assign(server, {
    tasks,
    canList: true,
    hasMcp: true,
    key: options.key ?? null,
    admit: null,
    cap: 1000,
    add: async (project: string, added: readonly NewTask[]) => {
      for (const task of added) put(project, { ...task });
    },
    [Symbol.asyncDispose]: async () => {
      await mcp.close();
      await stopListening();
    },
  });
  for (const { project = "", ...task } of options.tasks ?? []) put(project, task);
  return self;
}
