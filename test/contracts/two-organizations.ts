// Two organizations with the same ids in one store: no route, tool, resource or prompt shows or changes the other's rows.

import { beforeEach, describe, expect, test } from "vitest";
import { createStoreBackend, dayMs } from "../../src/server/backends/store-backend.ts";
import { plainProjectNames } from "../../src/server/backends/project-names.ts";
import { operationList } from "../../src/server/operations/operations.ts";
import { listTools } from "../../src/server/tools/tool-server.ts";
import { createApiKeys } from "../../src/store/api-keys.ts";
import { openStore } from "../../src/store/database/database.ts";
import type { StoreAddress } from "../../src/store/database/database.ts";
import { askedBy } from "../support/principals.ts";
import { bearer, postRpc, rpcAnswer } from "../support/rpc.ts";
import { addKey, startServing } from "../support/serving.ts";
import type { ServingSources } from "../support/serving.ts";
import { shortCalls } from "../support/short-calls.ts";
import type { ShortCalls } from "../support/short-calls.ts";

const restOperations = operationList.map(([id, one]) => ({ id, ...one }));

type Args = Record<string, unknown>;

const project = "shop-api";
/** Stands in everything that the other organization wrote. */
const secret = "zebra-of-the-others";
const onlyTheirs = "TASK-900";

interface Stage {
  serving: ServingSources;
  backend: ShortCalls;
  key: string;
}

async function fill(backend: ShortCalls, organization: string, word: string): Promise<void> {
  const asked = askedBy(organization);
  const task = (id: string): Parameters<ShortCalls["addTasks"]>[0][number] => ({
    task_id: id,
    project_id: project,
    title: `${word} task`,
    description: word,
    assignees: [word],
    labels: [word],
  });
  await backend.addTasks([task("TASK-001"), task("TASK-002")], asked);
  const ticket = { description: word, category: word, priority: "high" } as const;
  await backend.createTicket({ ...ticket, title: `${word} common` }, asked);
}

/** All that there is of the other organization, as it sees it. */
async function theirsOf(backend: ShortCalls): Promise<unknown> {
  const asked = askedBy("others");
  const page = { page: 1, pageSize: 100 };
  return {
    tasks: await backend.listTasks({ project, ...page }, asked),
    tickets: await backend.listTickets(page, asked),
    nextTask: await backend.nextId({ type: "TASK", project }, asked),
    nextStory: await backend.nextId({ type: "US", project }, asked),
  };
}

const tasks = [{ project_id: project, title: "ours" }];

/** By the name of each operation: what comes after the method. */
const routes: Record<string, { path: string; body?: Args; status?: number }[]> = {
  getNextTask: [{ path: `/tasks/next?project=${project}` }],
  listTasks: [{ path: `/tasks?project=${project}` }],
  getTask: [
    { path: "/tasks/TASK-001" },
    { path: `/tasks/TASK-001?project=${project}` },
    { path: `/tasks/${onlyTheirs}`, status: 404 },
    { path: `/tasks/${onlyTheirs}?project=${project}`, status: 404 },
  ],
  updateTaskStatus: [
    { path: "/tasks/TASK-001/status", body: { status: "in_progress" } },
    { path: `/tasks/${onlyTheirs}/status`, body: { status: "in_progress" }, status: 404 },
  ],
  addTasks: [{ path: "/tasks/batch", body: { tasks }, status: 201 }],
  getNextId: [{ path: `/ids/next?type=TASK&project=${project}` }],
  reserveIds: [
    { path: "/ids/reserve", body: { type: "US", count: 5, project_id: project }, status: 201 },
  ],
  listTickets: [{ path: "/api/v1/tickets?page_size=100" }],
  searchTickets: [
    { path: "/api/v1/tickets/search?q=common" },
    { path: `/api/v1/tickets/search?q=zebra` },
  ],
  getTicket: [
    { path: "/api/v1/tickets/TICKET-001" },
    { path: "/api/v1/tickets/TICKET-002", status: 404 },
  ],
  createTicket: [{ path: "/api/v1/tickets", body: { title: "ours" }, status: 201 }],
  createTicketByAssistant: [
    { path: "/api/v1/tickets/ai-create", body: { description: "ours" }, status: 201 },
  ],
};

const here = { project_id: project };
/** By the name of each tool: the arguments, and whether it has to refuse them. */
const calls: Record<string, { args: Args; isRefused?: boolean }[]> = {
  get_next_task: [{ args: here }],
  list_tasks: [{ args: here }],
  update_task_status: [
    { args: { ...here, task_id: "TASK-001", status: "in_progress" } },
    { args: { task_id: "TASK-002", status: "in_progress" } },
    { args: { ...here, task_id: onlyTheirs, status: "in_progress" }, isRefused: true },
    { args: { task_id: onlyTheirs, status: "in_progress" }, isRefused: true },
  ],
  add_task: [{ args: { tasks } }, { args: { tasks: [{ ...tasks[0], task_id: onlyTheirs }] } }],
  get_next_available_id: [{ args: { ...here, artifact_type: "TASK" } }],
  reserve_id_range: [{ args: { ...here, artifact_type: "US", count: 5 } }],
  list_tickets: [{ args: { page_size: 100 } }],
  get_ticket: [
    { args: { ticket_id: "TICKET-001" } },
    { args: { ticket_id: "TICKET-002" }, isRefused: true },
  ],
  search_tickets: [{ args: { query: "common" } }, { args: { query: "zebra" } }],
  create_ticket: [{ args: { title: "ours" } }],
  get_project_report: [{ args: here }],
};

/** The same over a store on SQLite and on PostgreSQL. */
export function describeTwoOrganizations(openAt: () => Promise<StoreAddress>): void {
  let fixture: Stage;
  beforeEach(async () => {
    const store = await openStore(await openAt());
    const stored = createStoreBackend({
      store,
      projects: plainProjectNames,
      clock: () => new Date(),
      reservationMs: dayMs,
    });
    const backend = shortCalls(stored);
    const keys = createApiKeys(store);
    const key = await addKey(keys, { name: "ours", organization: "ours" });
    const settings = { toolCacheMs: { all: 60_000, byTool: new Map() } };
    const serving = await startServing({ parts: { backend: stored, keys }, settings });
    await fill(backend, "ours", "ours");
    await fill(backend, "others", secret);
    const asked = askedBy("others");
    const theirs = [onlyTheirs, "TASK-003"].map((id) => ({
      task_id: id,
      project_id: project,
      title: secret,
    }));
    await backend.addTasks(theirs, asked);
    const second = { title: secret, description: secret, category: "x", priority: "low" } as const;
    await backend.createTicket(second, asked);
    await backend.reserveIds({ type: "US", project, count: 20 }, asked);
    fixture = { serving, backend, key };
    return async () => {
      await serving.stop();
      await backend[Symbol.asyncDispose]();
    };
  });

  /** What the other organization would see is the same before and after, and its word is in no response. */
  async function unseen(ask: () => Promise<string>): Promise<void> {
    const before = await theirsOf(fixture.backend);
    const text = await ask();
    expect(text).not.toContain(secret);
    expect(await theirsOf(fixture.backend)).toEqual(before);
  }

  describe("by REST", () => {
    test("every one has a case here", () => {
      expect(Object.keys(routes).toSorted()).toEqual(restOperations.map(({ id }) => id).toSorted());
    });

    test.for(
      restOperations.flatMap(({ id, method }) =>
        (routes[id] ?? []).map((one) => ({ method: method.toUpperCase(), ...one })),
      ),
    )("$method $path", async ({ method, path, body, status = 200 }) => {
      await unseen(async () => {
        const headers = { "content-type": "application/json", ...bearer(fixture.key) };
        const init = body === undefined ? {} : { body: JSON.stringify(body) };
        const response = await fetch(`${fixture.serving.url}${path}`, { method, headers, ...init });
        expect(response.status).toBe(status);
        return response.text();
      });
    });
  });

  const ask = async (method: string, params: object): Promise<Record<string, unknown>> =>
    rpcAnswer(await postRpc(fixture.serving.url, method, { params, headers: bearer(fixture.key) }));

  describe("by MCP tools", () => {
    test("every one has a case here", () => {
      const names = listTools(null).map(({ name }) => name);
      expect(Object.keys(calls).toSorted()).toEqual(names.toSorted());
    });

    test.for(
      Object.entries(calls).flatMap(([name, cases]) => cases.map((one) => ({ name, ...one }))),
    )("$name $args", async ({ name, args, isRefused = false }) => {
      await unseen(async () => {
        const response = await ask("tools/call", { name, arguments: args });
        const text = JSON.stringify(response);
        expect(response).toHaveProperty("result");
        expect(text.includes('"isError":true')).toBe(isRefused);
        return text;
      });
    });
  });

  test("ids continue as if the other organization had none", async () => {
    const give = async (name: string, args: Args): Promise<unknown> =>
      (await ask("tools/call", { name, arguments: args }))["result"];
    const story = { ...here, artifact_type: "US" };
    expect(await give("get_next_available_id", { ...here, artifact_type: "TASK" })).toMatchObject({
      structuredContent: { next_id: "TASK-003" },
    });
    expect(await give("add_task", { tasks })).toMatchObject({
      structuredContent: { task_ids: ["TASK-003"] },
    });
    expect(await give("reserve_id_range", { ...story, count: 2 })).toMatchObject({
      structuredContent: { reserved_ids: ["US-001", "US-002"] },
    });
  });

  describe("by MCP resources and prompts", () => {
    const uri = (id: string): string => `sitrep://projects/${project}/tasks/${id}`;
    test.for<[string, object, boolean]>([
      ["resources/list", {}, true],
      ["resources/templates/list", {}, true],
      ["resources/read", { uri: "config://settings" }, true],
      ["resources/read", { uri: uri("TASK-001") }, true],
      ["resources/read", { uri: uri(onlyTheirs) }, false],
      ["prompts/list", {}, true],
      ["prompts/get", { name: "start_task", arguments: here }, true],
      ["prompts/get", { name: "start_task", arguments: { ...here, task_id: "TASK-002" } }, true],
      ["prompts/get", { name: "start_task", arguments: { ...here, task_id: onlyTheirs } }, false],
    ])("%s %o", async ([method, params, isFound]) => {
      await unseen(async () => {
        const response = await ask(method, params);
        expect(response).toHaveProperty(isFound ? "result" : "error");
        return JSON.stringify(response);
      });
    });

    test("no other resources and prompts exist", async () => {
      expect(await ask("resources/list", {})).toMatchObject({
        result: {
          resources: [
            { uri: "config://settings" },
            { uri: uri("TASK-001"), title: "ours task" },
            { uri: uri("TASK-002"), title: "ours task" },
          ],
        },
      });
      expect(await ask("resources/templates/list", {})).toMatchObject({
        result: { resourceTemplates: [{ name: "task" }] },
      });
      expect(await ask("prompts/list", {})).toMatchObject({
        result: { prompts: [{ name: "start_task" }] },
      });
    });
  });
}
