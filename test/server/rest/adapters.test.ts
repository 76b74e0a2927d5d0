// Our adapters of REST services against our own service: the suite of the port, and their own behavior.

import { describe, expect, onTestFinished, test } from "vitest";
import type { ProjectScope, TaskSource } from "../../../src/core/ports.ts";
import type { NewTask } from "../../../src/core/task/task.ts";
import type { NewWireTask } from "../../../src/server/wire.ts";
import { createServerAddress } from "../../../src/client/server-options.ts";
import { openRestCaller } from "../../../src/sources/rest-caller.ts";
import { createTaskTrackingSource } from "../../../src/sources/adapters/task-tracking.ts";
import { createTicketSource } from "../../../src/sources/adapters/tickets.ts";
import { describeTaskSource } from "../../contracts/task-source.ts";
import { aNewTask } from "../../support/builders.ts";
import { askedBy } from "../../support/principals.ts";
import { startRestService } from "../../support/rest-service.ts";
import type { RestService } from "../../support/rest-service.ts";

const { signal } = new AbortController();
const scope = { path: "/work/shop-api", name: "shop-api" };

function depsFor(service: RestService, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  // One attempt, no policy: that has its own tests.
  const server = createServerAddress({
    name: "server",
    url: service.url,
    headers,
    profile: "basic",
  });
  const rest = openRestCaller(server);
  const close = () => rest[Symbol.asyncDispose]();
  const names = { name: "server", origin: service.url, subject: "" };
  const projectNameOf = ({ path }: ProjectScope): string => path;
  return { ...names, settings: {}, send: rest.send, projectNameOf, close };
}

function wireOf(project: string, task: NewTask): NewWireTask {
  const { id, title, status, priority } = task;
  return {
    ...(id === undefined ? {} : { task_id: id }),
    project_id: project,
    title,
    status,
    priority,
  };
}

async function taskTracking(token = "ana") {
  const service = await startRestService();
  const source = createTaskTrackingSource(depsFor(service, token));
  onTestFinished(() => source[Symbol.asyncDispose]());
  const add = (project: string, tasks: readonly NewTask[]) =>
    service.backend.addTasks(
      { tasks: tasks.map((task) => wireOf(project, task)) },
      askedBy("acme"),
    );
  return { source, service, add };
}

describe("the adapter for task tracking", () => {
  describeTaskSource(() => taskTracking(), ["list", "next", "get", "create", "update"]);

  test("reads every page of a long list", async () => {
    const { source, add } = await taskTracking();
    await add(
      scope.path,
      Array.from({ length: 230 }, () => aNewTask()),
    );
    const { tasks, total } = await source.listOpen(scope, signal);
    expect([tasks.length, total]).toEqual([230, null]);
  });

  test("passes its check, or reports a refused sign-in", async () => {
    const { source } = await taskTracking();
    await expect(source.check?.(scope, signal)).resolves.toBeUndefined();
    const refused = await taskTracking("nobody");
    await expect(refused.source.check?.(scope, signal)).rejects.toMatchObject({
      code: "source-refused",
    });
  });

  test("refuses to start a task twice, or to change an unknown one", async () => {
    const { source, add } = await taskTracking();
    await add(scope.path, [aNewTask({ id: "T" })]);
    const take = (id: string) => source.update?.(scope, id, { status: "in_progress" }, signal);
    expect(await take("T")).toMatchObject({ status: "in_progress" });
    await expect(take("T")).rejects.toMatchObject({ code: "source-failed", status: 400 });
    await expect(take("TASK-999")).rejects.toMatchObject({ code: "source-failed", status: 404 });
  });
});

describe("the adapter for tickets", () => {
  async function tickets(): Promise<{ source: TaskSource; service: RestService }> {
    const service = await startRestService();
    const source = createTicketSource(depsFor(service, "ana"));
    onTestFinished(() => source[Symbol.asyncDispose]());
    return { source, service };
  }

  test("creates tickets, lists 100 on a page, and gets one by id", async () => {
    const { source } = await tickets();
    expect(await source.listOpen(scope, signal)).toMatchObject({ tasks: [] });
    for (let index = 1; index <= 130; index += 1) {
      await source.create?.(scope, aNewTask({ title: `Ticket ${index}` }), signal);
    }
    const { tasks, total } = await source.listOpen(scope, signal);
    expect([tasks.length, new Set(tasks.map(({ id }) => id)).size, total]).toEqual([
      130,
      130,
      null,
    ]);
    expect(await source.get?.(scope, "TICKET-007", signal)).toMatchObject({
      title: "Ticket 7",
      status: "pending",
    });
    expect(await source.get?.(scope, "TICKET-404", signal)).toBeNull();
  });
});
