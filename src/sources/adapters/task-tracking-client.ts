// The requests of the task tracking service. The source's adapter and the task server's REST backend each parse the responses.

import type { TaskPriority, TaskStatus } from "../../core/task/task.ts";
import type { RestCall, SendCall } from "./rest-responses.ts";

interface Paging {
  readonly page?: number;
  readonly page_size?: number;
}

const tickets = "/api/v1/tickets";

/** Each method gives the response's body, and throws what `send` throws. */
export function createTaskTrackingClient(send: SendCall) {
  const read = (path: string, query: NonNullable<RestCall["query"]>, signal: AbortSignal) =>
    send({ kind: "read", method: "GET", path, query }, signal);
  const add = (path: string, body: object, signal: AbortSignal) =>
    send({ kind: "write", method: "POST", path, body }, signal);
  return {
    nextTask: (query: { project: string; status: TaskStatus }, signal: AbortSignal) =>
      read("/tasks/next", query, signal),
    /** Without `page` the first one, or everything from a service without pages. */
    listTasks: (
      query: Paging & {
        project: string;
        status?: TaskStatus | undefined;
        priority?: TaskPriority | undefined;
      },
      signal: AbortSignal,
    ) => read("/tasks", { ...query }, signal),
    getTask: (id: string, query: { project?: string }, signal: AbortSignal) =>
      read(`/tasks/${encodeURIComponent(id)}`, query, signal),
    updateStatus: (
      id: string,
      body: { status: TaskStatus | undefined; completion_notes: string },
      query: { project?: string },
      signal: AbortSignal,
    ) => {
      const path = `/tasks/${encodeURIComponent(id)}/status`;
      return send({ kind: "write", method: "PUT", path, query, body }, signal);
    },
    addTasks: (tasks: readonly object[], signal: AbortSignal) =>
      add("/tasks/batch", { tasks }, signal),
    nextId: (query: { type: string; project: string }, signal: AbortSignal) =>
      read("/ids/next", query, signal),
    reserveIds: (body: { type: string; count: number; project_id: string }, signal: AbortSignal) =>
      add("/ids/reserve", body, signal),
    listTickets: (
      query: Paging & {
        status?: string | undefined;
        category?: string | undefined;
        priority?: string | undefined;
      },
      signal: AbortSignal,
    ) => read(tickets, { ...query }, signal),
    getTicket: (id: string, signal: AbortSignal) =>
      read(`${tickets}/${encodeURIComponent(id)}`, {}, signal),
    searchTickets: (query: { q: string; limit: number }, signal: AbortSignal) =>
      read(`${tickets}/search`, query, signal),
    /** Every ticket service can create tickets in this way. It makes a title from the description if there is none. */
    createTicketByAssistant: (ticket: object, signal: AbortSignal) =>
      add(`${tickets}/ai-create`, ticket, signal),
    health: (signal: AbortSignal) => read("/health", {}, signal),
  };
}
