// The calls of a task backend, with responses reduced to what tests need: the task itself, or null if there is none.

import { codeOf } from "../../src/core/errors.ts";
import type { TaskStatus } from "../../src/core/task/task.ts";
import type { CallScope, Calls, TaskBackend } from "../../src/server/backend.ts";
import type { NewWireTask, NewWireTicket } from "../../src/server/wire.ts";

export type ShortCalls = ReturnType<typeof shortCalls>;

type PageOf<Name extends keyof Calls> = Omit<
  Parameters<Calls[Name]>[0],
  "page_size" | "status" | "priority"
> & { pageSize: number; status?: string; priority?: string };

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (["task-not-found", "ticket-not-found"].includes(codeOf(error))) return null;
    throw error;
  }
}

const named = (project: string | null) => (project === null ? {} : { project });

export function shortCalls(backend: TaskBackend) {
  return {
    nextTask: async (
      { project, status }: { project: string; status: TaskStatus | null },
      asked: CallScope,
    ) => {
      const input = { project, ...(status === null ? {} : { status }) };
      return (await backend.getNextTask(input, asked)).task;
    },
    listTasks: async ({ pageSize, ...filter }: PageOf<"listTasks">, asked: CallScope) => {
      const input = { ...filter, page_size: pageSize } as Parameters<Calls["listTasks"]>[0];
      const { tasks: items, page_size, ...more } = await backend.listTasks(input, asked);
      return { items, ...more, pageSize: page_size };
    },
    getTask: async (id: string, project: string | null, asked: CallScope) =>
      (await orNull(backend.getTask({ id, ...named(project) }, asked)))?.task ?? null,
    updateStatus: async (
      change: { taskId: string; project: string | null; status: TaskStatus; notes: string },
      asked: CallScope,
    ) => {
      const { taskId: id, project, status, notes: completion_notes } = change;
      const input = { id, status, completion_notes, ...named(project) };
      return (await backend.updateTaskStatus(input, asked)).updated_task;
    },
    addTasks: async (tasks: readonly NewWireTask[], asked: CallScope) =>
      (await backend.addTasks({ tasks: [...tasks] }, asked)).task_ids,
    nextId: async (query: { type: string; project: string }, asked: CallScope) =>
      (await backend.getNextId(query, asked)).next_id,
    reserveIds: (
      { project, ...range }: { type: string; project: string; count: number },
      asked: CallScope,
    ) => backend.reserveIds({ ...range, project_id: project }, asked),
    listTickets: async ({ pageSize, ...filter }: PageOf<"listTickets">, asked: CallScope) => {
      const input = { ...filter, page_size: pageSize } as Parameters<Calls["listTickets"]>[0];
      const { tickets: items, page_size, ...more } = await backend.listTickets(input, asked);
      return { items, ...more, pageSize: page_size };
    },
    getTicket: async (id: string, asked: CallScope) =>
      (await orNull(backend.getTicket({ id }, asked)))?.ticket ?? null,
    searchTickets: async (q: string, limit: number, asked: CallScope) =>
      (await backend.searchTickets({ q, limit }, asked)).tickets,
    createTicket: async (ticket: NewWireTicket, asked: CallScope) =>
      (await backend.createTicket(ticket, asked)).ticket,
    counts: (project: string, asked: CallScope) => backend.counts({ project }, asked),
    check: backend.check,
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}
