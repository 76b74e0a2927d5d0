// Refusals of the server itself, in the form that the REST routes give theirs.

import { SitrepError } from "../../core/errors.ts";
import { problemOf, problemResponse, serviceProblem } from "../rest/problem.ts";
import type { ProblemDetails, ServiceProblemCode } from "../rest/problem.ts";

type Headers = Readonly<Record<string, string>>;

export const refuse = (
  code: ServiceProblemCode,
  details: ProblemDetails = {},
  headers: Headers = {},
): Response =>
  problemResponse(serviceProblem(code, details), { "cache-control": "no-store", ...headers });

/** For what was thrown; nothing of what went wrong inside is told but its code. */
export const refuseFor = (error: unknown): Response => problemResponse(problemOf(error));

export const refusePermission = (permission: string): Response =>
  refuseFor(new SitrepError("permission-denied", `This needs the permission ${permission}.`));

/** `Retry-After` in whole seconds, at least one. */
export const retryAfter = (ms: number): Headers => ({
  "retry-after": String(Math.max(1, Math.ceil(ms / 1000))),
});
