// The store as a task backend, on a real SQLite file. On PostgreSQL: test/postgres.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Asked } from "../../../src/server/backend.ts";
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

describe("on SQLite", () => {
  describeTaskBackend(sqliteBackend);
});

describe("on the store of this machine", () => {
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

  test.each([".", "shop-api", shop])("%s names the folder that is worked in", async (project) => {
    const { backend } = await localBackend(shop, shop, "/elsewhere/shop-api");
    const task = await backend.nextTask({ project, status: "pending" }, asked);
    expect(task).toMatchObject({ title: shop, project_id: "shop-api" });
  });

  test("another folder is named by its name, or by its path where two have the name", async () => {
    const { backend } = await localBackend(null, shop, "/work/blog", "/elsewhere/blog");
    const next = (project: string) => backend.nextTask({ project, status: "pending" }, asked);
    expect(await next("shop-api")).toMatchObject({ project_id: "shop-api" });
    expect(await next("/work/blog")).toMatchObject({ project_id: "/work/blog" });
    await expect(next("blog")).rejects.toMatchObject({
      code: "project-unknown",
      hint: 'There is: "/elsewhere/blog", "/work/blog".',
    });
  });

  test("a name that is no folder here is refused, since no brief would show its tasks", async () => {
    const { backend } = await localBackend(shop, "/work/blog");
    const adding = backend.addTasks([{ project_id: "shop", title: "Lost" }], asked);
    await expect(adding).rejects.toMatchObject({
      code: "project-unknown",
      hint: "There is: shop-api, blog.",
    });
  });

  test("a task of an id that several projects have is the one of the folder at hand", async () => {
    const { backend } = await localBackend(shop, shop, "/work/blog");
    expect(await backend.getTask("TASK-001", null, asked)).toMatchObject({ title: shop });
  });

  test("what a tool adds and moves, the commands and the brief see", async () => {
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
    // And the other way: a task that a command starts is started for the tools.
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
    const next = (project: string, asked: Asked = local) =>
      backend.nextTask({ project, status: "pending" }, asked);
    return { backend, tasks, next };
  }

  test("knows the person's folders by their names, as the tools over stdio", async () => {
    const { backend, tasks, next } = await servedBackend(shop, "/work/blog");
    expect(await next("shop-api")).toMatchObject({ title: shop, project_id: "shop-api" });
    expect(await next(shop)).toMatchObject({ title: shop, project_id: "shop-api" });
    await backend.addTasks([{ project_id: "shop-api", title: "By the server" }], local);
    expect((await tasks.list(shop)).map(({ title }) => title)).toEqual([shop, "By the server"]);
  });

  test("takes any other project by the name that it is given", async () => {
    const { backend, next } = await servedBackend(shop);
    await backend.addTasks([{ project_id: "team/shop", title: "Theirs" }], local);
    expect(await next("team/shop")).toMatchObject({ project_id: "team/shop" });
    expect(await next("shop")).toBeNull();
    expect(await backend.nextId({ type: "US", project: "new" }, local)).toBe("US-001");
  });

  test("keeps tasks where they are when a folder of that name comes later", async () => {
    const { backend, tasks, next } = await servedBackend();
    await backend.addTasks([{ project_id: "shop-api", title: "First" }], local);
    await tasks.add(shop, [aNewTask({ title: "In the folder" })]);
    expect(await next("shop-api")).toMatchObject({ title: "First", project_id: "shop-api" });
    expect(await next(shop)).toMatchObject({ title: "In the folder", project_id: shop });
  });

  test("asks for the path where several folders have the name", async () => {
    const { next } = await servedBackend(shop, "/elsewhere/shop-api");
    await expect(next("shop-api")).rejects.toMatchObject({ code: "project-unknown" });
    expect(await next(shop)).toMatchObject({ project_id: shop });
  });

  test("gives an organisation's project none of the folder's tasks", async () => {
    const { backend, tasks, next } = await servedBackend(shop);
    const acme = askedBy("acme");
    expect(await next("shop-api", acme)).toBeNull();
    await backend.addTasks([{ project_id: "shop-api", title: "Acme's" }], acme);
    expect(await next("shop-api", acme)).toMatchObject({ project_id: "shop-api" });
    expect((await tasks.list(shop)).map(({ title }) => title)).toEqual([shop]);
  });
});
