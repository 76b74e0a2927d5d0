// A task backend in memory, for the tests of what stands before a backend.

import { SitrepError } from "../../src/core/errors.ts";
import { canMove, countByStatus, priorityRank } from "../../src/core/task/task.ts";
import type { Asked, Page, TaskBackend } from "../../src/server/backend.ts";
import type { WireTask, WireTicket } from "../../src/server/wire.ts";

export const instant = "2026-11-21T10:02:00.000Z";

export function aWireTask(overrides: Partial<WireTask> = {}): WireTask {
  return {
    task_id: "TASK-051",
    project_id: "shop-api",
    title: "Add OIDC login",
    description: null,
    status: "pending",
    priority: "medium",
    assignees: [],
    labels: [],
    depends_on: [],
    inputs: [],
    outputs: [],
    due: null,
    branch: null,
    category: null,
    estimated_effort: null,
    parent: null,
    url: null,
    created_at: instant,
    updated_at: instant,
    completed_at: null,
    completion_notes: null,
    ...overrides,
  };
}

export function aWireTicket(overrides: Partial<WireTicket> = {}): WireTicket {
  return {
    id: "TICKET-001",
    title: "Login fails",
    description: "After the update",
    status: "open",
    category: "general",
    priority: "medium",
    created_by: "anna",
    created_at: instant,
    updated_at: instant,
    ...overrides,
  };
}

export interface MemoryBackend extends TaskBackend {
  readonly tasks: WireTask[];
  readonly tickets: WireTicket[];
  /** Names of the methods that were called. */
  readonly calls: string[];
  /** Thrown by every call. */
  failure: Error | null;
  lastId: number;
}

const pageOf = <T>(all: readonly T[], page: number, pageSize: number): Page<T> => ({
  items: all.slice((page - 1) * pageSize, page * pageSize),
  total: all.length,
  page,
  pageSize,
});

/** Knows neither organisations nor dependencies. */
export function createMemoryBackend(tasks: WireTask[] = []): MemoryBackend {
  const tickets: WireTicket[] = [];
  const of = (project: string): WireTask[] => tasks.filter((task) => task.project_id === project);
  const idOf = (type: string, number: number): string =>
    `${type}-${String(number).padStart(3, "0")}`;
  const find = (id: string, project: string | null): WireTask | null =>
    tasks.find(
      (task) => task.task_id === id && (project === null || task.project_id === project),
    ) ?? null;
  const methods = {
    nextTask: async ({ project, status }) =>
      of(project)
        .filter((task) => task.status === status)
        .toSorted((a, b) => priorityRank(a.priority) - priorityRank(b.priority))[0] ?? null,
    listTasks: async ({ project, status, priority, page, pageSize }) =>
      pageOf(
        of(project).filter(
          (task) =>
            (status === undefined || task.status === status) &&
            (priority === undefined || task.priority === priority),
        ),
        page,
        pageSize,
      ),
    getTask: async (id, project) => find(id, project),
    updateStatus: async ({ taskId, project, status, notes }) => {
      const task = find(taskId, project);
      if (task === null) throw new SitrepError("task-not-found", `There is no task ${taskId}`);
      if (!canMove(task.status, status)) {
        throw new SitrepError("transition-invalid", `${taskId} is ${task.status} already`);
      }
      const completed_at = status === "completed" ? instant : null;
      return Object.assign(task, { status, completion_notes: notes || null, completed_at });
    },
    addTasks: async (added) => {
      const made = added.map(({ title, description, ...task }) =>
        aWireTask({
          task_id: idOf("TASK", tasks.length + 1),
          title: title ?? description ?? "",
          description: description ?? null,
          ...task,
        }),
      );
      tasks.push(...made);
      return made.map((task) => task.task_id);
    },
    nextId: async ({ type }) => idOf(type, self.lastId + 1),
    reserveIds: async ({ type, count }) => {
      const first = self.lastId + 1;
      self.lastId += count;
      return {
        reservation_id: "7d3c5f0e-8f2f-4e7e-9a55-0a0a0a0a0a0a",
        reserved_ids: Array.from({ length: count }, (_, at) => idOf(type, first + at)),
        expires_at: instant,
      };
    },
    listTickets: async ({ page, pageSize, status, category, priority }) =>
      pageOf(
        tickets.filter(
          (ticket) =>
            (status === undefined || ticket.status === status) &&
            (category === undefined || ticket.category === category) &&
            (priority === undefined || ticket.priority === priority),
        ),
        page,
        pageSize,
      ),
    getTicket: async (id) => tickets.find((ticket) => ticket.id === id) ?? null,
    searchTickets: async (text, limit) =>
      tickets.filter(({ title }) => title.toLowerCase().includes(text)).slice(0, limit),
    createTicket: async (ticket, { as }: Asked) => {
      const made = aWireTicket({
        ...ticket,
        id: idOf("TICKET", tickets.length + 1),
        created_by: as.user,
      });
      tickets.push(made);
      return made;
    },
    counts: async (project) => ({
      byStatus: countByStatus(of(project)),
      completedByDay: [{ day: "2026-11-21", count: 1 }],
    }),
    check: async () => undefined,
  } satisfies Omit<TaskBackend, "kind" | typeof Symbol.asyncDispose>;
  const calls: string[] = [];
  const recorded = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      async (...args: unknown[]) => {
        calls.push(name);
        if (self.failure !== null) throw self.failure;
        return (method as (...given: unknown[]) => Promise<unknown>)(...args);
      },
    ]),
  ) as typeof methods;
  const self: MemoryBackend = {
    ...recorded,
    kind: "store",
    tasks,
    tickets,
    calls,
    failure: null,
    lastId: 27,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return self;
}
