// The calls that are measured, over REST and through the task tools, as their clients make them.

import { Agent, request as send } from "undici";
import { quantile } from "../bench/measure.ts";
import { project } from "./fill.ts";
import { processorMs } from "./processor.ts";
import type { Served } from "./served.ts";

export interface Figures {
  name: string;
  /** Milliseconds of a call, one after the other. */
  medianMs: number;
  p95Ms: number;
  /** How many clients call at once. */
  clients: number;
  togetherP95Ms: number;
  /** The limit of `togetherP95Ms`; null: no limit. */
  limitMs: number | null;
  perSecond: number;
  /** Processor time of a call with many clients, in the server and in its database; null if unknown. */
  serverMs: number | null;
  databaseMs: number | null;
}

interface Request {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly body?: unknown;
}

interface Call {
  name: string;
  /** A new request for each index, if repeating one would change the result. */
  request: (index: number) => Request;
  limitMs?: number | null;
}

const defaultLimitMs = 25;

const get = (path: string): Request => ({ method: "GET", path });
const post = (path: string, body: unknown): Request => ({ method: "POST", path, body });

/** A call of a task tool over Streamable HTTP. */
const tool = (name: string, args: object): Request =>
  post("/mcp", {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name, arguments: { project_id: project, ...args } },
  });

const inProject = `project=${project}`;
const batch = (index: number, size: number) => ({
  tasks: Array.from({ length: size }, (_, at) => ({
    project_id: project,
    title: `Added ${index} ${at}`,
    status: "blocked",
  })),
});

const anyTask = (index: number, count: number): string => `T-${(index * 7919) % count}`;
/** A pending task without dependencies, a different one for each index below a twentieth of the count. */
const freeTask = (index: number, count: number, place: number): string =>
  `T-${((index * 20) % count) + place}`;

/** `count`: the number of tasks. Calls that take a pending task take the next one each time. */
export const callsOn = (count: number): readonly Call[] => [
  { name: "HTTP alone (a ticket that is not there)", request: () => get("/api/v1/tickets/none") },
  { name: "next task", request: () => get(`/tasks/next?${inProject}&status=pending`) },
  { name: "next task, of any status", request: () => get(`/tasks/next?${inProject}`) },
  { name: "one task", request: (index) => get(`/tasks/${anyTask(index, count)}?${inProject}`) },
  {
    name: "list, first page of 100 pending",
    request: () => get(`/tasks?${inProject}&status=pending`),
  },
  {
    name: "list, a page in the middle",
    request: () => get(`/tasks?${inProject}&page=${Math.max(1, Math.floor(count / 200))}`),
    limitMs: null,
  },
  {
    name: "take a task",
    request: (index) => ({
      method: "PUT",
      path: `/tasks/${freeTask(index, count, 12)}/status`,
      body: { status: "in_progress", project_id: project },
    }),
  },
  { name: "add a task", request: (index) => post("/tasks/batch", batch(index, 1)) },
  { name: "next id", request: () => get(`/ids/next?type=US&${inProject}`) },
  {
    name: "reserve 10 ids",
    request: () => post("/ids/reserve", { type: "US", count: 10, project_id: project }),
  },
  {
    name: "an empty tool (a ticket that is not there)",
    request: () => tool("get_ticket", { ticket_id: "none", project_id: undefined }),
  },
  { name: "tool get_next_task", request: () => tool("get_next_task", {}) },
  {
    name: "tool list_tasks, 50 pending",
    request: () => tool("list_tasks", { status_filter: "pending", page_size: 50 }),
  },
  {
    name: "tool update_task_status, taking",
    request: (index) =>
      tool("update_task_status", { task_id: freeTask(index, count, 13), status: "in_progress" }),
  },
  {
    name: "tool add_task",
    request: (index) => tool("add_task", batch(index, 1)),
  },
  {
    name: "tool get_next_available_id",
    request: () => tool("get_next_available_id", { artifact_type: "US" }),
  },
  {
    name: "tool reserve_id_range, 10",
    request: () => tool("reserve_id_range", { artifact_type: "US", count: 10 }),
  },
  {
    name: "tool get_project_report",
    request: () => tool("get_project_report", {}),
    limitMs: 50,
  },
  {
    name: "tools, one in ten a write",
    request: (index) => {
      if (index % 20 === 0) return tool("add_task", batch(index, 1));
      if (index % 10 === 0)
        return tool("update_task_status", {
          task_id: freeTask(index, count, 14),
          status: "in_progress",
        });
      const reads = [
        tool("get_next_task", {}),
        tool("list_tasks", { status_filter: "pending", page_size: 50 }),
        tool("get_next_available_id", { artifact_type: "US" }),
      ];
      return reads[index % reads.length] ?? tool("get_next_task", {});
    },
  },
  // Last, because it nearly doubles the store.
  {
    name: "add 100 tasks",
    request: (index) => post("/tasks/batch", batch(index, 100)),
    limitMs: null,
  },
];

/** Expected refusals: a task that another round has taken, or a ticket that does not exist. */
const refusal = /Invalid status transition|not found/i;

async function timeOf(agent: Agent, { url, key }: Served, asked: Request): Promise<number> {
  const { method, path, body } = asked;
  const before = performance.now();
  const response = await send(url + path, {
    method,
    dispatcher: agent,
    headers: {
      authorization: `Bearer ${key}`,
      accept: path === "/mcp" ? "application/json, text/event-stream" : "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.body.text();
  const took = performance.now() - before;
  const isRefused = response.statusCode >= 400 || text.includes('"isError":true');
  if (isRefused && !refusal.test(text)) throw new Error(`${path}: ${text.slice(0, 300)}`);
  return took;
}

const warmUp = 10;
/** Warm-up rounds with all clients: PostgreSQL plans a prepared statement again in each of its first five runs. */
const together = 12;

/** Measures a call alone, then by `clients` at once. */
export async function measureCall(
  served: Served,
  call: Call,
  { rounds, clients }: { rounds: number; clients: number },
): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const agent = stack.adopt(new Agent({ connections: clients }), (used) => used.close());
  let index = 0;
  const one = () => timeOf(agent, served, call.request((index += 1)));
  for (let round = 0; round < warmUp; round += 1) await one();
  const alone: number[] = [];
  for (let round = 0; round < rounds; round += 1) alone.push(await one());
  // Warms up all connections, to the server and to the database, with their statements, plans and compiled triggers, as they
  // are minutes after the server's start.
  for (let round = 0; round < together; round += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one round after the other
    await Promise.all(Array.from({ length: clients }, one));
  }
  const times: number[] = [];
  const each = Math.ceil(rounds / clients);
  const databasePids = await served.databasePids();
  const spent = [processorMs([served.pid]), processorMs(databasePids)] as const;
  const before = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let round = 0; round < each; round += 1) times.push(await one());
    }),
  );
  const seconds = (performance.now() - before) / 1000;
  const since = (now: number | null, then: number | null): number | null =>
    now === null || then === null ? null : (now - then) / times.length;
  const serverMs = since(processorMs([served.pid]), spent[0]);
  const databaseMs = databasePids.length === 0 ? null : since(processorMs(databasePids), spent[1]);
  return {
    name: call.name,
    medianMs: quantile(alone, 0.5),
    p95Ms: quantile(alone, 0.95),
    limitMs: call.limitMs === undefined ? defaultLimitMs : call.limitMs,
    clients,
    togetherP95Ms: quantile(times, 0.95),
    perSecond: times.length / seconds,
    serverMs,
    databaseMs,
  };
}
