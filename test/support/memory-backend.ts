// A task backend in memory, for tests of the layers in front of a backend.

import { SitrepError } from "../../src/core/errors.ts";
import { canTransition, countByStatus, priorityRank } from "../../src/core/task/task.ts";
import { notFound } from "../../src/server/backend.ts";
import type { Calls, TaskBackend } from "../../src/server/backend.ts";
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
  /** The names of the methods called so far. */
  readonly calls: string[];
  /** Every call throws this; null: none does. */
  failure: Error | null;
  lastId: number;
}

const pageOf = <T>(all: readonly T[], page: number, size: number): T[] =>
  all.slice((page - 1) * size, page * size);

/** Creates a backend without organizations and dependencies. */
export function createMemoryBackend(tasks: WireTask[] = []): MemoryBackend {
  const tickets: WireTicket[] = [];
  const of = (project: string): WireTask[] => tasks.filter((task) => task.project_id === project);
  const idOf = (type: string, number: number): string =>
    `${type}-${String(number).padStart(3, "0")}`;
  const find = (id: string, project: string | undefined): WireTask => {
    const found = tasks.find(
      (task) => task.task_id === id && (project === undefined || task.project_id === project),
    );
    if (found === undefined) throw notFound("task", id);
    return found;
  };
  const createTicket: Calls["createTicket"] = async (ticket, { as }) => {
    const id = idOf("TICKET", tickets.length + 1);
    const made = aWireTicket({ ...ticket, id, created_by: as.user });
    tickets.push(made);
    return { success: true, ticket: made };
  };
  const methods = {
    getNextTask: async ({ project, status }) => {
      const [task = null] = of(project)
        .filter((one) => one.status === status)
        .toSorted((a, b) => priorityRank(a.priority) - priorityRank(b.priority));
      return { task };
    },
    listTasks: async ({ project, status, priority, page, page_size }) => {
      const all = of(project).filter(
        (task) =>
          (status === undefined || task.status === status) &&
          (priority === undefined || task.priority === priority),
      );
      return { tasks: pageOf(all, page, page_size), total: all.length, page, page_size };
    },
    getTask: async ({ id, project }) => ({ task: find(id, project) }),
    updateTaskStatus: async ({ id, project, status, completion_notes: notes }) => {
      const task = find(id, project);
      if (!canTransition(task.status, status)) {
        throw new SitrepError("transition-invalid", `${id} is ${task.status} already`);
      }
      const completed_at = status === "completed" ? instant : null;
      const change = { status, completion_notes: notes || null, completed_at };
      return { updated_task: Object.assign(task, change) };
    },
    addTasks: async ({ tasks: added }) => {
      const made = added.map(({ title, description, ...task }) =>
        aWireTask({
          task_id: idOf("TASK", tasks.length + 1),
          title: title ?? description ?? "",
          description: description ?? null,
          ...task,
        }),
      );
      tasks.push(...made);
      const ids = made.map((task) => task.task_id);
      return { success: true, tasks_added: ids.length, task_ids: ids };
    },
    getNextId: async ({ type }) => ({ next_id: idOf(type, self.lastId + 1) }),
    reserveIds: async ({ type, count }) => {
      const first = self.lastId + 1;
      self.lastId += count;
      return {
        reservation_id: "7d3c5f0e-8f2f-4e7e-9a55-0a0a0a0a0a0a",
        reserved_ids: Array.from({ length: count }, (_, at) => idOf(type, first + at)),
        expires_at: instant,
      };
    },
    listTickets: async ({ page, page_size, status, category, priority }) => {
      const all = tickets.filter(
        (ticket) =>
          (status === undefined || ticket.status === status) &&
          (category === undefined || ticket.category === category) &&
          (priority === undefined || ticket.priority === priority),
      );
      return { tickets: pageOf(all, page, page_size), total: all.length, page, page_size };
    },
    getTicket: async ({ id }) => {
      const ticket = tickets.find((one) => one.id === id);
      if (ticket === undefined) throw notFound("ticket", id);
      return { ticket };
    },
    searchTickets: async ({ q, limit }) => {
      const all = tickets.filter(({ title }) => title.toLowerCase().includes(q));
      return { tickets: all.slice(0, limit), total: Math.min(all.length, limit) };
    },
    createTicket,
    createTicketByAssistant: createTicket,
    counts: async ({ project }) => ({
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
