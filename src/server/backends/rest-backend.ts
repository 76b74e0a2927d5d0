// A task tracking or ticket service over REST. The one key identifies the caller.

import { openRestCaller } from "../../sources/rest-caller.ts";
import { isAbsence, type RestCall, type SendCall } from "../../sources/adapters/rest-responses.ts";
import { SitrepError } from "../../core/errors.ts";
import { quoted } from "../../core/quote.ts";
import type { JsonObject } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { networkFailure } from "../../http/http-failures.ts";
import type { HeaderSource } from "../../http/header-source.ts";
import type { PolicyMetrics, PolicySettings } from "../../http/policy-settings.ts";
import { presetSettings } from "../../http/policy-settings.ts";
import { notFound, type CallScope, type Calls, type TaskBackend } from "../backend.ts";
import type { Operation } from "../operations/define-operation.ts";
import { operationList, operations, type OperationName } from "../operations/operations.ts";
import { countByListing } from "./count-tasks.ts";
import { parseResponse } from "./rest-responses.ts";
import { ServiceError, errorDetail, serviceFailure, type ServiceName } from "./service-error.ts";

export interface RestBackendOptions {
  readonly url: string;
  readonly headers: HeaderSource;
  /** Timeout of one attempt. Default: 5,000 ms. */
  readonly timeoutMs?: number;
  readonly service?: ServiceName;
}

export interface RestBackend extends TaskBackend {
  metrics(): PolicyMetrics;
}

const defaultTimeoutMs = 5000;
const cooldownMs = 30_000;
/** Timeout of the attempts after the first: short, because Claude waits for all of them. Errors name `timeoutMs`. */
const againMs = 1000;

/** Sends calls under the policy. Throws `ServiceError`, and what the sign-in throws. */
function sending({
  url,
  headers,
  timeoutMs = defaultTimeoutMs,
  service = "Task Tracking",
}: RestBackendOptions) {
  const name = `${service} microservice`;
  /** The last failure of the service itself, which explains an open breaker. */
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

  // Reads are retried after 100, 200 and 400 ms; a write only if it was certainly not sent.
  const policy: PolicySettings = {
    ...presetSettings.resilient,
    breaker: { failures: 5, cooldownMs, provenBy: 3 },
    tryTimeoutMs: timeoutMs,
    deadlineMs: timeoutMs + againMs,
    requestsPerMinute: null,
  };
  const { origin } = new URL(url);
  const asker = { subject: () => "", headers, program: null };
  const rest = openRestCaller(
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

const methods = { get: "GET", put: "PUT", post: "POST" } as const;
const kindOf = (name: OperationName) => (name === "getTicket" ? "ticket" : "task");

function requestOf(one: Operation, { id, ...input }: JsonObject): RestCall {
  const isInQuery = (name: string): boolean => one.body === null || name in one.query.shape;
  const fieldsOf = (inQuery: boolean) =>
    Object.fromEntries(Object.entries(input).filter(([name]) => isInQuery(name) === inQuery));
  return {
    kind: one.method === "get" ? "read" : "write",
    method: methods[one.method],
    path: one.path.replace("{id}", encodeURIComponent(String(id))),
    query: fieldsOf(true) as NonNullable<RestCall["query"]>,
    ...(one.body === null ? {} : { body: fieldsOf(false) }),
  };
}

/** The error for a refusal, about the named task or ticket. A web page's or proxy's 404 is a failure. */
function refusalOf(name: OperationName, { id }: JsonObject, error: unknown): unknown {
  if (!(error instanceof ServiceError) || typeof id !== "string") return error;
  const { cause, code, status, response } = error;
  if (isAbsence(cause) && code !== "project-unknown") return notFound(kindOf(name), id);
  if (name !== "updateTaskStatus" || status !== 400) return error;
  const what = cause instanceof SourceError ? errorDetail(cause) : response;
  return new SitrepError("transition-invalid", quoted(what, 200), { cause });
}

export function createRestBackend(options: RestBackendOptions): RestBackend {
  const { send, metrics, close } = sending({ ...options, url: options.url.replace(/\/+$/, "") });
  const callOf =
    ([name, one]: (typeof operationList)[number]) =>
    async (input: JsonObject, { signal }: CallScope): Promise<object> => {
      try {
        const response = parseResponse(one, input, await send(requestOf(one, input), signal));
        const isAbsent = typeof input["id"] === "string" && Object.values(response).includes(null);
        if (!isAbsent) return response;
      } catch (error) {
        throw refusalOf(name, input, error);
      }
      throw notFound(kindOf(name), String(input["id"]));
    };
  const calls = Object.fromEntries(
    operationList.map((one) => [one[0], callOf(one)]),
  ) as unknown as Calls;
  const { getNextTask, listTasks, createTicketByAssistant } = calls;
  return {
    kind: "rest",
    ...calls,
    // Other services may not support this query without a status.
    getNextTask: async ({ project, status }, asked) => {
      if (status !== undefined) return getNextTask({ project, status }, asked);
      const started = await getNextTask({ project, status: "in_progress" }, asked);
      return started.task === null ? getNextTask({ project, status: "pending" }, asked) : started;
    },
    // Every ticket service supports this call.
    createTicket: createTicketByAssistant,
    counts: ({ project }, asked) => countByListing(listTasks, project, asked),
    check: async (signal) => {
      const health = { kind: "read", method: "GET", path: "/health" } as const;
      await send(health, signal).catch(async (error: unknown) => {
        if (!(error instanceof ServiceError) || error.status !== 404) throw error;
        // Other services lack `/health`, but reserve ids.
        const input = { type: "TASK", project: "sitrep" };
        const { getNextId } = operations;
        parseResponse(getNextId, input, await send(requestOf(getNextId, input), signal));
      });
    },
    metrics,
    [Symbol.asyncDispose]: close,
  };
}
