// The embedded store on a real file.

import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { SitrepError } from "../../src/core/errors.ts";
import type { NewTask, Task } from "../../src/core/task/task.ts";
import { openForWriting } from "../../src/state/sqlite/sqlite.ts";
import { openTaskStore } from "../../src/store/task-store.ts";
import type { TaskStore } from "../../src/store/task-store.ts";
import { aNewTask, minute, saturday } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary.ts";

const shop = "/work/shop-api";
const blog = "/work/blog";

/** A clock that goes on by a minute each time it is asked. */
function steppingClock(): () => Date {
  let now = saturday - minute;
  return () => new Date((now += minute));
}

async function openStore(file: string = join(temporaryFolder(), "tasks.db")): Promise<TaskStore> {
  const store = await openTaskStore(file, {
    source: "embedded",
    clock: steppingClock(),
    author: null,
  });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

const ids = (tasks: readonly Task[]): string[] => tasks.map(({ id }) => id);

const full: Required<Omit<NewTask, "rawStatus" | "updatedAt">> = {
  id: "SHOP-7",
  title: "Line\nbreak, 'quote', \u0000 and 🙂",
  description: "# Heading\n\n; DROP TABLE tasks; --",
  status: "in_progress",
  priority: "urgent",
  assignees: ["ana", "bo, the second"],
  labels: ["auth", '"quoted"'],
  due: "2026-12-01",
  createdAt: "2026-11-01T08:00:00.000Z",
  completedAt: "2026-11-02T08:00:00.000Z",
  url: "https://example.org/SHOP-7",
  branch: "feature/oidc",
  parent: "SHOP-1",
  dependsOn: ["SHOP-2", "SHOP-3"],
  category: "security",
  estimatedEffort: "3 days",
  inputs: ["design.md"],
  outputs: ["src/auth.ts"],
  completionNotes: "Done,\nalmost.",
};

describe("a task", () => {
  test("a task comes back with every field unchanged", async () => {
    const file = join(temporaryFolder(), "tasks.db");
    const expected = {
      ...full,
      source: "embedded",
      project: shop,
      updatedAt: "2026-11-21T10:02:00.000Z",
    };
    {
      await using store = await openTaskStore(file, {
        source: "embedded",
        clock: steppingClock(),
        author: null,
      });
      expect(await store.add(shop, [full])).toEqual([expected]);
    }
    const store = await openStore(file);
    expect(await store.get(shop, "SHOP-7")).toEqual(expected);
    expect(await store.list(shop)).toEqual([expected]);
  });

  test("a task comes back without the fields that it never had", async () => {
    const store = await openStore();
    await store.add(shop, [aNewTask()]);
    expect(await store.get(shop, "TASK-001")).toEqual({
      ...aNewTask(),
      id: "TASK-001",
      source: "embedded",
      project: shop,
      createdAt: "2026-11-21T10:02:00.000Z",
      updatedAt: "2026-11-21T10:02:00.000Z",
    });
  });

  // `NewTask` has the field, the table has no column for it.
  test("a task comes back with its server's own status", async () => {
    const store = await openStore();
    await store.add(shop, [aNewTask({ rawStatus: "In review" })]);
    expect(await store.get(shop, "TASK-001")).toMatchObject({ rawStatus: "In review" });
  });

  test("an unknown task is null", async () => {
    const store = await openStore();
    await store.add(shop, [aNewTask()]);
    expect(await store.get(shop, "TASK-002")).toBeNull();
    expect(await store.get(shop, "task-001")).toBeNull();
    expect(await store.get(blog, "TASK-001")).toBeNull();
  });
});

describe("ids", () => {
  test("ids count up from TASK-001 in each project", async () => {
    const store = await openStore();
    const two = [aNewTask(), aNewTask()];
    expect(ids(await store.add(shop, two))).toEqual(["TASK-001", "TASK-002"]);
    expect(ids(await store.add(blog, two))).toEqual(["TASK-001", "TASK-002"]);
    expect(ids(await store.add(shop, two))).toEqual(["TASK-003", "TASK-004"]);
  });

  test("ids grow beyond three digits", async () => {
    const store = await openStore();
    const many = Array.from({ length: 1001 }, () => aNewTask());
    const added = ids(await store.add(shop, many));
    expect([added[998], added[999], added[1000]]).toEqual(["TASK-999", "TASK-1000", "TASK-1001"]);
    expect(new Set(added).size).toBe(1001);
  });

  test("a removed task's id is not used again", async () => {
    const store = await openStore();
    await store.add(shop, [aNewTask({ labels: ["sample"] })]);
    await store.removeLabeled(shop, "sample");
    expect(ids(await store.add(shop, [aNewTask()]))).toEqual(["TASK-002"]);
  });

  test("tasks keep their own ids, and the next ids continue after them", async () => {
    const store = await openStore();
    await store.add(shop, [aNewTask({ id: "TASK-002" }), aNewTask({ id: "SHOP-9" })]);
    const added = ids(await store.add(shop, [aNewTask(), aNewTask(), aNewTask()]));
    expect(added).toEqual(["TASK-003", "TASK-004", "TASK-005"]);
  });

  test("own and generated ids mix in one call", async () => {
    const store = await openStore();
    const added = await store.add(shop, [aNewTask(), aNewTask({ id: "SHOP-9" }), aNewTask()]);
    expect(ids(added)).toEqual(["TASK-001", "SHOP-9", "TASK-002"]);
  });

  // The ids to give are chosen before the call's own ones are stored.
  test.each([
    { what: "before", tasks: [aNewTask({ id: "TASK-001" }), aNewTask()], own: 0 },
    { what: "after", tasks: [aNewTask(), aNewTask({ id: "TASK-001" })], own: 1 },
  ])("generated ids skip own ids in the same call, coming $what", async ({ tasks, own }) => {
    const store = await openStore();
    const added = ids(await store.add(shop, tasks));
    expect(added[own]).toBe("TASK-001");
    expect(added[1 - own]).toBe("TASK-002");
  });
});

describe("add", () => {
  const clash = { code: "task-invalid", message: "Task SHOP-1 already exists." };

  test.each([
    { what: "in use", known: ["SHOP-1"], tasks: ["SHOP-0", "SHOP-1"] },
    { what: "named twice", known: [], tasks: ["SHOP-1", "SHOP-1"] },
  ])("adds nothing when an id is $what", async ({ known, tasks }) => {
    const store = await openStore();
    const named = (names: readonly string[]): NewTask[] => names.map((id) => aNewTask({ id }));
    await store.add(shop, named(known));
    await expect(store.add(shop, [aNewTask(), ...named(tasks)])).rejects.toMatchObject(clash);
    expect(ids(await store.list(shop))).toEqual(known);
    expect(ids(await store.add(shop, [aNewTask()]))).toEqual(["TASK-001"]);
  });

  test("accepts an id that another project uses", async () => {
    const store = await openStore();
    await store.add(shop, [aNewTask({ id: "SHOP-1" })]);
    expect(ids(await store.add(blog, [aNewTask({ id: "SHOP-1" })]))).toEqual(["SHOP-1"]);
  });

  test("adding no task adds nothing", async () => {
    const store = await openStore();
    expect(await store.add(shop, [])).toEqual([]);
    expect(ids(await store.add(shop, [aNewTask()]))).toEqual(["TASK-001"]);
  });
});

describe("list", () => {
  test("lists the oldest first, and only the given statuses", async () => {
    const store = await openStore();
    await store.add(shop, [
      aNewTask({ id: "C", createdAt: "2026-11-03T00:00:00.000Z", status: "completed" }),
      aNewTask({ id: "A", createdAt: "2026-11-01T00:00:00.000Z" }),
      aNewTask({ id: "B", createdAt: "2026-11-02T00:00:00.000Z", status: "blocked" }),
    ]);
    expect(ids(await store.list(shop))).toEqual(["A", "B", "C"]);
    expect(ids(await store.list(shop, ["completed", "pending"]))).toEqual(["A", "C"]);
    expect(await store.list(shop, ["cancelled"])).toEqual([]);
    expect(await store.list(shop, [])).toEqual([]);
  });

  test("never returns another project's tasks", async () => {
    const store = await openStore();
    await store.add(shop, [aNewTask()]);
    for (const other of [
      blog,
      "",
      "/work/shop-api/",
      "/work/shop-ap_",
      "/work/%",
      "/WORK/shop-api",
    ]) {
      expect(await store.list(other)).toEqual([]);
    }
  });

  test("lists a row with unknown values in its fields", async () => {
    const file = join(temporaryFolder(), "tasks.db");
    const store = await openStore(file);
    await store.add(shop, [aNewTask()]);
    const db = openForWriting(file, { timeoutMs: 1000, synchronous: "NORMAL" });
    db.exec("UPDATE tasks SET status = 'waiting', priority = 'p0', labels = '{', inputs = '[1]'");
    db.close();
    expect(await store.list(shop)).toMatchObject([
      { status: "pending", priority: "none", labels: [], inputs: [] },
    ]);
  });
});

describe("update", () => {
  test("sets the fields that the decide function returns for the current task", async () => {
    const store = await openStore();
    await store.add(shop, [aNewTask({ dependsOn: ["TASK-009"] })]);
    const changed = await store.update(shop, "TASK-001", (task) => ({
      status: "completed",
      branch: "feature/x",
      completionNotes: task.title,
      completedAt: "2026-11-21T12:00:00.000Z",
      dependsOn: [...task.dependsOn, "TASK-010"],
    }));
    expect(changed).toMatchObject({
      status: "completed",
      branch: "feature/x",
      completionNotes: "Add OIDC login",
      completedAt: "2026-11-21T12:00:00.000Z",
      dependsOn: ["TASK-009", "TASK-010"],
      createdAt: "2026-11-21T10:02:00.000Z",
      updatedAt: "2026-11-21T10:03:00.000Z",
    });
    expect(await store.get(shop, "TASK-001")).toEqual(changed);
  });

  test("leaves the task unchanged when the decide function throws", async () => {
    const store = await openStore();
    const [before] = await store.add(shop, [aNewTask()]);
    const refusal = new SitrepError("transition-invalid", "no");
    const update = store.update(shop, "TASK-001", () => {
      throw refusal;
    });
    await expect(update).rejects.toBe(refusal);
    expect(await store.get(shop, "TASK-001")).toEqual(before);
  });

  test("an update changes no other task, and not the same id in another project", async () => {
    const store = await openStore();
    await store.add(shop, [aNewTask(), aNewTask()]);
    await store.add(blog, [aNewTask()]);
    await store.update(shop, "TASK-001", () => ({ status: "cancelled" }));
    const others = [...(await store.list(shop)), ...(await store.list(blog))];
    expect(others.map(({ status }) => status)).toEqual(["cancelled", "pending", "pending"]);
  });

  test.each([
    { what: "a task that is not there", project: shop, id: "TASK-002" },
    { what: "another project's task", project: blog, id: "TASK-001" },
  ])("an update of $what is task-not-found", async ({ project, id }) => {
    const store = await openStore();
    await store.add(shop, [aNewTask()]);
    const update = store.update(project, id, () => ({ status: "completed" }));
    await expect(update).rejects.toMatchObject({ code: "task-not-found" });
  });

  test("concurrent updates of one task lose none", async () => {
    const store = await openStore();
    await store.add(shop, [aNewTask()]);
    const blockers = Array.from({ length: 10 }, (_, index) => `TASK-${index}`);
    await Promise.all(
      blockers.map((id) =>
        store.update(shop, "TASK-001", (task) => ({ dependsOn: [...task.dependsOn, id] })),
      ),
    );
    const task = await store.get(shop, "TASK-001");
    expect(task?.dependsOn.toSorted()).toEqual(blockers);
  });
});

describe("removeLabeled", () => {
  test("removes the tasks with exactly the given label, of one project", async () => {
    const store = await openStore();
    await store.add(shop, [
      aNewTask({ labels: ["sample"] }),
      aNewTask({ labels: ["other", "sample"], status: "completed" }),
      aNewTask({ labels: ["samples"] }),
      aNewTask({ title: "sample" }),
    ]);
    await store.add(blog, [aNewTask({ labels: ["sample"] })]);
    expect(await store.removeLabeled(shop, "sample")).toBe(2);
    expect(ids(await store.list(shop))).toEqual(["TASK-003", "TASK-004"]);
    expect(ids(await store.list(blog))).toEqual(["TASK-001"]);
    expect(await store.removeLabeled(shop, "sample")).toBe(0);
  });
});
