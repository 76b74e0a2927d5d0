// What every task source promises (the port `TaskSource`).

import { expect, test } from "vitest";
import { listCapabilities } from "../../src/core/ports.ts";
import type { Capability, ProjectScope, TaskSource } from "../../src/core/ports.ts";
import { taskStatuses } from "../../src/core/task/task.ts";
import type { NewTask, Task } from "../../src/core/task/task.ts";
import { aNewTask } from "../support/builders.ts";

export interface SourceUnderTest {
  source: TaskSource;
  /** Puts tasks into the backend, as its users do. */
  add: (project: string, tasks: readonly NewTask[]) => Promise<unknown>;
  /** True for a backend that knows no projects: its configuration says for which it is asked. */
  hasOneProject?: boolean;
}

const shop: ProjectScope = { path: "/work/shop-api", name: "shop-api" };
const blog: ProjectScope = { path: "/work/blog", name: "blog" };

const ids = (tasks: readonly Task[]): string[] => tasks.map(({ id }) => id).toSorted();

const oneOfEachStatus: readonly NewTask[] = taskStatuses.map((status) =>
  aNewTask({ id: status, title: `is ${status}`, status }),
);

const pending = async (source: TaskSource, scope: ProjectScope): Promise<readonly Task[]> =>
  (await source.listOpen(scope, AbortSignal.timeout(60_000))).tasks;

/**
 * The suite of the port. `create` gives a new source without tasks, gone when the test is over; what is not among its
 * `capabilities` is skipped.
 */
export function describeTaskSource(
  create: () => Promise<SourceUnderTest>,
  capabilities: readonly Capability[],
): void {
  const signal = AbortSignal.timeout(60_000);

  test("reports its name, origin and subject", async () => {
    const { source } = await create();
    expect(source.name).toMatch(/^\S+$/);
    expect(source.origin).toMatch(/^[a-z]+:/);
    expect(typeof source.subject).toBe("string");
  });

  test("lists open tasks only", async () => {
    const { source, add } = await create();
    await add(shop.path, oneOfEachStatus);
    const { tasks } = await source.listOpen(shop, signal);
    expect(ids(tasks)).toEqual(["blocked", "in_progress", "pending"]);
    for (const task of tasks) {
      expect(task).toMatchObject({ title: `is ${task.id}`, status: task.id, source: source.name });
    }
  });

  test("an empty list is a response", async () => {
    const { source, add } = await create();
    expect(await pending(source, shop)).toEqual([]);
    await add(shop.path, [aNewTask({ status: "completed" })]);
    expect(await pending(source, shop)).toEqual([]);
  });

  test("never returns another project's tasks", async (context) => {
    const { source, add, hasOneProject } = await create();
    if (hasOneProject === true) return context.skip();
    await add(shop.path, [aNewTask({ id: "SHOP-1" })]);
    await add(blog.path, [aNewTask({ id: "BLOG-1" })]);
    expect(ids(await pending(source, shop))).toEqual(["SHOP-1"]);
    const sameName = { path: "/elsewhere/shop-api", name: shop.name };
    expect(await pending(source, sameName)).toEqual([]);
    expect((await source.get?.(shop, "BLOG-1", signal)) ?? null).toBeNull();
  });

  test("has exactly the expected capabilities", async () => {
    const { source } = await create();
    expect(listCapabilities(source)).toEqual(capabilities);
  });

  test("returns one task of any status, where it can", async (context) => {
    const { source, add } = await create();
    if (source.get === undefined) return context.skip();
    await add(shop.path, oneOfEachStatus);
    const get = source.get.bind(source);
    const found = await Promise.all(taskStatuses.map((status) => get(shop, status, signal)));
    expect(found.map((task) => task?.status)).toEqual(taskStatuses);
  });

  test("returns null for an unknown task, where it can", async (context) => {
    const { source, add } = await create();
    if (source.get === undefined) return context.skip();
    await add(shop.path, oneOfEachStatus);
    for (const id of ["", "unknown", "PENDING", "' OR 1=1 --", "%"]) {
      expect(await source.get(shop, id, signal)).toBeNull();
    }
  });

  test("recommends an open task, where it can", async (context) => {
    const { source, add } = await create();
    if (source.next === undefined) return context.skip();
    await add(shop.path, [aNewTask({ id: "OVER", status: "completed" }), aNewTask({ id: "NEXT" })]);
    expect(await source.next(shop, signal)).toMatchObject({ id: "NEXT" });
  });

  test("finds tasks by text in the title, where it can", async (context) => {
    const { source, add } = await create();
    if (source.search === undefined) return context.skip();
    await add(shop.path, [aNewTask({ id: "A", title: "Rotate keys" }), aNewTask({ id: "B" })]);
    expect(ids(await source.search(shop, "Rotate", signal))).toEqual(["A"]);
  });

  test("lists a created task until it is completed, where it can", async (context) => {
    const { source } = await create();
    if (source.create === undefined) return context.skip();
    const made = await source.create(shop, aNewTask({ title: "Write the runbook" }), signal);
    const { tasks } = await source.listOpen(shop, signal);
    expect(tasks).toMatchObject([{ id: made?.id, title: "Write the runbook", status: "pending" }]);
    if (source.update === undefined) return;
    const change = { status: "completed", notes: "in the wiki" } as const;
    const changed = await source.update(shop, made?.id ?? "", change, signal);
    expect(changed?.status).toBe("completed");
    expect(await pending(source, shop)).toEqual([]);
  });

  test("can be disposed of", async () => {
    const { source } = await create();
    await expect(source[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });
}
