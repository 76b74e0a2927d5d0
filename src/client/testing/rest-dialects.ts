// Serves a test server's tasks in the REST dialects: task tracking, tickets, and tools that are called by path.

import type { ToolInput, ServedTask, ServedTasks, Tools } from "./served-tasks.ts";

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export interface RestRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: ToolInput;
}

export interface RestLimits {
  readonly canList: boolean;
  readonly cap: number;
}

const ok = (body: unknown): Reply => ({ status: 200, body });
const notFound: Reply = { status: 404, body: { error: "not found" } };

const numberIn = (url: URL, name: string): number => Number(url.searchParams.get(name));

function answerTickets(tasks: ServedTasks, { method, url, body }: RestRequest, id?: string): Reply {
  if (method === "POST") return ok({ success: true, ticket: tasks.put("", body) });
  if (id !== undefined) {
    const ticket = tasks.find(id);
    return ticket === undefined ? notFound : ok({ ticket });
  }
  const [page, size] = [numberIn(url, "page"), numberIn(url, "page_size")];
  const tickets = tasks.all.slice((page - 1) * size, page * size);
  return ok({ success: true, tickets, total: tasks.all.length });
}

function changeStatus(tasks: ServedTasks, { body }: RestRequest, id: string): Reply {
  const { status, completion_notes: notes } = body;
  const updated = tasks.change(id, {
    status: String(status),
    ...(notes === undefined ? {} : { completion_notes: String(notes) }),
  });
  return updated === undefined ? notFound : ok({ updated_task: updated });
}

function addBatch(tasks: ServedTasks, { body }: RestRequest): Reply {
  const added = (body["tasks"] as ToolInput[]).map((one) =>
    tasks.put(String(one["project_id"]), one),
  );
  return ok({ success: true, tasks_added: added.length, task_ids: added.map(({ id }) => id) });
}

function answerTasks(
  tasks: ServedTasks,
  { canList, cap }: RestLimits,
  request: RestRequest,
  [second, third]: readonly string[],
): Reply {
  const query = request.url.searchParams;
  const asked = (task: ServedTask): boolean =>
    task.project_id === query.get("project") && task.status === query.get("status");
  if (second === undefined) {
    const found = tasks.all.filter(asked);
    return canList ? ok({ tasks: found.slice(0, cap), total: found.length }) : notFound;
  }
  if (second === "next") return ok({ task: tasks.all.find(asked) ?? null });
  if (second === "batch") return addBatch(tasks, request);
  if (third === "status") return changeStatus(tasks, request, second);
  const task = tasks.find(second);
  return task === undefined ? notFound : ok({ task });
}

export function answerRest(
  tasks: ServedTasks,
  tools: Tools,
  limits: RestLimits,
  request: RestRequest,
): Reply {
  const path = request.url.pathname.split("/").slice(1).map(decodeURIComponent);
  const [first, second, third, fourth] = path;
  if (first === "mcp" && second !== undefined) {
    const tool = tools[second];
    return tool === undefined ? notFound : ok(tool(request.body));
  }
  if (first === "api" && third === "tickets") return answerTickets(tasks, request, fourth);
  return first === "tasks" ? answerTasks(tasks, limits, request, path.slice(1)) : notFound;
}
