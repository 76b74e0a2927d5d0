// The store as a task backend, on a real SQLite file. On PostgreSQL: test/postgres.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createLocalProjects } from "../../../src/server/backends/local-projects.ts";
import { localPrincipal } from "../../../src/server/principal.ts";
import { plainProjectNames } from "../../../src/server/backends/project-names.ts";
import { createStoreBackend, dayMs } from "../../../src/server/backends/store-backend.ts";
import { openStore } from "../../../src/store/open-store.ts";
import { openTaskStore } from "../../../src/store/task-store.ts";
import { describeTaskBackend } from "../../contracts/task-backend.ts";
import type { BackendUnderTest } from "../../contracts/task-backend.ts";
import { aNewTask, saturday } from "../../support/builders.ts";
import { temporaryFolder } from "../../support/temporary.ts";

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
    await using tasks = await openTaskStore(file, "embedded", () => new Date());
    for (const folder of folders) await tasks.add(folder, [aNewTask({ title: folder })]);
    const store = await openStore({ file });
    const backend = createStoreBackend({
      store,
      projects: createLocalProjects(store, home),
      clock: () => new Date(),
      reservationMs: dayMs,
    });
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
      hint: "There is: /elsewhere/blog, /work/blog.",
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
    await using tasks = await openTaskStore(file, "embedded", () => new Date());
    expect(await tasks.list(shop)).toMatchObject([
      { id: "TASK-001", title: "By a tool", status: "in_progress" },
    ]);
    // And the other way: a task that a command starts is started for the tools.
    await tasks.update(shop, "TASK-001", () => ({ status: "completed" }));
    expect(await backend.nextTask({ project: ".", status: null }, asked)).toBeNull();
  });
});
