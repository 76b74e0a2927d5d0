// The tools as a client sees them, over a backend in memory.

import { describe, expect, test } from "vitest";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import type { Transport as TransportV1 } from "@modelcontextprotocol/sdk/shared/transport.js";
import { SitrepError } from "../../../src/core/errors.ts";
import { SourceError } from "../../../src/core/source-error.ts";
import { localPrincipal } from "../../../src/server/principal.ts";
import type { ToolCallRecord } from "../../../src/server/observe/observer.ts";
import type { ToolRequest } from "../../../src/server/tools/run-tool.ts";
import { aWireTask, aWireTicket, createMemoryBackend } from "../../support/memory-backend.ts";
import { connectTools, textOf } from "../../support/tool-client.ts";

const names = [
  "get_next_task",
  "update_task_status",
  "add_task",
  "list_tasks",
  "get_next_available_id",
  "reserve_id_range",
  "list_tickets",
  "get_ticket",
  "search_tickets",
  "create_ticket",
  "get_project_report",
];

describe("the tools of the server", () => {
  test("are listed with both schemas, annotations and a description", async () => {
    const { client } = await connectTools();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(names);
    for (const tool of tools) {
      expect(tool.description?.length).toBeGreaterThan(60);
      expect(tool.outputSchema?.type).toBe("object");
      expect(Object.keys(tool.inputSchema.properties ?? {})).not.toEqual([]);
    }
    const readers = tools.filter(({ annotations }) => annotations?.readOnlyHint === true);
    expect(names.filter((name) => !readers.some((tool) => tool.name === name))).toEqual([
      "update_task_status",
      "add_task",
      "reserve_id_range",
      "create_ticket",
    ]);
    expect(readers.every(({ annotations }) => annotations?.idempotentHint)).toBe(true);
  });

  test("use the usual project for a call that names none, or else require one", async () => {
    const backend = createMemoryBackend([aWireTask()]);
    const { call } = await connectTools({ backend });
    expect(textOf(await call("get_next_task"))).toContain("TASK-051");
    const { call: without, client } = await connectTools({ backend, project: null });
    const refused = await without("get_next_task");
    expect(refused.isError).toBe(true);
    expect(textOf(refused)).toMatch(/^Invalid arguments for get_next_task: project_id: .*\nCode: /);
    const { tools } = await client.listTools();
    expect(tools[0]?.inputSchema.required).toEqual(["project_id"]);
  });
});

describe("the result", () => {
  test("of get_next_task is the task, as text and structured", async () => {
    const task = aWireTask();
    const { call } = await connectTools({ backend: createMemoryBackend([task]) });
    const response = await call("get_next_task", { project_id: "shop-api" });
    expect(JSON.parse(textOf(response))).toEqual(task);
    expect(response.structuredContent).toEqual({ task });
  });

  test("of get_next_task is null with a note if there is none", async () => {
    const { call } = await connectTools();
    const response = await call("get_next_task");
    expect(textOf(response)).toBe("null");
    expect(response.structuredContent).toEqual({
      task: null,
      note: "shop-api has no pending task to work on.",
    });
  });

  test("of update_task_status is the updated task", async () => {
    const { call } = await connectTools({ backend: createMemoryBackend([aWireTask()]) });
    const response = await call("update_task_status", { task_id: "TASK-051", status: "completed" });
    expect(response.structuredContent).toMatchObject({
      updated_task: { task_id: "TASK-051", status: "completed", completed_at: expect.any(String) },
    });
    expect(JSON.parse(textOf(response))).toMatchObject({ status: "completed" });
  });

  test("of the id tools is the plain id, and the reservation", async () => {
    const { call } = await connectTools();
    const next = await call("get_next_available_id", { artifact_type: "US" });
    expect(textOf(next)).toBe("US-028");
    expect(next.structuredContent).toEqual({ next_id: "US-028" });
    const reserved = await call("reserve_id_range", { artifact_type: "US", count: 2 });
    expect(reserved.structuredContent).toMatchObject({ reserved_ids: ["US-028", "US-029"] });
    expect(JSON.parse(textOf(reserved))).toEqual(reserved.structuredContent);
  });

  test("of add_task has the count and ids, and uses the usual project", async () => {
    const backend = createMemoryBackend();
    const { call } = await connectTools({ backend });
    const tasks = [{ task_id: "T-1", title: "One" }, { description: "Two" }];
    const response = await call("add_task", { tasks });
    expect(response.structuredContent).toEqual({
      success: true,
      tasks_added: 2,
      task_ids: ["T-1", "TASK-001"],
    });
    expect(backend.tasks.map((task) => task.project_id)).toEqual(["shop-api", "shop-api"]);
  });

  test("of list_tasks is a page with the total", async () => {
    const tasks = ["T-1", "T-2", "T-3"].map((task_id) => aWireTask({ task_id }));
    const { call } = await connectTools({ backend: createMemoryBackend(tasks) });
    const { structuredContent } = await call("list_tasks", { page: 2, page_size: 2 });
    expect(structuredContent).toEqual({ tasks: [tasks[2]], total: 3, page: 2, page_size: 2 });
  });

  test("of a list has short descriptions, and of one task the whole description", async () => {
    const description = "é".repeat(600);
    const { call } = await connectTools({
      backend: createMemoryBackend([aWireTask({ description })]),
    });
    const cut = { description: `${"é".repeat(499)}…` };
    expect((await call("list_tasks")).structuredContent).toMatchObject({ tasks: [cut] });
    expect((await call("get_project_report")).structuredContent).toMatchObject({ next_task: cut });
    expect((await call("get_next_task")).structuredContent).toMatchObject({
      task: { description },
    });
  });

  test("of the ticket tools has the tickets", async () => {
    const backend = createMemoryBackend();
    const { call } = await connectTools({ backend });
    const made = await call("create_ticket", { title: "Login fails", priority: "high" });
    const ticket = backend.tickets[0];
    expect(made.structuredContent).toEqual({ success: true, ticket });
    expect(ticket).toMatchObject({ category: "general", created_by: "local", priority: "high" });
    backend.tickets.push(aWireTicket({ id: "TICKET-002", status: "closed" }));
    const all = await call("list_tickets", { status: "" });
    expect(all.structuredContent).toMatchObject({ total: 2, page: 1, page_size: 10 });
    const open = await call("list_tickets", { status: "open" });
    expect(open.structuredContent).toMatchObject({ total: 1 });
    const one = await call("get_ticket", { ticket_id: "TICKET-001" });
    expect(one.structuredContent).toEqual({ ticket });
    const found = await call("search_tickets", { query: "login" });
    expect(found.structuredContent).toMatchObject({ tickets: [{ id: "TICKET-001" }, {}] });
  });

  test("keeps text from others, without invisible characters and tags", async () => {
    const title = "Fix\u202E login\u0007 \u{E0041}now";
    const backend = createMemoryBackend([aWireTask({ title, description: "One\r\n\ttwo <b>`x`" })]);
    const { call } = await connectTools({ backend });
    const response = await call("get_next_task");
    const seen = { title: "Fix login now", description: "One\n\ttwo ‹b>`x`" };
    expect(response.structuredContent).toMatchObject({ task: seen });
    expect(JSON.parse(textOf(response))).toMatchObject(seen);
  });

  test("reports progress to a client that asks for it", async () => {
    const { client } = await connectTools();
    const delivered: string[] = [];
    for (const tasks of [[{ title: "One" }, { title: "Two" }], [{ title: "Three" }]]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await client.callTool(
        { name: "add_task", arguments: { tasks } },
        {
          onprogress: ({ progress, total, message }) =>
            delivered.push(`${progress}/${total} ${message}`),
        },
      );
    }
    expect(delivered).toEqual([
      "0/2 Adding 2 tasks",
      "2/2 Added 2 tasks",
      "0/1 Adding 1 task",
      "1/1 Added 1 task",
    ]);
  });
});

describe("the refusal", () => {
  test.for([
    [
      "update_task_status",
      { task_id: "TASK-999", status: "completed" },
      /^Task not found: TASK-999\nCode: task-not-found\. Retrying will not help\. /,
    ],
    [
      "update_task_status",
      { task_id: "TASK-051", status: "pending" },
      /^Invalid status transition: TASK-051 is pending already\nCode: transition-invalid\. Retrying will not help\. /,
    ],
    [
      "reserve_id_range",
      { artifact_type: "US", count: 101 },
      /^Invalid arguments for reserve_id_range: count: Too big: expected number to be at most 100\nCode: usage\. Retrying will not help\. Fix the arguments\.$/,
    ],
    ["add_task", { tasks: [] }, /^Invalid arguments for add_task: tasks: /],
    [
      "list_tasks",
      { project_id: "shop-api", status: "blocked" },
      /^Invalid arguments for list_tasks: Unrecognized key: "status"; it takes project_id, status_filter, priority, page, page_size\nCode: usage\./,
    ],
    ["get_ticket", { ticket_id: "T-9" }, /^Ticket not found: T-9\nCode: ticket-not-found\. /],
  ] as const)(
    "of %s with %j has a sentence, a code, and whether to retry",
    async ([tool, args, text]) => {
      const { call } = await connectTools({ backend: createMemoryBackend([aWireTask()]) });
      const refused = await call(tool, args);
      expect(refused.isError).toBe(true);
      const [, code] = /Code: ([a-z-]+)\./.exec(textOf(refused)) ?? [];
      expect(refused.structuredContent).toEqual({ code, retryable: false, retryAfterMs: null });
      expect(textOf(refused)).toMatch(text);
    },
  );

  test("of a busy store suggests a retry, and an unknown error's message is not shown", async () => {
    const backend = createMemoryBackend();
    const { call } = await connectTools({ backend });
    backend.failure = new SitrepError("store-busy", "The task store is locked");
    const busy = "The task store is locked\nCode: store-busy. Retrying in a moment may help.";
    const refused = await call("list_tasks");
    expect(textOf(refused)).toBe(busy);
    expect(refused.structuredContent).toMatchObject({ code: "store-busy", retryable: true });
    backend.failure = new Error("password hunter2");
    const text = textOf(await call("list_tasks"));
    expect(text).toContain("Code: unexpected.");
    expect(text).not.toContain("hunter2");
  });

  test("names the wait that a service asks for, and warns that a write may have been done", async () => {
    const backend = createMemoryBackend();
    const { call } = await connectTools({ backend });
    backend.failure = new SourceError("source-rate-limited", "Slow down.", { retryAfterMs: 1500 });
    const known = { code: "source-rate-limited", retryable: true, retryAfterMs: 1500 };
    expect((await call("list_tasks")).structuredContent).toEqual(known);
    backend.failure = new SourceError("source-timeout", "No response.");
    const doubtful = { code: "source-timeout", retryable: false, retryAfterMs: null };
    const write = await call("create_ticket", { title: "A" });
    expect(write.structuredContent).toEqual(doubtful);
    expect(textOf(write)).toContain("It may have been done anyway");
  });

  test("a refusal passes the check of an SDK 1.x client against the tool's output schema", async () => {
    const client = new ClientV1({ name: "old", version: "1.0.0" });
    await connectTools({
      connect: (transport) => client.connect(transport as unknown as TransportV1),
    });
    expect((await client.listTools()).tools).toHaveLength(names.length);
    const refused = await client.callTool({
      name: "get_ticket",
      arguments: { ticket_id: "T-9" },
    });
    expect(refused).toMatchObject({
      isError: true,
      structuredContent: { code: "ticket-not-found", retryable: false },
    });
    const listed = await client.callTool({ name: "list_tasks", arguments: {} });
    expect(listed.structuredContent).toMatchObject({ tasks: [] });
  });

  test("of a tool without permission calls no backend", async () => {
    const backend = createMemoryBackend([aWireTask()]);
    const principal = { ...localPrincipal, permissions: ["list_tasks"] };
    const { call, client } = await connectTools({ backend, principal });
    for (const name of names.filter((one) => one !== "list_tasks")) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const text = textOf(await call(name, {}));
      expect(text).toMatch(`You are not allowed to use ${name}\nCode: permission-denied. `);
    }
    await expect(client.readResource({ uri: "config://settings" })).rejects.toThrow(
      /are not allowed to read/,
    );
    await expect(
      client.readResource({ uri: "sitrep://projects/shop-api/tasks/TASK-051" }),
    ).rejects.toThrow(/are not allowed to read/);
    await expect(client.getPrompt({ name: "start_task" })).rejects.toThrow(/are not allowed to/);
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual([
      "config://settings",
    ]);
    expect(backend.calls).toEqual([]);
    expect((await call("list_tasks")).isError).toBeUndefined();
  });
});

describe("the record of a call", () => {
  test("has the names of parameters, and the values of listed ones only", async () => {
    const seen: ToolCallRecord[] = [];
    const { call } = await connectTools({
      backend: createMemoryBackend([aWireTask()]),
      observe: (one) => seen.push(one),
    });
    const secret = "do not write this down";
    await call("update_task_status", {
      task_id: "TASK-051",
      status: "completed",
      completion_notes: secret,
    });
    await call("get_next_task", { [secret]: secret });
    await call("reserve_id_range", { artifact_type: "US", count: 0 });
    expect(seen).toEqual([
      {
        tool: "update_task_status",
        principal: localPrincipal,
        status: 200,
        code: null,
        durationMs: expect.any(Number),
        parameters: ["task_id", "status", "completion_notes"],
        values: { task_id: "TASK-051", status: "completed" },
      },
      expect.objectContaining({ status: 400, parameters: ["1 unknown"], values: {} }),
      expect.objectContaining({
        status: 400,
        code: "usage",
        values: { artifact_type: "US", count: 0 },
      }),
    ]);
    expect(JSON.stringify(seen)).not.toContain(secret);
  });

  test("has no status if the service behind the server did not respond", async () => {
    const seen: ToolCallRecord[] = [];
    const backend = createMemoryBackend();
    const { call } = await connectTools({ backend, observe: (one) => seen.push(one) });
    for (const code of ["source-unreachable", "source-cooldown"] as const) {
      backend.failure = new SourceError(code, "Connection refused.");
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await call("list_tasks");
    }
    backend.failure = new SourceError("source-failed", "Broken.", { status: 500 });
    await call("list_tasks");
    expect(seen.map(({ status, code }) => [status, code])).toEqual([
      [null, "source-unreachable"],
      [null, "source-cooldown"],
      [500, "source-failed"],
    ]);
  });

  test("a call goes through the middleware", async () => {
    const calls: ToolRequest[] = [];
    const backend = createMemoryBackend([aWireTask()]);
    const { call } = await connectTools({
      backend,
      middleware: async (one, run) => {
        calls.push(one);
        return one.kind === "write" ? run() : { content: [], structuredContent: { task: null } };
      },
    });
    expect((await call("get_next_task")).structuredContent).toEqual({ task: null });
    await call("update_task_status", { task_id: "TASK-051", status: "in_progress" });
    expect(calls.map(({ tool, kind }) => [tool, kind])).toEqual([
      ["get_next_task", "read"],
      ["update_task_status", "write"],
    ]);
    expect(backend.calls).toEqual(["updateTaskStatus"]);
  });
});
