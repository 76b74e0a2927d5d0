// The embedded store as a task source; a small source in memory keeps the same promises.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { noNotes } from "../../src/core/ports.ts";
import type { TaskSource } from "../../src/core/ports.ts";
import { isOpenTask } from "../../src/core/task/task.ts";
import type { NewTask, Task } from "../../src/core/task/task.ts";
import { createEmbeddedSource } from "../../src/sources/adapters/embedded.ts";
import { openTaskStore } from "../../src/store/task-store.ts";
import { describeTaskSource } from "../contracts/task-source.ts";
import type { SourceUnderTest } from "../contracts/task-source.ts";
import { aNewTask, saturday } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary.ts";

const scope = { path: "/work/shop-api", name: "shop-api" };
const { signal } = new AbortController();

async function createEmbedded(): Promise<SourceUnderTest & { file: string }> {
  const file = join(temporaryFolder(), "tasks.db");
  const store = await openTaskStore(file, {
    source: "embedded",
    clock: () => new Date(saturday),
    author: null,
  });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { source: createEmbeddedSource(store, file), add: store.add, file };
}

async function createInMemory(): Promise<SourceUnderTest> {
  const tasks: Task[] = [];
  const isOf = (path: string) => (task: Task) => task.project === path;
  const source: TaskSource = {
    name: "memory",
    origin: "memory:test",
    subject: "",
    listOpen: async ({ path }) => ({
      ...noNotes,
      tasks: tasks.filter(isOf(path)).filter(isOpenTask),
    }),
    get: async ({ path }, id) => tasks.filter(isOf(path)).find((task) => task.id === id) ?? null,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const add = async (project: string, added: readonly NewTask[]): Promise<void> => {
    for (const task of added) {
      tasks.push({ ...task, id: task.id ?? String(tasks.length), source: "memory", project });
    }
  };
  return { source, add };
}

describe("the embedded source", () => {
  describeTaskSource(createEmbedded, ["list", "get"]);
});

describe("a source in memory", () => {
  describeTaskSource(createInMemory, ["list", "get"]);
});

test("the embedded source has its file as origin and no subject", async () => {
  const { source, file } = await createEmbedded();
  expect(source).toMatchObject({ name: "embedded", origin: `file:${file}`, subject: "" });
});

describe("a task of the embedded source that depends on others", () => {
  const done = aNewTask({ id: "DONE", status: "completed" });
  const dropped = aNewTask({ id: "DROPPED", status: "cancelled" });
  const open = aNewTask({ id: "OPEN" });
  const started = aNewTask({ id: "STARTED", status: "in_progress" });

  const cases: readonly { what: string; dependsOn: string[]; shown: Partial<Task> }[] = [
    {
      what: "on an open one",
      dependsOn: ["OPEN"],
      shown: { status: "blocked", dependsOn: ["OPEN"] },
    },
    {
      what: "on one that is under way",
      dependsOn: ["STARTED"],
      shown: { status: "blocked", dependsOn: ["STARTED"] },
    },
    {
      what: "on some that are over and one that is not, by that one",
      dependsOn: ["DONE", "OPEN", "DROPPED", "UNKNOWN"],
      shown: { status: "blocked", dependsOn: ["OPEN"] },
    },
    { what: "on itself", dependsOn: ["TASK"], shown: { status: "blocked", dependsOn: ["TASK"] } },
  ];

  test.each(cases)(
    "an embedded task is shown as blocked if it depends $what",
    async ({ dependsOn, shown }) => {
      const { source, add } = await createEmbedded();
      await add(scope.path, [done, dropped, open, started, aNewTask({ id: "TASK", dependsOn })]);
      const { tasks } = await source.listOpen(scope, signal);
      expect(tasks.find(({ id }) => id === "TASK")).toMatchObject(shown);
      expect(tasks.map(({ id }) => id).toSorted()).toEqual(["OPEN", "STARTED", "TASK"]);
    },
  );

  test.each([
    { what: "all of them are over", dependsOn: ["DONE", "DROPPED"] },
    { what: "nobody knows them", dependsOn: ["UNKNOWN"] },
    { what: "there are none", dependsOn: [] },
  ])("does not count as blocked when $what", async ({ dependsOn }) => {
    const { source, add } = await createEmbedded();
    await add(scope.path, [done, dropped, aNewTask({ id: "TASK", dependsOn })]);
    expect((await source.listOpen(scope, signal)).tasks).toMatchObject([
      { id: "TASK", status: "pending", dependsOn },
    ]);
  });

  test("a started embedded task keeps its status although it depends on open ones", async () => {
    const { source, add } = await createEmbedded();
    const begun = aNewTask({ id: "TASK", status: "in_progress", dependsOn: ["OPEN"] });
    await add(scope.path, [open, begun]);
    const { tasks } = await source.listOpen(scope, signal);
    expect(tasks.find(({ id }) => id === "TASK")?.status).toBe("in_progress");
  });

  test("a blocked embedded task keeps its own status in the store", async () => {
    const { source, add } = await createEmbedded();
    await add(scope.path, [open, aNewTask({ id: "TASK", dependsOn: ["OPEN", "DONE"] })]);
    expect(await source.get?.(scope, "TASK", signal)).toMatchObject({
      status: "pending",
      dependsOn: ["OPEN", "DONE"],
    });
  });

  test("an embedded task is not blocked by another project's task with the same id", async () => {
    const { source, add } = await createEmbedded();
    await add("/work/blog", [open]);
    await add(scope.path, [aNewTask({ id: "TASK", dependsOn: ["OPEN"] })]);
    expect((await source.listOpen(scope, signal)).tasks).toMatchObject([{ status: "pending" }]);
  });
});

test("disposing of the embedded source closes its store", async () => {
  const { source } = await createEmbedded();
  await source[Symbol.asyncDispose]();
  await expect(source.listOpen(scope, signal)).rejects.toThrow("destroyed");
});
