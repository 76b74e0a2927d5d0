// Stores that earlier versions made: `test/fixtures/stores` has one of each, made by the code of its time.

import { copyFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createLocalProjects } from "../../../src/server/backends/project-names.ts";
import { localPrincipal } from "../../../src/server/principal.ts";
import { createStoreBackend, dayMs } from "../../../src/server/backends/store-backend.ts";
import { openForWriting } from "../../../src/state/sqlite/sqlite.ts";
import { openStore } from "../../../src/store/database/database.ts";
import { openTaskStore } from "../../../src/store/task-store.ts";
import { aNewTask } from "../../support/builders.ts";
import { runTogether, startWorker } from "../../support/store-processes.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const fixtures = join(import.meta.dirname, "../../fixtures/stores");
const shop = "/work/shop-api";
const blog = "/work/blog";
const now = (): Date => new Date("2026-11-22T10:00:00.000Z");

function storeOfVersion(version: number): string {
  const file = join(temporaryFolder(), "tasks.db");
  copyFileSync(join(fixtures, `version-${version}.db`), file);
  return file;
}

const none = { assignees: [], labels: [], dependsOn: [], inputs: [], outputs: [] };
const times = { createdAt: "2026-11-01T08:01:00.000Z", updatedAt: "2026-11-01T08:01:00.000Z" };
const common = { ...none, ...times, source: "embedded", project: shop };

const expectedShop = [
  {
    ...common,
    id: "SHOP-9",
    title: "With an id of its own",
    status: "cancelled",
    priority: "medium",
  },
  {
    ...common,
    id: "TASK-001",
    title: "Line\nbreak, 'quote' and 🙂",
    description: "# Heading",
    status: "in_progress",
    rawStatus: "In review",
    priority: "urgent",
    assignees: ["ana"],
    labels: ["auth", '"q"'],
    due: "2026-12-01",
    branch: "feature/oidc",
    parent: "SHOP-1",
    category: "security",
    estimatedEffort: "3 days",
    inputs: ["design.md"],
    outputs: ["src/auth.ts"],
    url: "https://example.org/1",
  },
  {
    ...common,
    id: "TASK-002",
    title: "Waits for the first",
    status: "pending",
    priority: "high",
    dependsOn: ["TASK-001", "TASK-002", "nowhere"],
  },
  {
    ...common,
    id: "TASK-003",
    title: "Waits for what is over",
    status: "pending",
    priority: "low",
    dependsOn: ["TASK-004"],
    due: "2026-11-30T10:00:00.000Z",
  },
  {
    ...common,
    id: "TASK-004",
    title: "Over",
    status: "completed",
    priority: "none",
    completedAt: "2026-11-02T08:00:00.000Z",
    completionNotes: "Done,\nalmost.",
  },
];

test("a store of the first version keeps every task, and goes on counting", async () => {
  const file = storeOfVersion(1);
  await using store = await openTaskStore(file, { source: "embedded", clock: now, author: null });
  expect(await store.list(shop)).toEqual(expectedShop);
  expect(await store.list(blog)).toMatchObject([{ id: "TASK-001", status: "blocked" }]);
  const [added] = await store.add(shop, [aNewTask()]);
  expect(added?.id).toBe("TASK-005");
});

test("ids that tasks of the first version brought along are passed over", async () => {
  const file = storeOfVersion(1);
  const old = openForWriting(file, { timeoutMs: 1000, synchronous: "FULL" });
  old.exec("UPDATE tasks SET id = 'TASK-007' WHERE id = 'SHOP-9'");
  old.close();
  await using store = await openTaskStore(file, { source: "embedded", clock: now, author: null });
  const added = await store.add(shop, [aNewTask(), aNewTask()]);
  expect(added.map(({ id }) => id)).toEqual(["TASK-005", "TASK-006"]);
  expect((await store.add(shop, [aNewTask()])).map(({ id }) => id)).toEqual(["TASK-008"]);
});

test("dependencies of the first version hold back, and let go", async () => {
  const file = storeOfVersion(1);
  const store = await openStore({ file });
  const projects = createLocalProjects(store, shop);
  const backend = createStoreBackend({ store, projects, clock: now, reservationMs: dayMs });
  onTestFinished(() => backend[Symbol.asyncDispose]());
  const asked = { as: localPrincipal, signal: AbortSignal.timeout(60_000) };
  const next = () => backend.nextTask({ project: "shop-api", status: "pending" }, asked);
  expect(await next()).toMatchObject({ task_id: "TASK-003", priority: "low" });
  const change = { taskId: "TASK-001", project: "shop-api", notes: "" } as const;
  await backend.updateStatus({ ...change, status: "completed" }, asked);
  expect(await next()).toMatchObject({ task_id: "TASK-002" });
});

test("many processes that open a store of the first version at once all find every task", async () => {
  const file = storeOfVersion(1);
  const { outcomes } = await runTogether(8, "count-tasks", file, shop);
  expect(outcomes).toEqual(Array.from({ length: 8 }, () => ({ code: "ok", value: 5 })));
});

/** SITREP_ROUNDS sets more. */
const rounds = Math.min(200, Number(process.env["SITREP_ROUNDS"] ?? 4));

const logSize = (file: string): number =>
  statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? -1;

test("F20: a store whose change to the new version was cut short by kill -9 has every task", async () => {
  // Killed when its log is there, and when something is in it: before and in the middle of the commit, or just after.
  for (let round = 0; round < rounds; round += 1) {
    const size = round % 2;
    const file = storeOfVersion(1);
    const worker = await startWorker("count-tasks", file, shop);
    worker.go();
    const deadline = performance.now() + 5000;
    while (logSize(file) < size && performance.now() < deadline) await setImmediate();
    await worker.kill();
    await using store = await openTaskStore(file, { source: "embedded", clock: now, author: null });
    expect(await store.list(shop)).toEqual(expectedShop);
  }
}, 3_600_000);

test("what a process of the first version still writes is there for the new one", async () => {
  const file = storeOfVersion(1);
  await using store = await openTaskStore(file, { source: "embedded", clock: now, author: null });
  const old = openForWriting(file, { timeoutMs: 1000, synchronous: "FULL" });
  old.exec(
    `INSERT INTO tasks (project, id, title, status, priority, assignees, labels, depends_on, inputs, outputs, created_at, updated_at)
     VALUES ('${shop}', 'OLD-1', 'By the old one', 'pending', 'urgent', '[]', '[]', '[]', '[]', '[]', '2026-11-22', '2026-11-22')`,
  );
  old.close();
  expect(await store.get(shop, "OLD-1")).toMatchObject({ title: "By the old one" });
});
