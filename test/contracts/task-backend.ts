// The contract of the port `TaskBackend`, for every backend that keeps its own rows.

import { quotedName } from "../../src/core/quote.ts";
import { expect, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import { allowedTransitions, taskStatuses } from "../../src/core/task/task.ts";
import type { TaskStatus } from "../../src/core/task/task.ts";
import type { CallScope, TaskBackend } from "../../src/server/backend.ts";
import type { NewWireTask } from "../../src/server/wire.ts";
import { day, saturday } from "../support/builders.ts";
import { askedBy } from "../support/principals.ts";
import { shortCalls } from "../support/short-calls.ts";
import type { ShortCalls } from "../support/short-calls.ts";

export interface BackendUnderTest {
  backend: TaskBackend;
  /** Moves the backend's clock on. */
  pass: (ms: number) => void;
}

const shop = "shop-api";
const blog = "blog";

const aWireTask = (overrides: Partial<NewWireTask> = {}): NewWireTask => ({
  project_id: shop,
  title: "Add OIDC login",
  ...overrides,
});

const page = { page: 1, pageSize: 100 };

const idsOf = (tasks: readonly { task_id: string }[]): string[] => tasks.map((one) => one.task_id);

let organizations = 0;

/** An organization that no other test has rows in. */
const newOrganization = (): CallScope => askedBy(`org-${process.pid}-${(organizations += 1)}`);

/** The suite of the port. `create` may give the same backend each time: each test has its own organization. */
export function describeTaskBackend(create: () => Promise<BackendUnderTest>): void {
  const started = async () => {
    const { backend, pass } = await create();
    return { backend: shortCalls(backend), pass, asked: newOrganization() };
  };

  const next = (backend: ShortCalls, asked: CallScope, status: TaskStatus | null = "pending") =>
    backend.nextTask({ project: shop, status }, asked);
  const move = (backend: ShortCalls, asked: CallScope, taskId: string, status: TaskStatus) =>
    backend.updateStatus({ taskId, project: shop, status, notes: "" }, asked);

  test("a task keeps every field and its exact texts", async () => {
    const { backend, asked } = await started();
    const full: Required<NewWireTask> = {
      task_id: "SHOP-7",
      project_id: shop,
      title: "Line\nbreak, 'quote' and 🙂",
      description: "# Heading\n\n'); DROP TABLE tasks; --",
      status: "blocked",
      priority: "urgent",
      assignees: ["ana", "bo, the second"],
      labels: ["auth", '"quoted"', "\u0000"],
      depends_on: ["SHOP-2", "SHOP-3"],
      inputs: ["design.md"],
      outputs: ["src/auth.ts"],
      due: "2026-12-01",
      branch: "feature/oidc",
      category: "security",
      estimated_effort: "3 days",
      parent: "SHOP-1",
    };
    expect(await backend.addTasks([full], asked)).toEqual(["SHOP-7"]);
    const expected = {
      ...full,
      url: null,
      created_at: expect.stringMatching(/^2026-.*Z$/),
      updated_at: expect.stringMatching(/^2026-.*Z$/),
      completed_at: null,
      completion_notes: null,
    };
    expect(await backend.getTask("SHOP-7", shop, asked)).toEqual(expected);
    expect(await backend.getTask("SHOP-7", null, asked)).toEqual(expected);
    expect((await backend.listTasks({ project: shop, ...page }, asked)).items).toEqual([expected]);
  });

  test("a title comes from the description, and a task with neither is refused", async () => {
    const { backend, asked } = await started();
    const [id] = await backend.addTasks(
      [{ project_id: shop, description: "Generate HLS-006\nand more" }],
      asked,
    );
    expect(await backend.getTask(id ?? "", shop, asked)).toMatchObject({
      title: "Generate HLS-006",
    });
    await expect(backend.addTasks([{ project_id: shop }], asked)).rejects.toMatchObject({
      code: "task-invalid",
    });
  });

  test("tasks are added all or none, over several projects too, with ids in their order", async () => {
    const { backend, asked } = await started();
    const ids = await backend.addTasks(
      [aWireTask(), aWireTask({ project_id: blog, task_id: "B-1" }), aWireTask()],
      asked,
    );
    expect(ids).toEqual(["TASK-001", "B-1", "TASK-002"]);
    const clash = [
      aWireTask({ task_id: "NEW-1" }),
      aWireTask({ project_id: blog, task_id: "B-1" }),
    ];
    await expect(backend.addTasks(clash, asked)).rejects.toMatchObject({ code: "task-invalid" });
    await expect(
      backend.addTasks([aWireTask({ task_id: "NEW-1" }), aWireTask({ due: "soon" })], asked),
    ).rejects.toMatchObject({ code: "task-invalid", message: expect.stringContaining("task 2") });
    expect(await backend.getTask("NEW-1", shop, asked)).toBeNull();
  });

  test("the next task is chosen by priority, then due date, then age", async () => {
    const { backend, asked, pass } = await started();
    const add = async (task: Partial<NewWireTask>) => {
      pass(1000);
      await backend.addTasks([aWireTask(task)], asked);
    };
    await add({ task_id: "old", priority: "low" });
    await add({ task_id: "new", priority: "low" });
    await add({ task_id: "later", priority: "high", due: "2026-12-02" });
    await add({ task_id: "dateless", priority: "high" });
    await add({ task_id: "sooner", priority: "high", due: "2026-12-01" });
    await add({ task_id: "urgent", priority: "urgent" });
    const order: string[] = [];
    for (;;) {
      const task = await next(backend, asked);
      if (task === null) break;
      order.push(task.task_id);
      await move(backend, asked, task.task_id, "in_progress");
    }
    expect(order).toEqual(["urgent", "sooner", "later", "dateless", "old", "new"]);
  });

  test("without a status, a task in progress is the next one", async () => {
    const { backend, asked } = await started();
    await backend.addTasks(
      [
        aWireTask({ task_id: "started", priority: "low", status: "in_progress" }),
        aWireTask({ task_id: "urgent", priority: "urgent" }),
        aWireTask({ task_id: "stuck", priority: "urgent", status: "blocked" }),
      ],
      asked,
    );
    expect(await next(backend, asked, null)).toMatchObject({ task_id: "started" });
    expect(await next(backend, asked)).toMatchObject({ task_id: "urgent" });
    expect(await next(backend, asked, "blocked")).toMatchObject({ task_id: "stuck" });
    expect(await next(backend, asked, "completed")).toBeNull();
    await move(backend, asked, "started", "completed");
    expect(await next(backend, asked, null)).toMatchObject({ task_id: "urgent" });
  });

  test("a task is skipped until everything that it depends on is closed", async () => {
    const { backend, asked } = await started();
    await backend.addTasks(
      [
        aWireTask({ task_id: "last", priority: "urgent", depends_on: ["one", "two", "last"] }),
        aWireTask({ task_id: "one", priority: "low" }),
        aWireTask({ task_id: "two", priority: "low", status: "in_progress" }),
        aWireTask({ task_id: "free", priority: "none", depends_on: ["nowhere"] }),
      ],
      asked,
    );
    expect(await next(backend, asked)).toMatchObject({ task_id: "one" });
    await move(backend, asked, "one", "cancelled");
    expect(await next(backend, asked)).toMatchObject({ task_id: "free" });
    await move(backend, asked, "two", "completed");
    expect(await next(backend, asked)).toMatchObject({ task_id: "last" });
    // One that is taken up again holds it back again.
    await move(backend, asked, "one", "pending");
    expect(await next(backend, asked)).toMatchObject({ task_id: "one" });
    await move(backend, asked, "one", "in_progress");
    expect(await next(backend, asked)).toMatchObject({ task_id: "free" });
  });

  test("a task is held back by a dependency that is added after it", async () => {
    const { backend, asked } = await started();
    await backend.addTasks([aWireTask({ task_id: "second", depends_on: ["first"] })], asked);
    expect(await next(backend, asked)).toMatchObject({ task_id: "second" });
    await backend.addTasks([aWireTask({ task_id: "first", status: "in_progress" })], asked);
    expect(await next(backend, asked)).toBeNull();
    await move(backend, asked, "second", "blocked");
    await move(backend, asked, "second", "pending");
    expect(await next(backend, asked)).toBeNull();
    await move(backend, asked, "first", "completed");
    expect(await next(backend, asked)).toMatchObject({ task_id: "second" });
  });

  test("a task is not held back by another project's task with the same id", async () => {
    const { backend, asked } = await started();
    await backend.addTasks(
      [
        aWireTask({ task_id: "A", depends_on: ["B"] }),
        aWireTask({ project_id: blog, task_id: "B" }),
      ],
      asked,
    );
    expect(await next(backend, asked)).toMatchObject({ task_id: "A" });
  });

  test("a task stays held back when a task with the same id is added elsewhere", async () => {
    const { backend, asked } = await started();
    const waiting = aWireTask({ task_id: "B-2", priority: "urgent", depends_on: ["B-1"] });
    await backend.addTasks([aWireTask({ task_id: "B-1" }), waiting], asked);
    await backend.addTasks([aWireTask({ task_id: "B-2" })], newOrganization());
    await backend.addTasks([aWireTask({ task_id: "B-2", project_id: blog })], asked);
    // Has the store work out again what holds it back.
    await move(backend, asked, "B-2", "blocked");
    await move(backend, asked, "B-2", "pending");
    expect((await next(backend, asked))?.task_id).toBe("B-1");
  });

  test("reading the next task and the next id changes nothing", async () => {
    const { backend, asked } = await started();
    await backend.addTasks([aWireTask()], asked);
    const ask = { type: "US", project: shop };
    const first = [await next(backend, asked), await backend.nextId(ask, asked)];
    expect([await next(backend, asked), await backend.nextId(ask, asked)]).toEqual(first);
  });

  test("a task changes only to statuses that its current one allows", async () => {
    const { backend, asked } = await started();
    const outcomes: string[] = [];
    const expected: string[] = [];
    for (const from of taskStatuses) {
      for (const to of taskStatuses) {
        const [id = ""] = await backend.addTasks([aWireTask({ status: from })], asked);
        const outcome = await move(backend, asked, id, to).then(() => "moved", codeOf);
        const after = await backend.getTask(id, shop, asked);
        outcomes.push(`${from} to ${to}: ${outcome}, ${after?.status}`);
        const isOwnStatusChange = allowedTransitions(from).includes(to);
        const outcomeOf = isOwnStatusChange ? `moved, ${to}` : `transition-invalid, ${from}`;
        expected.push(`${from} to ${to}: ${outcomeOf}`);
      }
    }
    expect(outcomes).toEqual(expected);
    expect(outcomes.filter((one) => one.includes("moved"))).toHaveLength(13);
  });

  test("a completed task keeps its time and notes, also after a status change without notes", async () => {
    const { backend, asked, pass } = await started();
    await backend.addTasks([aWireTask({ task_id: "T" })], asked);
    const before = await backend.getTask("T", shop, asked);
    pass(day);
    const change = { taskId: "T", project: null, notes: "in the wiki" };
    await backend.updateStatus({ ...change, status: "in_progress" }, asked);
    const done = await backend.updateStatus({ ...change, status: "completed", notes: "" }, asked);
    expect(done).toMatchObject({ status: "completed", completion_notes: "in the wiki" });
    expect(Date.parse(done.completed_at ?? "")).toBe(Date.parse(before?.created_at ?? "") + day);
    // Each change has a later one, also in the same millisecond.
    expect(done.updated_at.localeCompare(done.completed_at ?? "")).toBe(1);
  });

  test("an unknown id is task-not-found, and an id in several projects task-ambiguous", async () => {
    const { backend, asked } = await started();
    for (const id of ["TASK-999", "' OR 1=1 --", "%", "\u0000", "🙂"]) {
      expect(await backend.getTask(id, shop, asked)).toBeNull();
      expect(await backend.getTask(id, null, asked)).toBeNull();
      await expect(move(backend, asked, id, "completed")).rejects.toMatchObject({
        code: "task-not-found",
        message: `Task not found: ${quotedName(id)}`,
      });
    }
    const both = [shop, blog].map((project) => aWireTask({ task_id: "T", project_id: project }));
    await backend.addTasks(both, asked);
    const anywhere = { taskId: "T", project: null, status: "completed", notes: "" } as const;
    const ambiguous = {
      code: "task-ambiguous",
      message: expect.stringContaining("blog, shop-api"),
    };
    await expect(backend.updateStatus(anywhere, asked)).rejects.toMatchObject(ambiguous);
    await expect(backend.getTask("T", null, asked)).rejects.toMatchObject(ambiguous);
    await backend.updateStatus({ ...anywhere, project: blog }, asked);
    expect(await backend.getTask("T", shop, asked)).toMatchObject({ status: "pending" });
  });

  test("a list has pages, oldest first, by status and priority", async () => {
    const { backend, asked, pass } = await started();
    for (let index = 0; index < 7; index += 1) {
      pass(1000);
      const status = index % 2 === 0 ? "pending" : "completed";
      const priority = index < 3 ? "high" : "low";
      await backend.addTasks([aWireTask({ task_id: `T${index}`, status, priority })], asked);
    }
    const list = (filter: object) =>
      backend.listTasks({ project: shop, page: 1, pageSize: 3, ...filter }, asked);
    const first = await list({});
    expect(first).toMatchObject({ total: 7, page: 1, pageSize: 3 });
    const pages = [first, await list({ page: 2 }), await list({ page: 3 })];
    expect(pages.map(({ items }) => idsOf(items).join(" "))).toEqual([
      "T0 T1 T2",
      "T3 T4 T5",
      "T6",
    ]);
    expect(await list({ page: 4 })).toMatchObject({ items: [], total: 7 });
    expect(idsOf((await list({ status: "completed" })).items)).toEqual(["T1", "T3", "T5"]);
    expect(await list({ status: "pending", priority: "high" })).toMatchObject({
      items: [{ task_id: "T0" }, { task_id: "T2" }],
      total: 2,
    });
    expect(await list({ project: blog })).toMatchObject({ items: [], total: 0 });
  });

  test("the next id follows the last one, with at least three digits", async () => {
    const { backend, asked } = await started();
    const ask = { type: "US", project: shop };
    expect(await backend.nextId(ask, asked)).toBe("US-001");
    await backend.reserveIds({ ...ask, count: 27 }, asked);
    expect(await backend.nextId(ask, asked)).toBe("US-028");
    const { reserved_ids: ids } = await backend.reserveIds({ ...ask, count: 6 }, asked);
    expect(ids).toEqual(["US-028", "US-029", "US-030", "US-031", "US-032", "US-033"]);
    await backend.addTasks([aWireTask({ task_id: "US-999" })], asked);
    expect(await backend.nextId(ask, asked)).toBe("US-1000");
    expect(await backend.nextId({ ...ask, project: blog }, asked)).toBe("US-001");
    expect(await backend.nextId({ ...ask, type: "SPEC" }, asked)).toBe("SPEC-001");
  });

  test("an id is never given out again after its reservation expires or a task has it", async () => {
    const { backend, asked, pass } = await started();
    const ask = { type: "TASK", project: shop, count: 2 };
    const kept = await backend.reserveIds(ask, asked);
    expect(kept.reservation_id).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    pass(2 * day);
    const later = await backend.reserveIds(ask, asked);
    expect(Date.parse(later.expires_at) - Date.parse(kept.expires_at)).toBe(2 * day);
    expect(Date.parse(kept.expires_at)).toBeGreaterThan(saturday);
    expect([...kept.reserved_ids, ...later.reserved_ids]).toEqual([
      "TASK-001",
      "TASK-002",
      "TASK-003",
      "TASK-004",
    ]);
    expect(await backend.addTasks([aWireTask(), aWireTask({ task_id: "TASK-2" })], asked)).toEqual([
      "TASK-005",
      "TASK-2",
    ]);
    await backend.addTasks([aWireTask({ task_id: "TASK-007" })], asked);
    expect((await backend.reserveIds(ask, asked)).reserved_ids).toEqual(["TASK-008", "TASK-009"]);
  });

  test("an id with a huge number does not change the next id", async () => {
    const { backend, asked } = await started();
    await backend.addTasks([aWireTask({ task_id: "TASK-20261122093000" })], asked);
    expect(await backend.nextId({ type: "TASK", project: shop }, asked)).toBe("TASK-001");
    await backend.addTasks([aWireTask({ task_id: "TASK-999999999" })], asked);
    const reserving = backend.reserveIds({ type: "TASK", project: shop, count: 1 }, asked);
    await expect(reserving).rejects.toMatchObject({ code: "usage" });
  });

  test.each([0, 101, -1, 1.5])("a reservation of %d ids is refused", async (count) => {
    const { backend, asked } = await started();
    const reserving = backend.reserveIds({ type: "US", project: shop, count }, asked);
    await expect(reserving).rejects.toMatchObject({ code: "usage" });
  });

  test.each(["", "US-1", "a b", "%"])("%j is refused as a type of ids", async (type) => {
    const { backend, asked } = await started();
    const asking = backend.nextId({ type, project: shop }, asked);
    await expect(asking).rejects.toMatchObject({ code: "usage" });
  });

  test("tickets are listed newest first, by status, category and priority", async () => {
    const { backend, asked, pass } = await started();
    const make = async (title: string, category: string) => {
      pass(1000);
      const ticket = { title, description: "It is slow.", category, priority: "high" } as const;
      return await backend.createTicket(ticket, asked);
    };
    const first = await make("Login fails", "bug");
    expect(first).toMatchObject({
      id: "TICKET-001",
      title: "Login fails",
      status: "open",
      category: "bug",
      created_by: asked.as.user,
    });
    await make("More tea", "general");
    expect(await backend.getTicket("TICKET-001", asked)).toEqual(first);
    expect(await backend.getTicket("TICKET-404", asked)).toBeNull();
    const list = (filter: object) => backend.listTickets({ ...page, ...filter }, asked);
    expect((await list({})).items.map(({ id }) => id)).toEqual(["TICKET-002", "TICKET-001"]);
    expect(await list({ category: "bug" })).toMatchObject({ items: [first], total: 1 });
    expect(await list({ status: "closed" })).toMatchObject({ items: [], total: 0 });
    expect(await list({ priority: "high", pageSize: 1, page: 2 })).toMatchObject({
      items: [first],
      total: 2,
    });
  });

  test("tickets are found by parts of words in any case, and % and _ match only themselves", async () => {
    const { backend, asked } = await started();
    const make = (title: string, description: string) =>
      backend.createTicket({ title, description, category: "general", priority: "low" }, asked);
    await make("FastMCP client", "Änderung at 100 %");
    await make("Tea", "snake_case and \\ backslash");
    const find = async (text: string) =>
      (await backend.searchTickets(text, 10, asked)).map(({ title }) => title);
    expect(await find("fastmcp")).toEqual(["FastMCP client"]);
    expect(await find("änderung CLIENT")).toEqual(["FastMCP client"]);
    expect(await find("client tea")).toEqual([]);
    expect(await find("%")).toEqual(["FastMCP client"]);
    expect(await find("e_c")).toEqual(["Tea"]);
    expect(await find("nake\\case")).toEqual([]);
    expect(await find("\\")).toEqual(["Tea"]);
    expect(await find("' OR '1'='1")).toEqual([]);
    expect(await backend.searchTickets("a", 1, asked)).toHaveLength(1);
  });

  test("tasks are counted by status, and completed ones by day", async () => {
    const { backend, asked, pass } = await started();
    await backend.addTasks(
      ["A", "B", "C"].map((id) => aWireTask({ task_id: id })),
      asked,
    );
    await move(backend, asked, "A", "completed");
    const { completed_at: first } = (await backend.getTask("A", shop, asked)) ?? {};
    pass(day);
    await move(backend, asked, "B", "completed");
    const { completed_at: second } = (await backend.getTask("B", shop, asked)) ?? {};
    expect(await backend.counts(shop, asked)).toEqual({
      byStatus: { pending: 1, in_progress: 0, blocked: 0, completed: 2, cancelled: 0 },
      completedByDay: [first, second].map((at) => ({ day: at?.slice(0, 10), count: 1 })),
    });
    expect((await backend.counts(blog, asked)).completedByDay).toEqual([]);
  });

  test("the counts have only the latest days with completed tasks", async () => {
    const { backend, asked, pass } = await started();
    const ids = Array.from({ length: 17 }, (_, at) => `T-${at}`);
    await backend.addTasks(
      [...ids, "last"].map((id) => aWireTask({ task_id: id })),
      asked,
    );
    for (const id of ids) {
      await move(backend, asked, id, "completed");
      // Two of the days between have nothing.
      pass(id === "T-9" ? 3 * day : day);
    }
    pass(-day);
    await move(backend, asked, "last", "completed");
    const dayOf = async (id: string) =>
      (await backend.getTask(id, shop, asked))?.completed_at?.slice(0, 10);
    const days = await Promise.all(ids.slice(-14).map(dayOf));
    expect((await backend.counts(shop, asked)).completedByDay).toEqual(
      days.map((one, at) => ({ day: one, count: at === 13 ? 2 : 1 })),
    );
  });

  test("another organization's rows appear nowhere", async () => {
    const { backend, asked } = await started();
    const other = newOrganization();
    await backend.addTasks([aWireTask({ task_id: "T", status: "in_progress" })], asked);
    await backend.reserveIds({ type: "US", project: shop, count: 5 }, asked);
    await backend.createTicket(
      { title: "Theirs", description: "", category: "bug", priority: "low" },
      asked,
    );
    const seen = async () => [
      await next(backend, other, "in_progress"),
      await backend.getTask("T", shop, other),
      await backend.getTask("T", null, other),
      (await backend.listTasks({ project: shop, ...page }, other)).total,
      await backend.nextId({ type: "US", project: shop }, other),
      await backend.getTicket("TICKET-001", other),
      (await backend.listTickets(page, other)).total,
      await backend.searchTickets("theirs", 10, other),
      (await backend.counts(shop, other)).byStatus.in_progress,
    ];
    expect(await seen()).toEqual([null, null, null, 0, "US-001", null, 0, [], 0]);
    await expect(move(backend, other, "T", "completed")).rejects.toMatchObject({
      code: "task-not-found",
    });
    // The same ids are free for it, and its own.
    await backend.addTasks([aWireTask({ task_id: "X", status: "in_progress" })], asked);
    await backend.addTasks([aWireTask({ task_id: "US-001", status: "blocked" })], asked);
    expect(await backend.nextId({ type: "US", project: shop }, other)).toBe("US-001");
    await backend.addTasks([aWireTask({ task_id: "T", title: "Ours", depends_on: ["X"] })], other);
    expect(await next(backend, other)).toMatchObject({ title: "Ours" });
    await backend.addTasks([aWireTask({ task_id: "B", status: "pending" })], asked);
    await backend.addTasks([aWireTask({ task_id: "B", project_id: blog })], other);
    expect(await backend.getTask("B", null, other)).toMatchObject({ project_id: blog });
    for (const as of [asked, other]) await backend.addTasks([aWireTask({ task_id: "C" })], as);
    await move(backend, other, "C", "completed");
    expect(await backend.getTask("C", shop, asked)).toMatchObject({ status: "pending" });
  });

  test("when two callers start a task at once, one succeeds", async () => {
    const { backend, asked } = await started();
    for (let round = 0; round < 5; round += 1) {
      const id = `T${round}`;
      await backend.addTasks([aWireTask({ task_id: id })], asked);
      const takers = Array.from({ length: 20 }, () =>
        move(backend, asked, id, "in_progress").then(() => "taken", codeOf),
      );
      const outcomes = await Promise.all(takers);
      expect(outcomes.filter((one) => one === "taken")).toHaveLength(1);
      expect(outcomes.filter((one) => one === "transition-invalid")).toHaveLength(19);
    }
  });

  test("callers at once get different ids", async () => {
    const { backend, asked } = await started();
    const reserving = Array.from({ length: 20 }, () =>
      backend.reserveIds({ type: "US", project: shop, count: 5 }, asked),
    );
    const adding = Array.from({ length: 20 }, () => backend.addTasks([aWireTask()], asked));
    const reserved = (await Promise.all(reserving)).flatMap((one) => one.reserved_ids);
    const added = (await Promise.all(adding)).flat();
    expect(new Set(reserved).size).toBe(100);
    expect(new Set(added).size).toBe(20);
    expect(reserved.toSorted().at(-1)).toBe("US-100");
  });

  test("a task is free when all its dependencies close at once", async () => {
    const { backend, asked } = await started();
    const blockers = Array.from({ length: 10 }, (_, index) => `B${index}`);
    await backend.addTasks(
      [
        aWireTask({ task_id: "last", depends_on: blockers }),
        ...blockers.map((id) => aWireTask({ task_id: id, status: "in_progress" })),
      ],
      asked,
    );
    await Promise.all(blockers.map((id) => move(backend, asked, id, "completed")));
    expect(await next(backend, asked)).toMatchObject({ task_id: "last" });
  });

  test("a new task sees its dependencies added or closed at the same moment", async () => {
    const { backend, asked } = await started();
    for (let round = 0; round < 15; round += 1) {
      const [waiting, blocker, over] = [`W${round}`, `B${round}`, `O${round}`];
      await backend.addTasks([aWireTask({ task_id: over, status: "in_progress" })], asked);
      await Promise.all([
        backend.addTasks([aWireTask({ task_id: waiting, depends_on: [blocker, over] })], asked),
        backend.addTasks([aWireTask({ task_id: blocker, status: "in_progress" })], asked),
        move(backend, asked, over, "completed"),
      ]);
      expect(await next(backend, asked)).toBeNull();
      const free = `F${round}`;
      await Promise.all([
        backend.addTasks([aWireTask({ task_id: free, depends_on: [blocker] })], asked),
        move(backend, asked, blocker, "completed"),
      ]);
      const first = (await next(backend, asked))?.task_id ?? "";
      await move(backend, asked, first, "completed");
      const second = (await next(backend, asked))?.task_id ?? "";
      await move(backend, asked, second, "completed");
      expect([first, second]).toEqual([free, waiting]);
    }
  });

  test("tasks that depend on each other can be completed all at once", async () => {
    const { backend, asked } = await started();
    const pairs = Array.from({ length: 20 }, (_, index) => [`A${index}`, `B${index}`]);
    await backend.addTasks(
      pairs.flatMap(([one = "", other = ""]) => [
        aWireTask({ task_id: one, depends_on: [other] }),
        aWireTask({ task_id: other, depends_on: [one] }),
      ]),
      asked,
    );
    const moves = pairs.flat().map((id) => move(backend, asked, id, "completed"));
    const ended = await Promise.all(moves);
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(["completed"]));
  });

  test("a call whose signal is aborted is cancelled", async () => {
    const { backend, asked } = await started();
    const gone = { ...asked, signal: AbortSignal.abort() };
    await expect(backend.addTasks([aWireTask()], gone)).rejects.toMatchObject({
      code: "cancelled",
    });
    expect((await backend.listTasks({ project: shop, ...page }, asked)).total).toBe(0);
  });

  test("a usable backend passes its check", async () => {
    const { backend, asked } = await started();
    await expect(backend.check(asked.signal)).resolves.toBeUndefined();
  });
}
