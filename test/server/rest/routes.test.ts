// The REST service over real HTTP and a real store.

import { describe, expect, test } from "vitest";
import { SitrepError } from "../../../src/core/errors.ts";
import { SourceError } from "../../../src/core/source-error.ts";
import { ServiceError } from "../../../src/server/backends/service-error.ts";
import { operationList } from "../../../src/server/operations/operations.ts";
import { aPrincipal } from "../../support/principals.ts";
import { startRestService, temporaryBackend } from "../../support/rest-service.ts";
import type { RestService } from "../../support/rest-service.ts";

const restOperations = operationList.map(([id, one]) => ({ id, ...one }));

const project = "ai-agent-mcp-server";

const addTasks = (service: RestService, ...tasks: object[]) =>
  service.ask("POST", "/tasks/batch", {
    body: { tasks: tasks.map((task) => ({ project_id: project, title: "Add login", ...task })) },
  });

const problem = (status: number, code: string) => ({
  status,
  body: { status, code, type: `urn:sitrep:problem:${code}`, title: expect.any(String) },
});

describe("the task routes", () => {
  test("return the next task with its description, inputs and outputs, or null", async () => {
    const service = await startRestService();
    const path = `/tasks/next?project=${project}&status=pending`;
    expect(await service.ask("GET", path)).toMatchObject({ status: 200, body: { task: null } });
    await addTasks(service, {
      task_id: "TASK-051",
      description: "Generate HLS-006",
      inputs: ["prd.md"],
      outputs: ["hls.md"],
    });
    const { body, headers } = await service.ask("GET", path);
    expect(body).toMatchObject({
      task: {
        task_id: "TASK-051",
        description: "Generate HLS-006",
        inputs: ["prd.md"],
        outputs: ["hls.md"],
      },
    });
    expect(headers.get("content-type")).toMatch(/^application\/json/);
  });

  test("add a batch all or none, and return its ids", async () => {
    const service = await startRestService();
    expect(await addTasks(service, { task_id: "TASK-046" }, { task_id: "TASK-047" })).toMatchObject(
      {
        status: 201,
        body: { success: true, tasks_added: 2, task_ids: ["TASK-046", "TASK-047"] },
      },
    );
    const again = await addTasks(service, { task_id: "TASK-048" }, { task_id: "TASK-047" });
    expect(again).toMatchObject(problem(422, "task-invalid"));
    const { body } = await service.ask("GET", `/tasks?project=${project}`);
    expect(body).toMatchObject({ total: 2, page: 1, page_size: 100 });
  });

  test("return the time and notes of a completed task", async () => {
    const service = await startRestService();
    await addTasks(service, { task_id: "TASK-051", status: "in_progress" });
    const done = await service.ask("PUT", "/tasks/TASK-051/status", {
      body: { status: "completed", completion_notes: "Done" },
    });
    expect(done).toMatchObject({
      status: 200,
      body: { updated_task: { status: "completed", completion_notes: "Done" } },
    });
    const { body } = await service.ask("GET", "/tasks/TASK-051");
    expect(body).toMatchObject({ task: { completed_at: expect.stringMatching(/Z$/) } });
  });

  test("give transition-invalid to the second caller that starts a task", async () => {
    const service = await startRestService();
    await addTasks(service, { task_id: "T" });
    const take = () => service.ask("PUT", "/tasks/T/status", { body: { status: "in_progress" } });
    expect(await take()).toMatchObject({ status: 200 });
    const second = await take();
    expect(second).toMatchObject({
      status: 400,
      body: {
        title: "Invalid status transition",
        code: "transition-invalid",
        detail: expect.stringContaining("is in_progress already"),
        hint: expect.stringContaining("next task"),
      },
    });
    expect(second.headers.get("content-type")).toBe("application/problem+json");
  });

  test("return 404 for an unknown task, and need a project if several have the id", async () => {
    const service = await startRestService();
    const change = { body: { status: "completed" } };
    const missing = await service.ask("PUT", "/tasks/TASK-999/status", change);
    expect(missing).toMatchObject({
      status: 404,
      body: { code: "task-not-found", detail: "Task not found: TASK-999" },
    });
    await addTasks(service, { task_id: "T" }, { task_id: "T", project_id: "blog" });
    const ambiguous = problem(409, "task-ambiguous");
    expect(await service.ask("GET", "/tasks/T")).toMatchObject(ambiguous);
    expect(await service.ask("PUT", "/tasks/T/status", change)).toMatchObject(ambiguous);
    expect(await service.ask("PUT", "/tasks/T/status?project=blog", change)).toMatchObject({
      body: { updated_task: { project_id: "blog" } },
    });
    const body = { status: "completed", project_id: project };
    expect(await service.ask("PUT", "/tasks/T/status", { body })).toMatchObject({ status: 200 });
  });

  test("decode an id in the path", async () => {
    const service = await startRestService();
    for (const id of ["A/B", "100%", "ä?b#c", "..%2F"]) {
      await addTasks(service, { task_id: id });
      const { body } = await service.ask(
        "GET",
        `/tasks/${encodeURIComponent(id)}?project=${project}`,
      );
      expect(body).toMatchObject({ task: { task_id: id } });
    }
  });
});

describe("the routes for ids", () => {
  test("give the id after the last one", async () => {
    const service = await startRestService();
    const reserve = (count: number) =>
      service.ask("POST", "/ids/reserve", { body: { type: "US", count, project_id: project } });
    await reserve(27);
    const path = `/ids/next?type=US&project=${project}`;
    expect((await service.ask("GET", path)).body).toEqual({ next_id: "US-028" });
    expect(await reserve(6)).toMatchObject({
      status: 201,
      body: {
        reservation_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        reserved_ids: ["US-028", "US-029", "US-030", "US-031", "US-032", "US-033"],
        expires_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
  });

  test.each([0, 101, "5", null, 1.5])("refuse a reservation of %j ids", async (count) => {
    const service = await startRestService();
    const body = { type: "US", count, project_id: project };
    const response = await service.ask("POST", "/ids/reserve", { body });
    expect(response).toMatchObject(problem(422, "request-invalid"));
    expect(response.body).toMatchObject({ detail: expect.stringContaining("body.count") });
  });
});

describe("the ticket routes", () => {
  const path = "/api/v1/tickets";

  test("create tickets, list pages, search by words and read by id", async () => {
    const service = await startRestService();
    for (let index = 1; index <= 12; index += 1) {
      const body = { title: `Ticket ${index}`, description: "FastMCP", category: "bug" };
      await service.ask("POST", path, { body });
    }
    const list = await service.ask("GET", `${path}?page=2&page_size=5&status=&category=bug`);
    expect(list.body).toMatchObject({ total: 12, page: 2, page_size: 5 });
    expect((await service.ask("GET", path)).body).toMatchObject({ page_size: 10 });
    const found = await service.ask("GET", `${path}/search?q=fastmcp%20ticket&limit=3`);
    expect(found.body).toMatchObject({ tickets: [{ title: "Ticket 12" }, {}, {}], total: 3 });
    const one = await service.ask("GET", `${path}/TICKET-001`);
    expect(one.body).toMatchObject({ ticket: { title: "Ticket 1", created_by: "ana" } });
    expect(await service.ask("GET", `${path}/none`)).toMatchObject(
      problem(404, "ticket-not-found"),
    );
  });

  test("take the title of an assistant's ticket from its description", async () => {
    const service = await startRestService();
    const create = (body: object) => service.ask("POST", `${path}/ai-create`, { body });
    expect(await create({ description: "Login fails\nsince Monday" })).toMatchObject({
      status: 201,
      body: { success: true, ticket: { title: "Login fails", category: "general" } },
    });
    expect(await create({ title: " ", description: "\n" })).toMatchObject(
      problem(422, "request-invalid"),
    );
  });
});

describe("the permissions of the REST routes", () => {
  const requests = restOperations.map((one) => ({
    name: `${one.method.toUpperCase()} ${one.path}`,
    ...one,
  }));

  test.each(requests)("are required by $name, with a signed-in principal", async (one) => {
    const service = await startRestService();
    const permissions = restOperations
      .map(({ permission }) => permission)
      .filter((permission) => permission !== one.permission);
    service.principals.set("other", aPrincipal({ permissions: [...permissions, "admin"] }));
    const ask = (token: string | null) =>
      service.ask(one.method.toUpperCase(), one.path.replace("{id}", "T"), {
        token,
        ...(one.body === null ? {} : { body: {} }),
      });
    expect(await ask("other")).toMatchObject({
      ...problem(403, "permission-denied"),
      body: { detail: `This requires the ${one.permission} permission.` },
    });
    const unknown = await ask(null);
    expect(unknown).toMatchObject({ status: 401, body: { title: "Unauthorized" } });
    expect(unknown.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect([200, 201, 404, 422]).toContain((await ask("ana")).status);
  });

  test("A34: another organization's rows appear on no route", async () => {
    const service = await startRestService();
    service.principals.set("eve", aPrincipal({ organization: "evil", user: "eve" }));
    await addTasks(service, { task_id: "T" });
    const ticket = { title: "Theirs", description: "secret" };
    await service.ask("POST", "/api/v1/tickets", { body: ticket });
    const reservation = { type: "US", count: 9, project_id: project };
    await service.ask("POST", "/ids/reserve", { body: reservation });
    const eve = (method: string, path: string, body?: unknown) =>
      service.ask(method, path, { token: "eve", ...(body === undefined ? {} : { body }) });
    const responses: Record<string, unknown> = {};
    for (const one of restOperations) {
      const path = one.path.replace("{id}", one.path.includes("tickets") ? "TICKET-001" : "T");
      const query = `project=${project}&type=US&q=theirs`;
      const bodies: Record<string, unknown> = {
        updateTaskStatus: { status: "completed" },
        addTasks: { tasks: [{ task_id: "T", project_id: project, title: "Ours" }] },
        reserveIds: reservation,
        createTicket: { title: "Ours" },
        createTicketByAssistant: { title: "Ours" },
      };
      if (one.method === "post") continue;
      const { status, body } = await eve(
        one.method.toUpperCase(),
        `${path}?${query}`,
        bodies[one.id],
      );
      responses[one.id] = status === 200 ? body : status;
    }
    expect(responses).toEqual({
      getNextTask: { task: null },
      listTasks: { tasks: [], total: 0, page: 1, page_size: 100 },
      getTask: 404,
      updateTaskStatus: 404,
      getNextId: { next_id: "US-001" },
      listTickets: { tickets: [], total: 0, page: 1, page_size: 10 },
      searchTickets: { tickets: [], total: 0 },
      getTicket: 404,
    });
    // It may use the same ids.
    const added = await eve("POST", "/tasks/batch", {
      tasks: [{ task_id: "T", project_id: project, title: "Ours" }],
    });
    expect(added).toMatchObject({ status: 201 });
    expect((await eve("POST", "/ids/reserve", reservation)).body).toMatchObject({
      reserved_ids: ["US-001", ...Array.from({ length: 8 }, (_, at) => `US-00${at + 2}`)],
    });
    expect((await eve("POST", "/api/v1/tickets", { title: "Ours" })).body).toMatchObject({
      ticket: { id: "TICKET-001" },
    });
    expect((await service.ask("GET", "/tasks/T")).body).toMatchObject({
      task: { title: "Add login", status: "pending" },
    });
  });
});

describe("the REST service refuses", () => {
  test.each([
    ["no project", "/tasks/next", "query.project"],
    ["an empty project", "/tasks?project=", "query.project"],
    ["an unknown status", "/tasks?project=p&status=done", "query.status"],
    ["page 0", "/tasks?project=p&page=0", "query.page"],
    ["a page of a thousand and one", "/tasks?project=p&page_size=1001", "query.page_size"],
    ["tickets by the hundred and one", "/api/v1/tickets?page_size=101", "query.page_size"],
    ["a page that is not a number", "/api/v1/tickets?page=x", "query.page"],
    ["a search for nothing", "/api/v1/tickets/search?q=%20", "query.q"],
  ])("%s", async (_what, path, place) => {
    const service = await startRestService();
    const response = await service.ask("GET", path);
    expect(response).toMatchObject(problem(422, "request-invalid"));
    expect(response.body).toMatchObject({ detail: expect.stringContaining(place) });
  });

  test.each([
    ["what is not JSON", "{"],
    ["an empty body", ""],
    ["a list", "[]"],
    ["a batch of nothing", '{"tasks":[]}'],
    ["a task without a project", '{"tasks":[{"title":"x"}]}'],
    ["a task without title and description", '{"tasks":[{"project_id":"p"}]}'],
    [
      "a batch of more than a thousand",
      JSON.stringify({ tasks: Array.from({ length: 1001 }, () => ({})) }),
    ],
  ])("%s as a batch", async (_what, body) => {
    const service = await startRestService();
    const headers = { "content-type": "application/json" };
    const response = await service.ask("POST", "/tasks/batch", { body, headers });
    expect(response.status).toBe(422);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])(
    "a body of the type %s, which a web page may send",
    async (type) => {
      const service = await startRestService();
      const options = { body: '{"tasks":[]}', headers: { "content-type": type } };
      const response = await service.ask("POST", "/tasks/batch", options);
      expect(response).toMatchObject(problem(415, "media-type"));
    },
  );

  test("a body that is too large, with or without its length", async () => {
    const service = await startRestService({ largestBodyBytes: 2000 });
    const large = { tasks: [{ project_id: project, title: "x", description: "y".repeat(3000) }] };
    const delivered = await service.ask("POST", "/tasks/batch", { body: large });
    expect(delivered).toMatchObject(problem(413, "request-too-large"));
    const stream = new Blob([JSON.stringify(large)]).stream();
    const untold = await fetch(`${service.url}/tasks/batch`, {
      method: "POST",
      body: stream,
      duplex: "half",
      headers: { authorization: "Bearer ana", "content-type": "application/json" },
    });
    expect(untold.status).toBe(413);
    expect((await service.ask("GET", `/tasks?project=${project}`)).body).toMatchObject({
      total: 0,
    });
  });

  test("a method that a path does not have, and names the allowed ones", async () => {
    const service = await startRestService();
    const response = await service.ask("DELETE", "/api/v1/tickets");
    expect(response).toMatchObject(problem(405, "method-not-allowed"));
    expect(response.headers.get("allow")).toBe("GET, POST");
  });
});

describe("a failure of the backend", () => {
  test.each([
    [new SitrepError("store-busy", "/home/ana/tasks.db is locked"), 503, "store-busy"],
    [new SitrepError("store-unreachable", "10.0.0.7 does not answer"), 503, "store-unreachable"],
    [new SitrepError("store-unreadable", "/home/ana/tasks.db"), 500, "store-unreadable"],
    [new SourceError("source-unreachable", "10.0.0.7"), 502, "source-unreachable"],
    [new SourceError("source-timeout", "10.0.0.7"), 504, "source-timeout"],
    [new ServiceError("source-unreachable", "10.0.0.7"), 502, "source-unreachable"],
    [new ServiceError("source-refused", "10.0.0.7", { status: 401 }), 502, "source-refused"],
    [new ServiceError("source-timeout", "10.0.0.7"), 504, "source-timeout"],
    [new ServiceError("source-cooldown", "10.0.0.7"), 503, "source-cooldown"],
    [new TypeError("secret at /home/ana"), 500, "unexpected"],
  ])("is reported as a problem without internal details: %s", async (error, status, code) => {
    const backend = await temporaryBackend();
    const getNextTask = async (): Promise<never> => {
      throw error;
    };
    const failing = { ...backend, getNextTask };
    const service = await startRestService({ backend: failing });
    const response = await service.ask("GET", `/tasks/next?project=${project}`);
    expect(response).toMatchObject(problem(status, code));
    expect(JSON.stringify(response.body)).not.toMatch(/home|10\.0\.0\.7/);
    expect(response.headers.get("retry-after")).toBe(status === 503 ? "1" : null);
    expect(service.failures).toEqual([error]);
  });
});
