// Failures and refusals as problem details (RFC 9457). Clients branch on `code`, which never changes.

import { jsonResponse } from "../state/output/json-output.ts";
import { SitrepError } from "../core/errors.ts";
import { SourceError } from "../core/source-error.ts";

const serviceProblems = {
  unauthorized: [401, "Unauthorized"],
  "request-invalid": [422, "Invalid request"],
  "request-too-large": [413, "Request too large"],
  "media-type": [415, "Unsupported media type"],
  "not-found": [404, "Not found"],
  "method-not-allowed": [405, "Method not allowed"],
  "rate-limited": [429, "Too many requests"],
  "too-many-connections": [429, "Too many connections"],
  "host-refused": [403, "Host or origin not allowed"],
  "organization-refused": [403, "Organization not allowed"],
  "sign-in-unavailable": [503, "Sign-in temporarily unavailable"],
  "going-down": [503, "Server shutting down"],
} as const;

type StatusTitle = readonly [status: number, title: string];

/** Status and title of each error code, also for refused tool calls. */
export const errorProblems: Readonly<Record<string, StatusTitle>> = {
  "transition-invalid": [400, "Invalid status transition"],
  "permission-denied": [403, "Permission denied"],
  "write-not-allowed": [403, "Writing not allowed"],
  "task-changed": [409, "Task changed"],
  "write-unknown": [504, "Unknown whether the change was made"],
  "write-not-applied": [502, "Change not applied"],
  "task-not-found": [404, "Task not found"],
  "ticket-not-found": [404, "Ticket not found"],
  "project-unknown": [404, "Project not found"],
  "task-ambiguous": [409, "Ambiguous task id"],
  "task-invalid": [422, "Invalid task"],
  usage: [422, "Invalid request"],
  "not-supported": [501, "Not supported"],
  "store-busy": [503, "Store busy"],
  "store-unreachable": [503, "Store unavailable"],
  "store-interrupted": [504, "Store interrupted; the change may have been made"],
  "disk-full": [503, "Disk full"],
  "file-denied": [503, "Store not writable"],
  "too-many-files": [503, "Too many open files"],
  "store-unreadable": [500, "Store not usable"],
  cancelled: [503, "Cancelled"],
  "source-timeout": [504, "Task server timeout"],
  "source-cooldown": [503, "Task server unavailable"],
  "source-rate-limited": [429, "Too many requests"],
};

type ServiceProblemCode = keyof typeof serviceProblems;

type ProblemDetails = { [field in "detail" | "hint"]?: string | undefined };

function problem(
  code: string,
  [status, title]: StatusTitle,
  { detail, hint }: ProblemDetails = {},
) {
  return {
    type: `urn:sitrep:problem:${code}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    code,
    ...(hint === undefined ? {} : { hint }),
  };
}

type Problem = ReturnType<typeof problem>;

export const serviceProblem = (code: ServiceProblemCode, details?: ProblemDetails): Problem =>
  problem(code, serviceProblems[code], details);

/** Failures of the server itself have no detail: its files and addresses stay private. */
export function createProblem(error: unknown): Problem {
  const code = error instanceof SitrepError ? error.code : "unexpected";
  const entry = errorProblems[code];
  if (entry === undefined) {
    // `source-*` codes are of a `SourceError` or a `ServiceError`.
    return code.startsWith("source-")
      ? problem(code, [502, "Task server failed"])
      : problem("unexpected", [500, "Internal error"]);
  }
  const isOurs = entry[0] >= 500 || error instanceof SourceError || !(error instanceof SitrepError);
  return problem(code, entry, isOurs ? {} : { detail: error.message, hint: error.hint });
}

type Headers = Readonly<Record<string, string>>;

/** With `WWW-Authenticate` or `Retry-After` for the statuses that need them. */
export function problemResponse(body: Problem, headers: Headers = {}): Response {
  return jsonResponse(body, {
    status: body.status,
    headers: {
      "content-type": "application/problem+json",
      ...([429, 503].includes(body.status) ? { "retry-after": "1" } : {}),
      ...(body.status === 401 ? { "www-authenticate": 'Bearer realm="sitrep"' } : {}),
      ...headers,
    },
  });
}

export const refuse = (
  code: ServiceProblemCode,
  details?: ProblemDetails,
  headers: Headers = {},
): Response =>
  problemResponse(serviceProblem(code, details), { "cache-control": "no-store", ...headers });

export const refuseWith = (error: unknown): Response => problemResponse(createProblem(error));

export const refusePermission = (permission: string): Response =>
  refuseWith(new SitrepError("permission-denied", `This requires the ${permission} permission.`));

export const retryAfter = (ms: number): Headers => ({
  "retry-after": String(Math.max(1, Math.ceil(ms / 1000))),
});
