// A task tracking service over REST behind the task tools. The service knows by the key who asks.

import { SitrepError } from "../../core/errors.ts";
import { SourceError } from "../../core/source-error.ts";
import type { TaskStatus } from "../../core/task.ts";
import type { Asked, TaskBackend } from "../backend.ts";
import {
  fieldIn,
  idIn,
  idsIn,
  orNull,
  reservationIn,
  taskIn,
  tasksIn,
  ticketIn,
  ticketPageIn,
  ticketsIn,
} from "./rest-answers.ts";
import { countTasks } from "./rest-counts.ts";
import { createRestService, ServiceError, detailOf } from "./rest-service.ts";
import type { RestService, RestServiceOptions } from "./rest-service.ts";

/** A port with the counters of its calls. */
export interface RestBackend extends TaskBackend {
  readonly metrics: RestService["metrics"];
}

const segment = encodeURIComponent;
const projectQuery = (project: string | null) => (project === null ? {} : { project });

/** The service's refusals of a change of status, by their meaning. */
function statusRefusal(error: unknown, taskId: string): unknown {
  if (!(error instanceof ServiceError)) return error;
  const { cause, status } = error;
  if (status === 404 && error.code !== "project-unknown") {
    return new SitrepError("task-not-found", `Task not found: ${taskId}`, { cause });
  }
  if (status !== 400) return error;
  const what = cause instanceof SourceError ? detailOf(cause) : error.answer;
  return new SitrepError("transition-invalid", what, { cause });
}

function taskMethods({
  send,
}: RestService): Pick<
  TaskBackend,
  "nextTask" | "listTasks" | "getTask" | "updateStatus" | "addTasks"
> {
  const next = async (project: string, status: TaskStatus, { signal }: Asked) => {
    const query = { project, status };
    const answer = await send({ kind: "read", method: "GET", path: "/tasks/next", query }, signal);
    return taskIn(answer, "task", project);
  };
  return {
    nextTask: async ({ project, status }, asked) =>
      status === null
        ? ((await next(project, "in_progress", asked)) ?? (await next(project, "pending", asked)))
        : await next(project, status, asked),
    listTasks: async ({ project, status, priority, page, pageSize }, { signal }) => {
      const query = { project, status, priority, page, page_size: pageSize };
      const answer = await send({ kind: "read", method: "GET", path: "/tasks", query }, signal);
      return tasksIn(answer, project, { page, pageSize });
    },
    getTask: async (id, project, { signal }) => {
      const path = `/tasks/${segment(id)}`;
      const query = projectQuery(project);
      const answer = await orNull(send({ kind: "read", method: "GET", path, query }, signal));
      return answer === null ? null : taskIn(answer, "task", project);
    },
    updateStatus: async ({ taskId, project, status, notes }, { signal }) => {
      const path = `/tasks/${segment(taskId)}/status`;
      const body = { status, completion_notes: notes };
      const query = projectQuery(project);
      try {
        const answer = await send({ kind: "write", method: "PUT", path, query, body }, signal);
        const task = taskIn(answer, "updated_task", project);
        if (task !== null) return task;
      } catch (error) {
        throw statusRefusal(error, taskId);
      }
      throw new SitrepError("task-not-found", `Task not found: ${taskId}`);
    },
    addTasks: async (tasks, { signal }) => {
      const request = { kind: "write", method: "POST", path: "/tasks/batch" } as const;
      return idsIn(await send({ ...request, body: { tasks } }, signal));
    },
  };
}

function ticketMethods({
  send,
}: RestService): Pick<TaskBackend, "listTickets" | "getTicket" | "searchTickets" | "createTicket"> {
  const base = "/api/v1/tickets";
  const get = (path: string, query: Record<string, string | number | undefined>, asked: Asked) =>
    send({ kind: "read", method: "GET", path: base + path, query }, asked.signal);
  return {
    listTickets: async ({ page, pageSize, status, category, priority }, asked) => {
      const query = { page, page_size: pageSize, status, category, priority };
      return ticketPageIn(await get("", query, asked), { page, pageSize });
    },
    getTicket: async (id, asked) => {
      const answer = await orNull(get(`/${segment(id)}`, {}, asked));
      return answer === null ? null : ticketIn(fieldIn(answer, "ticket"));
    },
    searchTickets: async (text, limit, asked) =>
      text.trim() === "" ? [] : ticketsIn(await get("/search", { q: text, limit }, asked)),
    createTicket: async (ticket, { signal }) => {
      const request = { kind: "write", method: "POST", path: base, body: ticket } as const;
      return ticketIn(fieldIn(await send(request, signal), "ticket"));
    },
  };
}

/** Disposing of it closes its connections. */
export function createRestBackend(options: RestServiceOptions): RestBackend {
  const service = createRestService(options);
  const { send } = service;
  const tasks = taskMethods(service);
  return {
    kind: "rest",
    ...tasks,
    ...ticketMethods(service),
    nextId: async ({ type, project }, { signal }) => {
      const query = { type, project };
      return idIn(await send({ kind: "read", method: "GET", path: "/ids/next", query }, signal));
    },
    reserveIds: async ({ type, project, count }, { signal }) => {
      const body = { type, count, project_id: project };
      const request = { kind: "write", method: "POST", path: "/ids/reserve", body } as const;
      return reservationIn(await send(request, signal));
    },
    counts: (project, asked) => countTasks(tasks, project, asked),
    check: async (signal) => {
      // A service without this page is there all the same.
      await orNull(send({ kind: "read", method: "GET", path: "/health" }, signal));
    },
    metrics: service.metrics,
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}
