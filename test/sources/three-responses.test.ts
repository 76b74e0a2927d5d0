// Absence, emptiness and failure are three responses: what a server, a proxy or another service says with 404, with items
// that are not tasks, or with a failure of its own, never passes for "nothing is pending".

import { onTestFinished, describe, expect, test } from "vitest";
import { createServerAddress } from "../../src/client/server-options.ts";
import type { SourceType, TaskSource } from "../../src/core/ports.ts";
import { createRestAdapter } from "../../src/sources/open-server.ts";
import { openRestCaller } from "../../src/sources/rest-caller.ts";
import { startMisbehavingServer } from "../support/misbehaving-server.ts";
import { jsonAnswer, shop, signal, sourceWith, textAnswer } from "../support/recorded-responses.ts";

type QueryResult = { status?: number; type?: string; body: string };

const json = (value: unknown, status = 200): QueryResult => ({
  status,
  body: JSON.stringify(value),
});
const page: QueryResult = { status: 404, type: "text/html", body: "<h1>404 Not Found</h1>" };
const missing = json({ detail: "Not Found" }, 404);

/** A service with these responses by method and path, and one for whatever else is asked. */
async function service(
  type: SourceType,
  routes: Record<string, QueryResult>,
  otherwise: QueryResult = missing,
): Promise<TaskSource> {
  const server = await startMisbehavingServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const action = request.body ? (JSON.parse(request.body) as { action?: string }).action : null;
    const keys = [
      `${pathname} ${action ?? searchParams.get("page") ?? searchParams.get("status")}`,
      pathname,
    ];
    const {
      status = 200,
      type: kind = "application/json",
      body,
    } = keys.map((key) => routes[key]).find((found) => found !== undefined) ?? otherwise;
    response.writeHead(status, { "content-type": kind });
    response.end(body);
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const rest = openRestCaller(
    createServerAddress({ name: "server", url: server.origin, profile: "basic" }),
  );
  onTestFinished(() => rest[Symbol.asyncDispose]());
  return createRestAdapter(type, {
    name: "server",
    origin: server.origin,
    subject: "",
    settings: {},
    send: rest.send,
    projectNameOf: () => "shop-api",
    close: async () => undefined,
  });
}

describe("a 404 of task tracking", () => {
  test.each([
    ["a page", page],
    ["a gateway's JSON", json({ message: "no Route matched with those values" }, 404)],
    ["an empty body", { status: 404, body: "" }],
    ["text", { status: 404, type: "text/plain", body: "not found" }],
    ["a list", json([], 404)],
  ])("a service that answers every path with 404 and %s has failed", async (_, response) => {
    const source = await service("task-tracking", {}, response);
    const failure = { code: "source-failed", status: 404 };
    await expect(source.listOpen(shop, signal)).rejects.toMatchObject(failure);
    await expect(source.next?.(shop, signal)).rejects.toMatchObject(failure);
    await expect(source.get?.(shop, "T-1", signal)).rejects.toMatchObject(failure);
    await expect(source.check?.(shop, signal)).rejects.toMatchObject(failure);
  });

  const ids = { "/ids/next": json({ next_id: "TASK-001" }) };
  const none = json({ detail: "No pending task" }, 404);

  test("a 404 of the next task with the service's own body means that there is none", async () => {
    const source = await service("task-tracking", { ...ids, "/tasks/next": none });
    const empty = { tasks: [], isNextOnly: true };
    expect(await source.listOpen(shop, signal)).toMatchObject(empty);
    expect(await source.next?.(shop, signal)).toBeNull();
    await expect(source.check?.(shop, signal)).resolves.toBeUndefined();
  });

  test("a 404 page for the next task is a failure", async () => {
    const source = await service("task-tracking", { ...ids, "/tasks/next": page });
    await expect(source.listOpen(shop, signal)).rejects.toMatchObject({ status: 404 });
    await expect(source.next?.(shop, signal)).rejects.toMatchObject({ status: 404 });
  });

  test("a 404 for a later page is a failure, and the next task does not replace the list", async () => {
    const tasks = [{ task_id: "T-1", title: "Fix login" }];
    const source = await service("task-tracking", {
      "/tasks": none,
      "/tasks pending": json({ tasks, total: 2, page: 1 }),
      "/tasks/next": json({ task: tasks[0] }),
    });
    await expect(source.listOpen(shop, signal)).rejects.toMatchObject({ status: 404 });
  });
});

describe("a response without tasks", () => {
  test.each([
    ["task-tracking", { "/tasks/next": json({ status: "ok" }) }],
    ["task-tracking", { "/tasks": json({ status: "ok" }) }],
    ["task-tracking", { "/tasks/next": json({ task: { name: "Fix login" } }) }],
    ["tickets", { "/api/v1/tickets": json({ status: "ok" }) }],
    ["manage-task", { "/mcp/manage_task": json({ status: "ok" }) }],
  ] as const)("is a failure: %s %j", async (type, routes) => {
    const source = await service(type, routes);
    await expect(source.listOpen(shop, signal)).rejects.toMatchObject({
      code: "source-invalid-response",
    });
  });

  test("is a failure of the next task if it has no task", async () => {
    const source = await service("manage-task", { "/mcp/manage_task": json({ status: "ok" }) });
    const failure = { code: "source-invalid-response" };
    await expect(source.next?.(shop, signal)).rejects.toMatchObject(failure);
  });
});

describe("the request for one task", () => {
  const list = { "/mcp/manage_task list": json({ success: true, tasks: [] }) };
  test.each([
    ["its words", json({ success: false, error: { message: "Task T-1 not found" } })],
    ["its code", json({ success: false, error: { code: "NOT_FOUND" } })],
    ["a status", json({ error: "no such task" }, 404)],
  ])("gives null when a server reports by %s that the task does not exist", async (_, response) => {
    const source = await service("manage-task", { ...list, "/mcp/manage_task get": response });
    expect(await source.get?.(shop, "T-1", signal)).toBeNull();
  });

  test.each([
    ["its own failure", json({ success: false, error: "database is locked" })],
    ["an error without more", json({ error: "database is locked" })],
    ["a tool that it lacks", json({ success: false, error: "Tool manage_task not found" })],
    ["a status", json({ error: "oops" }, 500)],
  ])("fails when a server reports %s", async (_, response) => {
    const source = await service("manage-task", { ...list, "/mcp/manage_task get": response });
    await expect(source.get?.(shop, "T-1", signal)).rejects.toMatchObject({
      code: "source-failed",
    });
  });

  test("gives null after a 404 for a ticket only if the service has its list", async () => {
    const lost = await service("tickets", {});
    await expect(lost.get?.(shop, "K-1", signal)).rejects.toMatchObject({ status: 404 });
    const known = await service("tickets", { "/api/v1/tickets": json({ tickets: [] }) });
    expect(await known.get?.(shop, "K-1", signal)).toBeNull();
  });

  const mapping = {
    list: { tool: "list", tasks: "tasks" },
    get: { tool: "get", tasks: "$" },
  };
  test(`tells a tool's "no such task" from a failure`, async () => {
    const get = (response: object) =>
      sourceWith(mapping, () => jsonAnswer(response)).source.get?.(shop, "T-1", signal);
    expect(await get({ success: false, error: "No such task" })).toBeNull();
    const failure = { code: "source-failed" };
    await expect(get({ success: false, error: "disk full" })).rejects.toMatchObject(failure);
    await expect(get({ hello: 1 })).rejects.toMatchObject({ code: "source-invalid-response" });
  });
});

describe("a list of items that are not tasks", () => {
  const items = [{ ref: "T-1", headline: "Fix login" }, { ref: "T-2", title: "b" }, { id: "T-3" }];
  const message =
    'server returned 3 items, none a task: 1 without an id and a title, 1 without an id, 1 without a title. Fields of the first item: "ref, headline".';

  test.each([
    ["task-tracking", { "/tasks pending": json({ tasks: items }), "/tasks": json([]) }],
    ["tickets", { "/api/v1/tickets": json({ tickets: items }) }],
    ["manage-task", { "/mcp/manage_task": json({ success: true, tasks: items }) }],
  ] as const)("is a failure that says what they lack, for %s", async (type, routes) => {
    const source = await service(type, routes);
    await expect(source.listOpen(shop, signal)).rejects.toMatchObject({
      code: "source-invalid-response",
      message,
    });
  });

  test("is a failure that names the mapped fields if the mapping has a typo", async () => {
    const list = {
      tool: "list",
      tasks: "issues",
      task: '{"id": kee, "title": fields.sumary, "status": status}',
    };
    const response = { issues: [{ key: "A-1", fields: { summary: "a" }, status: "open" }] };
    const { source } = sourceWith({ list }, () => jsonAnswer(response));
    await expect(source.listOpen(shop, signal)).rejects.toMatchObject({
      code: "source-invalid-response",
      message:
        'server returned 1 item, not a task: 1 without an id and a title. Fields of the first item: "status".',
    });
  });

  test("is a failure, not an empty list, if the mapping's line does not match the prose", async () => {
    const list = { tool: "list", text: { line: "^- (?<headline>.+)$" } };
    const { source } = sourceWith({ list }, () => textAnswer("- Fix login\n- Add tests"));
    await expect(source.listOpen(shop, signal)).rejects.toThrow(
      /2 items, none a task: 2 without an id and a title\. Fields of the first item: "headline"\./,
    );
  });

  test.each([[[null, null]], [["T-1", "T-2"]]])(
    "is a failure if the items are %j",
    async (tasks) => {
      const list = { tool: "list", tasks: "tasks" };
      const { source } = sourceWith({ list }, () => jsonAnswer({ tasks }));
      await expect(source.listOpen(shop, signal)).rejects.toThrow(/2 items, none a task/);
    },
  );

  test("counts items without an id besides the tasks", async () => {
    const some = [{ id: "T-1", title: "Fix login" }, { title: "no id" }, null];
    const source = await service("tickets", { "/api/v1/tickets": json({ tickets: some }) });
    expect(await source.listOpen(shop, signal)).toMatchObject({
      tasks: [{ id: "T-1" }],
      unreadable: 2,
    });
    const { source: mapped } = sourceWith({ list: { tool: "list", tasks: "tasks" } }, () =>
      jsonAnswer({ tasks: some }),
    );
    expect(await mapped.listOpen(shop, signal)).toMatchObject({ unreadable: 2 });
  });

  test("skips items that a mapping maps to nothing", async () => {
    const list = { tool: "list", tasks: "tasks", task: "kind = 'task' ? $" };
    const tasks = [{ id: "N-1", title: "a note", kind: "note" }];
    const { source } = sourceWith({ list }, () => jsonAnswer({ tasks }));
    expect(await source.listOpen(shop, signal)).toMatchObject({ tasks: [], unreadable: 0 });
  });
});

test("a server without manage_connection counts as reachable when it lists its tasks", async () => {
  const list = { "/mcp/manage_task list": json({ success: true, tasks: [] }) };
  const source = await service("manage-task", list, page);
  await expect(source.check?.(shop, signal)).resolves.toBeUndefined();
  const other = await service("manage-task", {}, page);
  await expect(other.check?.(shop, signal)).rejects.toMatchObject({ status: 404 });
});
