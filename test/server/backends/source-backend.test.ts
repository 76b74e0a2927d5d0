// A configured task source behind the tools: a real one over HTTP, and a read-only one.

import { describe, expect, onTestFinished, test } from "vitest";
import { noNotes } from "../../../src/core/ports.ts";
import type { TaskSource } from "../../../src/core/ports.ts";
import { createSourceBackend } from "../../../src/server/backends/source-backend.ts";
import { aTask, saturday } from "../../support/builders.ts";
import { askedBy } from "../../support/principals.ts";
import { taskTracking } from "../../support/sources.ts";
import { connectTools, textOf } from "../../support/tool-client.ts";
import { shortCalls } from "../../support/short-calls.ts";

const scope = { path: "/work/shop-api", name: "shop-api" };
const asked = askedBy("");
const shop = { project: "shop-api" };

const backendOf = (source: TaskSource) =>
  createSourceBackend({ source, scope, project: "shop-api", clock: () => new Date(saturday) });

/** Lists these tasks and can do nothing else. */
const readOnly = (...tasks: Parameters<typeof aTask>[0][]): TaskSource => ({
  name: "board",
  origin: "https://board.example",
  subject: "",
  listOpen: async () => ({ ...noNotes, tasks: tasks.map(aTask) }),
  [Symbol.asyncDispose]: async () => undefined,
});

describe("a writable source", () => {
  async function tracked() {
    const { source, server } = await taskTracking({ project: "shop-api" });
    const backend = shortCalls(backendOf(source));
    onTestFinished(() => backend[Symbol.asyncDispose]());
    return { backend, server };
  }

  test("takes a new task and sets it to completed", async () => {
    const { backend, server } = await tracked();
    const [id = ""] = await backend.addTasks(
      [{ project_id: "shop-api", title: "Fix login" }],
      asked,
    );
    expect(await backend.nextTask({ ...shop, status: "pending" }, asked)).toMatchObject({
      task_id: id,
      project_id: "shop-api",
      title: "Fix login",
    });
    const change = { taskId: id, project: null, notes: "done" };
    const done = await backend.updateStatus({ ...change, status: "completed" }, asked);
    expect(done).toMatchObject({ task_id: id, status: "completed" });
    expect(server.tasks[0]).toMatchObject({ status: "completed", completion_notes: "done" });
    expect(await backend.nextTask({ ...shop, status: null }, asked)).toBeNull();
  });

  test("gets no write for an invalid status change or an unknown task", async () => {
    const { backend, server } = await tracked();
    const [id = ""] = await backend.addTasks([{ project_id: "shop-api", title: "A" }], asked);
    const before = server.requests.length;
    const change = { project: null, notes: "" };
    await expect(
      backend.updateStatus({ ...change, taskId: id, status: "pending" }, asked),
    ).rejects.toMatchObject({
      code: "transition-invalid",
      message: `Task ${id} is pending already`,
    });
    await expect(
      backend.updateStatus({ ...change, taskId: "X-9", status: "completed" }, asked),
    ).rejects.toMatchObject({ code: "task-not-found" });
    expect(server.requests.slice(before).map(({ method }) => method)).not.toContain("PUT");
  });

  test("adds one task but not several, because it cannot undo a part", async () => {
    const { backend, server } = await tracked();
    const task = { project_id: "shop-api", title: "A" };
    await expect(backend.addTasks([task, task], asked)).rejects.toMatchObject({
      code: "not-supported",
    });
    expect(server.tasks).toEqual([]);
  });
});

describe("a read-only source", () => {
  const tasks = [
    { id: "B-1", priority: "low" },
    { id: "B-2", priority: "high", due: "2026-12-09" },
    { id: "B-3", priority: "high", due: "2026-12-01" },
    { id: "B-4", priority: "urgent", dependsOn: ["B-1"] },
    { id: "B-5", status: "in_progress" },
  ] as const;

  test("gives the next unblocked task, and has pages", async () => {
    const backend = shortCalls(backendOf(readOnly(...tasks)));
    expect(await backend.nextTask({ ...shop, status: "pending" }, asked)).toMatchObject({
      task_id: "B-3",
    });
    expect(await backend.nextTask({ ...shop, status: null }, asked)).toMatchObject({
      task_id: "B-5",
    });
    const page = await backend.listTasks({ ...shop, page: 2, pageSize: 2 }, asked);
    expect(page).toMatchObject({ total: 5, items: [{ task_id: "B-2" }, { task_id: "B-5" }] });
    expect(await backend.getTask("B-1", null, asked)).toMatchObject({ task_id: "B-1" });
    expect(await backend.getTask("B-9", null, asked)).toBeNull();
  });

  test("refuses each tool that it cannot serve as not-supported", async () => {
    const { call } = await connectTools({ backend: backendOf(readOnly(...tasks)) });
    const cannot = async (tool: string, args: Record<string, unknown> = {}): Promise<void> => {
      expect(textOf(await call(tool, args))).toMatch(
        /^board cannot .*\.\nCode: not-supported\. Retrying will not help\. /,
      );
    };
    await cannot("update_task_status", { task_id: "B-1", status: "completed" });
    await cannot("add_task", { tasks: [{ title: "A" }] });
    await cannot("list_tasks", { status_filter: "completed" });
    await cannot("get_next_available_id", { artifact_type: "US" });
    await cannot("reserve_id_range", { artifact_type: "US", count: 1 });
    await cannot("list_tickets");
    await cannot("get_ticket", { ticket_id: "1" });
    await cannot("search_tickets", { query: "a" });
    await cannot("create_ticket", { title: "A" });
    await cannot("get_project_report");
  });

  test("serves one project and refuses others", async () => {
    const { call } = await connectTools({ backend: backendOf(readOnly(...tasks)) });
    for (const project of ["shop-api", ".", "/work/shop-api"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await call("list_tasks", { project_id: project })).isError).toBeUndefined();
    }
    const other = await call("list_tasks", { project_id: "other" });
    expect(textOf(other)).toMatch(
      /^board serves only the project shop-api\.\nCode: project-unknown/,
    );
  });
});
