// Responses of real servers, changed at random, through every adapter over a real connection. `SITREP_MUTATIONS=10000` makes
// as many as issue 14 asks for; `SITREP_MUTATION_SEED` another choice.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished, expect, test } from "vitest";
import { createServerAddress, type TaskServiceOptions } from "../../src/client/server-options.ts";
import { SitrepError } from "../../src/core/errors.ts";
import { maxTasks } from "../../src/core/mapping/mapping.ts";
import type { Task } from "../../src/core/task/task.ts";
import { openServer } from "../../src/sources/open-server.ts";
import { ordinaryAnswer } from "../support/mcp/floods.ts";
import { createRandom, mutate } from "../support/mutations.ts";
import { temporaryFolder } from "../support/temporary.ts";

const count = Number(process.env["SITREP_MUTATIONS"] ?? 500);
const seed = Number(process.env["SITREP_MUTATION_SEED"] ?? 14);

interface Result {
  content: { type: string; text?: string }[];
  structuredContent?: unknown;
}

const fixtures = join(import.meta.dirname, "../fixtures/answers");
const recorded = (file: string): Result =>
  (JSON.parse(readFileSync(join(fixtures, `${file}.json`), "utf8")) as { result: Result }).result;

const task = {
  id: "T-1",
  task_id: "T-1",
  title: "Add OIDC login",
  description: "Sign in with the company's account.",
  status: "in_progress",
  priority: "high",
  assignees: ["ana"],
  labels: ["auth"],
  depends_on: ["T-2"],
  due_date: "2026-11-24",
  created_at: "2026-11-01T08:00:00Z",
};
const rest = JSON.stringify({
  success: true,
  tasks: [task, { ...task, id: "T-2", task_id: "T-2", status: "pending" }],
  tickets: [task],
  total: 2,
  page: 1,
});
const asText: Result = { content: [{ type: "text", text: rest }] };

const everything = { list: { tool: "list", tasks: "tasks", total: "total", cursor: "cursor" } };
const graph = {
  list: { tool: "read_graph", tasks: "entities", task: '{"id": name, "title": name}' },
};

const cases: (TaskServiceOptions & { response: string | Result })[] = [
  { type: "task-tracking", response: rest },
  { type: "tickets", response: rest },
  { type: "manage-task", response: rest },
  { type: "manage-task", transport: "http", response: asText },
  { type: "mcp", mapping: everything, response: asText },
  { type: "mcp", mapping: graph, response: recorded("server-memory/02-read_graph") },
  { type: "mcp", preset: "backlog.md", response: recorded("backlog.md/05-task_list") },
  { type: "mcp", preset: "taskmaster", response: recorded("task-master-ai/05-get_tasks") },
];

/** Of a tool's result mostly the text inside: it is there that tasks are. */
function mutated(response: string | Result, random: () => number): Buffer {
  if (typeof response === "string") return mutate(response, random);
  const [first = { type: "text", text: "" }] = response.content;
  if (random() < 0.2) return mutate(JSON.stringify(response), random);
  const text = mutate(first.text ?? "", random).toString("utf8");
  const structured = response.structuredContent;
  const own = structured === undefined ? {} : { structuredContent: "?" };
  const whole = JSON.stringify({ content: [{ ...first, text }], ...own });
  const changed = mutate(JSON.stringify(structured ?? null), random).toString("utf8");
  return Buffer.from(whole.replace('"?"', () => changed));
}

const unchanged = (response: string | Result): Buffer =>
  Buffer.from(typeof response === "string" ? response : JSON.stringify(response));

/** A server that gives `response` to every question for tasks, over REST or as the result of a call. */
async function serve() {
  const given: { response: Buffer } = { response: Buffer.alloc(0) };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      if (!request.url?.startsWith("/rpc")) return response.end(given.response);
      if (request.method !== "POST") return response.writeHead(405).end();
      const asked = JSON.parse(body) as { id?: number; method?: string };
      const ordinary = ordinaryAnswer(asked);
      if (ordinary !== null) return response.end(ordinary);
      if (asked.method !== "tools/call") return response.writeHead(202).end();
      response.write(`{"jsonrpc":"2.0","id":${asked.id},"result":`);
      response.write(given.response);
      return response.end("}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  return { given, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function requireBounded(tasks: readonly Task[]): void {
  expect(tasks.length).toBeLessThanOrEqual(maxTasks);
  for (const one of tasks) {
    expect(one.id.length).toBeLessThanOrEqual(200);
    expect(one.assignees.length).toBeLessThanOrEqual(100);
    const texts = Object.values(one).filter((value) => typeof value === "string");
    expect(texts.filter(({ length }) => length > 8192)).toEqual([]);
  }
}

test(`A30, B25, F40: ${count} mutated answers run nothing, throw nothing untyped and stay within bounds`, async () => {
  const { given, origin } = await serve();
  const folder = temporaryFolder();
  const scope = { path: folder, name: "shop-api" };
  const random = createRandom(seed);
  const codes = new Map<string, number>();
  const own = Object.getOwnPropertyNames(Object.prototype).length;
  for (const [at, { response, ...options }] of cases.entries()) {
    const isRpc = options.type === "mcp" || options.transport !== undefined;
    const url = isRpc ? `${origin}/rpc` : origin;
    const common = { profile: "basic", requestTimeoutMs: 2000, name: "server" } as const;
    await using opened = openServer(createServerAddress({ ...common, ...options, url }), scope);
    const list = () => opened.source.listOpen(scope, AbortSignal.timeout(20_000));
    given.response = unchanged(response);
    expect((await list()).tasks).not.toEqual([]);
    const share =
      Math.ceil((count * (at + 1)) / cases.length) - Math.ceil((count * at) / cases.length);
    for (let turn = 0; turn < share; turn += 1) {
      given.response = mutated(response, random);
      let code = "tasks";
      try {
        const { tasks } = await list();
        requireBounded(tasks);
      } catch (error) {
        if (!(error instanceof SitrepError)) {
          throw new Error(`case ${at}, turn ${turn}`, { cause: error });
        }
        code = error.code;
      }
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  }
  process.stdout.write(`${count} mutated answers: ${JSON.stringify(Object.fromEntries(codes))}\n`);
  expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(own);
  expect({}).not.toHaveProperty("polluted");
  expect(existsSync(join(folder, "ran")) || existsSync("ran")).toBe(false);
  expect(codes.get("tasks")).toBeGreaterThan(count / 20);
  expect(codes.get("source-invalid-response")).toBeGreaterThan(count / 20);
}, 1_200_000);
