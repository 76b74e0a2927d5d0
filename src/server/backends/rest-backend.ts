// A task tracking service over REST behind the task tools: one client with its connections, one policy, one key. The
// service knows the caller by the key.

import { createTaskTrackingClient } from "../../sources/adapters/task-tracking-client.ts";
import { totalIn } from "../../sources/adapters/rest.ts";
import { openRestServer } from "../../sources/rest-server.ts";
import type { SendCall } from "../../sources/adapters/rest.ts";
import { SitrepError } from "../../core/errors.ts";
import { quoted, quotedName } from "../../core/quote.ts";
import { SourceError } from "../../core/source-error.ts";
import type { TaskStatus } from "../../core/task/task.ts";
import { networkFailure } from "../../http/failures.ts";
import type { HeaderSource } from "../../http/header-source.ts";
import type { PolicyMetrics, PolicySettings } from "../../http/policy-settings.ts";
import { presetSettings } from "../../http/policy-settings.ts";
import type { Asked, TaskBackend } from "../backend.ts";
import {
  countTasks,
  idIn,
  idsIn,
  orNull,
  saysAbsent,
  pageIn,
  reservationIn,
  taskIn,
  ticketIn,
  ticketsIn,
  toTask,
} from "./rest-answers.ts";
import { ServiceError, detailOf, serviceFailure, type ServiceName } from "./service-error.ts";

export interface RestBackendOptions {
  /** Of the service; calls go below it. */
  readonly url: string;
  /** Of the sign-in. Sent to this origin alone. */
  readonly headers: HeaderSource;
  /** For one try. Default 5,000 ms. */
  readonly timeoutMs?: number;
  /** What errors call it. */
  readonly service?: ServiceName;
}

/** A port with the counters of its calls. */
export interface RestBackend extends TaskBackend {
  metrics(): PolicyMetrics;
}

const usualTimeoutMs = 5000;
const cooldownMs = 30_000;
/** For the tries after the first: Claude waits for all of them, and is shown that it waited `timeoutMs`. */
const againMs = 1000;

/** Sends calls under the policy. What it throws is a `ServiceError`, or what the sign-in throws. */
function sending({
  url,
  headers,
  timeoutMs = usualTimeoutMs,
  service = "Task Tracking",
}: RestBackendOptions) {
  const name = `${service} microservice`;
  /** Why the breaker holds calls back: how the last try failed that speaks of the service's health. */
  let last: { readonly reason: string; readonly isTimeout: boolean } | null = null;

  function note(error: unknown, isLate: boolean): void {
    const failure = isLate ? new SourceError("source-timeout", "") : networkFailure(name, error);
    if (failure.code === "cancelled") return;
    const { status, reason, isTimeout } = serviceFailure(failure, url, timeoutMs, service);
    if (status === null) last = { reason, isTimeout };
    else if (status >= 500) last = { reason: `HTTP ${status} at ${url}`, isTimeout: false };
  }

  function failureOf(error: SourceError): ServiceError {
    const failure = serviceFailure(error, url, timeoutMs, service);
    if (error.code !== "source-cooldown") return failure;
    return new ServiceError(error.code, error.message, {
      cause: error,
      reason: last?.reason ?? failure.reason,
      isTimeout: last?.isTimeout ?? false,
      isUnsent: true,
      retryAfterMs: error.retryAfterMs,
      service,
    });
  }

  // Reads are tried again after 100, 200 and 400 ms; a write only when it was certainly not sent.
  const policy: PolicySettings = {
    ...presetSettings.resilient,
    breaker: { failures: 5, cooldownMs, provenBy: 3 },
    tryTimeoutMs: timeoutMs,
    deadlineMs: timeoutMs + againMs,
    requestsPerMinute: null,
  };
  const { origin } = new URL(url);
  const asker = { subject: () => "", headers, program: null };
  const rest = openRestServer(
    { name, origin, url, ...asker, policy, takePermit: null },
    { keepsErrorBody: true, onFailedTry: note },
  );
  const sendOrFail: SendCall = async (call, signal) => {
    try {
      return await rest.send(call, signal);
    } catch (error) {
      throw error instanceof SourceError ? failureOf(error) : error;
    }
  };
  return { send: sendOrFail, metrics: rest.metrics, close: () => rest[Symbol.asyncDispose]() };
}

const inProject = (project: string | null) => (project === null ? {} : { project });

/** The service's refusals of a change of status, by their meaning. */
function statusRefusal(error: unknown, taskId: string): unknown {
  if (!(error instanceof ServiceError)) return error;
  const { cause, status } = error;
  if (saysAbsent(error)) {
    return new SitrepError("task-not-found", `Task not found: ${quotedName(taskId)}`, { cause });
  }
  if (status !== 400) return error;
  const what = cause instanceof SourceError ? detailOf(cause) : error.answer;
  return new SitrepError("transition-invalid", quoted(what, 200), { cause });
}

/** Disposing of it closes its connections. */
export function createRestBackend(options: RestBackendOptions): RestBackend {
  const { send, metrics, close } = sending({ ...options, url: options.url.replace(/\/+$/, "") });
  const client = createTaskTrackingClient(send);
  const next = async (project: string, status: TaskStatus, { signal }: Asked) =>
    taskIn(await client.nextTask({ project, status }, signal), "task", project);
  const listTasks: TaskBackend["listTasks"] = async (filter, { signal }) => {
    const { pageSize, ...query } = filter;
    const answer = await client.listTasks({ ...query, page_size: pageSize }, signal);
    return pageIn(answer, "tasks", filter, (raw) => toTask(raw, filter.project));
  };
  return {
    kind: "rest",
    nextTask: async ({ project, status }, asked) =>
      status === null
        ? ((await next(project, "in_progress", asked)) ?? (await next(project, "pending", asked)))
        : await next(project, status, asked),
    listTasks,
    getTask: async (id, project, { signal }) => {
      const answer = await orNull(client.getTask(id, inProject(project), signal));
      return answer === null ? null : taskIn(answer, "task", project);
    },
    updateStatus: async ({ taskId, project, status, notes }, { signal }) => {
      const body = { status, completion_notes: notes };
      try {
        const answer = await client.updateStatus(taskId, body, inProject(project), signal);
        const task = taskIn(answer, "updated_task", project);
        if (task !== null) return task;
      } catch (error) {
        throw statusRefusal(error, taskId);
      }
      throw new SitrepError("task-not-found", `Task not found: ${quotedName(taskId)}`);
    },
    addTasks: async (tasks, { signal }) => idsIn(await client.addTasks(tasks, signal)),
    nextId: async (query, { signal }) => idIn(await client.nextId(query, signal)),
    reserveIds: async ({ type, project, count }, { signal }) =>
      reservationIn(await client.reserveIds({ type, count, project_id: project }, signal)),
    listTickets: async (filter, { signal }) => {
      const { pageSize, ...query } = filter;
      const answer = await client.listTickets({ ...query, page_size: pageSize }, signal);
      const items = ticketsIn(answer);
      return { items, total: totalIn(answer) ?? items.length, page: filter.page, pageSize };
    },
    getTicket: async (id, { signal }) => {
      const answer = await orNull(client.getTicket(id, signal));
      return answer === null ? null : ticketIn(answer);
    },
    searchTickets: async (text, limit, { signal }) =>
      text.trim() === "" ? [] : ticketsIn(await client.searchTickets({ q: text, limit }, signal)),
    createTicket: async (ticket, { signal }) =>
      ticketIn(await client.createTicketByAssistant(ticket, signal), ticket),
    counts: (project, asked) => countTasks(listTasks, project, asked),
    check: async (signal) => {
      await client.health(signal).catch(async (error: unknown) => {
        if (!(error instanceof ServiceError) || error.status !== 404) throw error;
        // A service without this page is there all the same, when it answers as one.
        idIn(await client.nextId({ type: "TASK", project: "sitrep" }, signal));
      });
    },
    metrics,
    [Symbol.asyncDispose]: close,
  };
}
