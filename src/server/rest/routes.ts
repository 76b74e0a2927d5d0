// The REST service: a route for each operation, which checks the principal's permission and the request, asks the
// backend, and answers in JSON or with a problem. The request guard has found the principal and counted the request before.

import type { IncomingMessage } from "node:http";
import { jsonResponse } from "../../state/output/program.ts";
import { Hono, type Context, type Handler } from "hono";
import { HTTPException } from "hono/http-exception";
import type * as z from "zod";
import { SitrepError } from "../../core/errors.ts";
import type { TaskBackend } from "../backend.ts";
import { readBody } from "../http/body.ts";
import { mayUse, type Principal } from "../principal.ts";
import { openApiDocument } from "./openapi.ts";
import type { RestOperation } from "./operation.ts";
import { problemOf, problemResponse, serviceProblem } from "../problem.ts";
import { taskOperations } from "./task-operations.ts";
import { ticketOperations } from "./ticket-operations.ts";

/** What stands before these routes gives them of the request. */
interface RestBindings {
  readonly incoming: IncomingMessage;
}

/** What a middleware must have set before these routes. Without a principal they answer 401. */
export interface RestEnv {
  Bindings: RestBindings;
  Variables: { principal?: Principal };
}

export interface RestOptions {
  readonly backend: TaskBackend;
  /** The product's, for the OpenAPI document. */
  readonly version: string;
  /** Of a request's body. Default: 1 MiB. */
  readonly largestBodyBytes?: number;
  /** Called with failures that are the service's own, for the log. */
  readonly onFailure: (error: unknown) => void;
}

/** Every operation, in the order in which paths are matched. */
export const restOperations: readonly RestOperation[] = [...taskOperations, ...ticketOperations];

const mostIssues = 10;

/** Thrown by a handler: the request ends with this problem. */
const ended = (...about: Parameters<typeof serviceProblem>): HTTPException =>
  new HTTPException(undefined, { res: problemResponse(serviceProblem(...about)) });

/** The value, or 422 with what is wrong where. What the request said is not repeated. */
function checked(schema: z.ZodType, value: unknown, place: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues
    .slice(0, mostIssues)
    .map(({ path, message }) => `${[place, ...path].join(".")}: ${message}`);
  throw ended("request-invalid", { detail: issues.join("; ") });
}

/** Empty values count as absent: clients send every parameter that they know. */
function queryOf(context: Context): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context.req.query()).filter(([, value]) => value !== ""),
  );
}

async function bodyOf({ incoming }: RestBindings, largestBytes: number): Promise<unknown> {
  const { headers } = incoming;
  // Also what keeps a page in a browser from sending one without asking first.
  if (!/^application\/json\s*(?:;|$)/i.test(headers["content-type"] ?? "")) {
    throw ended("media-type", {
      hint: "Send JSON with the header Content-Type: application/json.",
    });
  }
  const text = await readBody(incoming, headers["content-length"], largestBytes);
  if (text === null) {
    throw ended("request-too-large", { detail: `A request may have ${largestBytes} bytes.` });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw ended("request-invalid", { detail: "The body is not JSON." });
  }
}

function handlerOf(
  one: RestOperation,
  backend: TaskBackend,
  largestBytes: number,
): Handler<RestEnv> {
  return async (context) => {
    const principal = context.get("principal");
    if (principal === undefined) throw ended("unauthorized");
    if (!mayUse(principal, one.permission)) {
      throw new SitrepError("permission-denied", `This needs the permission ${one.permission}.`);
    }
    const query = checked(one.query, queryOf(context), "query");
    const body =
      one.body === null ? null : checked(one.body, await bodyOf(context.env, largestBytes), "body");
    const id = context.req.param("id") ?? "";
    const asked = { as: principal, signal: context.req.raw.signal };
    const answer = await one.run(backend, { id, query, body }, asked);
    return jsonResponse(answer, one);
  };
}

/** The methods of each path, for 405. */
function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of restOperations) {
    const name = method.toUpperCase();
    methods.set(path, [...(methods.get(path) ?? []), name]);
  }
  return methods;
}

const routeOf = (path: string): string => path.replace("{id}", ":id");

const patterns = restOperations.map(
  ({ path }) => [path, new RegExp(`^${path.replace("{id}", "[^/]+")}$`)] as const,
);

/** The route of a path, `/tasks/{id}`, which is nobody's text; null for a path that is none. */
export const restRouteOf = (path: string): string | null =>
  patterns.find(([, pattern]) => pattern.test(path))?.[0] ?? null;

/** The routes and `GET /openapi.json`, which needs no principal. Another path is the app's that they are put into. */
export function createRestRoutes({
  backend,
  version,
  largestBodyBytes = 1024 * 1024,
  onFailure,
}: RestOptions): Hono<RestEnv> {
  const app = new Hono<RestEnv>();
  app.onError((error) => {
    if (error instanceof HTTPException && error.res !== undefined) return error.res;
    const problem = problemOf(error);
    if (problem.status >= 500) onFailure(error);
    return problemResponse(problem);
  });
  const document = openApiDocument(restOperations, version);
  app.get("/openapi.json", () => jsonResponse(document));
  for (const one of restOperations) {
    const handler = handlerOf(one, backend, largestBodyBytes);
    app.on(one.method.toUpperCase(), routeOf(one.path), handler);
  }
  for (const [path, methods] of methodsByPath()) {
    app.all(routeOf(path), () =>
      problemResponse(serviceProblem("method-not-allowed"), { allow: methods.join(", ") }),
    );
  }
  return app;
}
