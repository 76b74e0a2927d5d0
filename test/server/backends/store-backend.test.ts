// The store as a task backend, on a real SQLite file. On PostgreSQL: test/postgres.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { CallScope } from "../../../src/server/backend.ts";
import {
  createLocalProjects,
  createServedProjects,
  plainProjectNames,
} from "../../../src/server/backends/project-names.ts";
import { localPrincipal } from "../../../src/server/principal.ts";
import { createStoreBackend, dayMs } from "../../../src/server/backends/store-backend.ts";
import { openStore } from "../../../src/store/database/database.ts";
import { openTaskStore } from "../../../src/store/task-store.ts";
import { describeTaskBackend } from "../../contracts/task-backend.ts";
import type { BackendUnderTest } from "../../contracts/task-backend.ts";
import { aNewTask, saturday } from "../../support/builders.ts";
import { askedBy } from "../../support/principals.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { shortCalls } from "../../support/short-calls.ts";

const storeFile = (): string => join(temporaryFolder(), "tasks.db");

async function sqliteBackend(): Promise<BackendUnderTest> {
  let now = saturday;
  const backend = createStoreBackend({
    store: await openStore({ file: storeFile() }),
    projects: plainProjectNames,
    clock: () => new Date(now),
    reservationMs: dayMs,
  });
  onTestFinished(() => backend[Symbol.asyncDispose]());
  return { backend, pass: (ms) => void (now += ms) };
}

describe("the store backend on SQLite", () => {
  describeTaskBackend(sqliteBackend);
});

describe("the store of this machine over stdio", () => {
  const asked = { as: localPrincipal, signal: AbortSignal.timeout(60_000) };
  const shop = "/work/shop-api";

  /** A store with a task in each folder, asked from `home`. */
  async function localBackend(home: string | null, ...folders: string[]) {
    const file = storeFile();
    await using tasks = await openTaskStore(file, {
      source: "embedded",
      clock: () => new Date(),
      author: null,
    });
    for (const folder of folders) await tasks.add(folder, [aNewTask({ title: folder })]);
    const store = await openStore({ file });
    const options = { store, clock: () => new Date(), reservationMs: dayMs };
    const projects = createLocalProjects(store, home);
    const backend = shortCalls(createStoreBackend({ ...options, projects }));
    onTestFinished(() => backend[Symbol.asyncDispose]());
    return { backend, file };
  }

  test.each([".", "shop-api", shop])("takes %s as the working folder", async (project) => {
    const { backend } = await localBackend(shop, shop, "/elsewhere/shop-api");
    const task = await backend.nextTask({ project, status: "pending" }, asked);
    expect(task).toMatchObject({ title: shop, project_id: "shop-api" });
  });

  test("names another folder by its name, or by its path if two have the name", async () => {
    const { backend } = await localBackend(null, shop, "/work/blog", "/elsewhere/blog");
    const next = (project: string) => backend.nextTask({ project, status: "pending" }, asked);
    expect(await next("shop-api")).toMatchObject({ project_id: "shop-api" });
    expect(await next("/work/blog")).toMatchObject({ project_id: "/work/blog" });
    await expect(next("blog")).rejects.toMatchObject({
      code: "project-unknown",
      hint: 'Available: "/elsewhere/blog", "/work/blog".',
    });
  });

  test("refuses a name that is not a folder here, because no brief would show its tasks", async () => {
    const { backend } = await localBackend(shop, "/work/blog");
    const adding = backend.addTasks([{ project_id: "shop", title: "Lost" }], asked);
    await expect(adding).rejects.toMatchObject({
      code: "project-unknown",
      hint: "Available: shop-api, blog.",
    });
  });

  test("takes an id that several projects have as the task of the working folder", async () => {
    const { backend } = await localBackend(shop, shop, "/work/blog");
    expect(await backend.getTask("TASK-001", null, asked)).toMatchObject({ title: shop });
  });

  test("shows commands and the brief what a tool adds and updates", async () => {
    const { backend, file } = await localBackend(shop);
    await backend.addTasks([{ project_id: "shop-api", title: "By a tool" }], asked);
    const change = { taskId: "TASK-001", project: null, status: "in_progress", notes: "" } as const;
    await backend.updateStatus(change, asked);
    await using tasks = await openTaskStore(file, {
      source: "embedded",
      clock: () => new Date(),
      author: null,
    });
    expect(await tasks.list(shop)).toMatchObject([
      { id: "TASK-001", title: "By a tool", status: "in_progress" },
    ]);
    // And the other way round: the tools see what a command changes.
    await tasks.update(shop, "TASK-001", () => ({ status: "completed" }));
    expect(await backend.nextTask({ project: ".", status: null }, asked)).toBeNull();
  });
});

describe("a server on the store of this machine", () => {
  const local = { as: localPrincipal, signal: AbortSignal.timeout(60_000) };
  const shop = "/work/shop-api";

  async function servedBackend(...folders: string[]) {
    const file = storeFile();
    const tasks = await openTaskStore(file, {
      source: "embedded",
      clock: () => new Date(),
      author: null,
    });
    onTestFinished(() => tasks[Symbol.asyncDispose]());
    for (const folder of folders) await tasks.add(folder, [aNewTask({ title: folder })]);
    const store = await openStore({ file });
    const projects = createServedProjects(store);
    const options = { store, projects, clock: () => new Date(), reservationMs: dayMs };
    const backend = shortCalls(createStoreBackend(options));
    onTestFinished(() => backend[Symbol.asyncDispose]());
    const next = (project: string, asked: CallScope = local) =>
      backend.nextTask({ project, status: "pending" }, asked);
    return { backend, tasks, next };
  }

  test("names the person's folders as over stdio", async () => {
    const { backend, tasks, next } = await servedBackend(shop, "/work/blog");
    expect(await next("shop-api")).toMatchObject({ title: shop, project_id: "shop-api" });
    expect(await next(shop)).toMatchObject({ title: shop, project_id: "shop-api" });
    await backend.addTasks([{ project_id: "shop-api", title: "By the server" }], local);
    expect((await tasks.list(shop)).map(({ title }) => title)).toEqual([shop, "By the server"]);
  });

  test("takes any other project by its given name", async () => {
    const { backend, next } = await servedBackend(shop);
    await backend.addTasks([{ project_id: "team/shop", title: "Theirs" }], local);
    expect(await next("team/shop")).toMatchObject({ project_id: "team/shop" });
    expect(await next("shop")).toBeNull();
    expect(await backend.nextId({ type: "US", project: "new" }, local)).toBe("US-001");
  });

  test("keeps the tasks of a project when a folder with its name is added later", async () => {
    const { backend, tasks, next } = await servedBackend();
    await backend.addTasks([{ project_id: "shop-api", title: "First" }], local);
    await tasks.add(shop, [aNewTask({ title: "In the folder" })]);
    expect(await next("shop-api")).toMatchObject({ title: "First", project_id: "shop-api" });
    expect(await next(shop)).toMatchObject({ title: "In the folder", project_id: shop });
  });

  test("needs the path if several folders have the name", async () => {
    const { next } = await servedBackend(shop, "/elsewhere/shop-api");
    await expect(next("shop-api")).rejects.toMatchObject({ code: "project-unknown" });
    expect(await next(shop)).toMatchObject({ project_id: shop });
  });

  test("shows none of the folder's tasks in an organization's project of that name", async () => {
    const { backend, tasks, next } = await servedBackend(shop);
    const acme = askedBy("acme");
    expect(await next("shop-api", acme)).toBeNull();
    await backend.addTasks([{ project_id: "shop-api", title: "Acme's" }], acme);
    expect(await next("shop-api", acme)).toMatchObject({ project_id: "shop-api" });
    expect((await tasks.list(shop)).map(({ title }) => title)).toEqual([shop]);
  });
});
