// The REST routes. The request guard has already found the principal and counted the request.

import type { IncomingMessage } from "node:http";
import { jsonResponse } from "../../state/output/json-output.ts";
import { Hono, type Context, type Handler } from "hono";
import { HTTPException } from "hono/http-exception";
import type * as z from "zod";
import { SitrepError } from "../../core/errors.ts";
import type { CallScope, TaskBackend } from "../backend.ts";
import { readBody } from "../http/body.ts";
import type { Operation } from "../operations/define-operation.ts";
import { operationList } from "../operations/operations.ts";
import { mayUse, type Principal } from "../principal.ts";
import { openApiDocument } from "./openapi.ts";
import { createProblem, problemResponse, serviceProblem } from "../problem.ts";

export interface RestEnv {
  Bindings: { readonly incoming: IncomingMessage };
  Variables: { principal?: Principal };
}

export interface RestOptions {
  readonly backend: TaskBackend;
  readonly version: string;
  /** Largest request body. Default: 1 MiB. */
  readonly largestBodyBytes?: number;
  readonly onFailure: (error: unknown) => void;
}

const maxIssues = 10;

const ended = (...about: Parameters<typeof serviceProblem>): HTTPException =>
  new HTTPException(undefined, { res: problemResponse(serviceProblem(...about)) });

/** The parsed value, or 422 with each mistake and its place. The error does not quote the request. */
function checked(schema: z.ZodType, value: unknown, place: string): object {
  const result = schema.safeParse(value);
  if (result.success) return result.data as object;
  const issues = result.error.issues
    .slice(0, maxIssues)
    .map(({ path, message }) => `${[place, ...path].join(".")}: ${message}`);
  throw ended("request-invalid", { detail: issues.join("; ") });
}

/** Empty values count as absent: clients send every parameter that they know. */
const queryOf = (context: Context): Record<string, string> =>
  Object.fromEntries(Object.entries(context.req.query()).filter(([, value]) => value !== ""));

async function bodyOf(incoming: IncomingMessage, largestBytes: number): Promise<unknown> {
  const { headers } = incoming;
  // A web page cannot send this type without a preflight request.
  if (!/^application\/json\s*(?:;|$)/i.test(headers["content-type"] ?? "")) {
    throw ended("media-type", {
      hint: "Send JSON with the header Content-Type: application/json.",
    });
  }
  const text = await readBody(incoming, headers["content-length"], largestBytes);
  if (text === null) {
    throw ended("request-too-large", {
      detail: `A request can have at most ${largestBytes} bytes.`,
    });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw ended("request-invalid", { detail: "The body is not JSON." });
  }
}

function handlerOf(
  one: Operation,
  call: (input: object, asked: CallScope) => Promise<object>,
  largestBytes: number,
): Handler<RestEnv> {
  const hasId = one.path.includes("{id}");
  return async (context) => {
    const principal = context.get("principal");
    if (principal === undefined) throw ended("unauthorized");
    if (!mayUse(principal, one.permission)) {
      throw new SitrepError("permission-denied", `This requires the ${one.permission} permission.`);
    }
    const input = {
      ...checked(one.query, queryOf(context), "query"),
      ...(one.body && checked(one.body, await bodyOf(context.env.incoming, largestBytes), "body")),
      ...(hasId && { id: context.req.param("id") }),
    };
    return jsonResponse(await call(input, { as: principal, signal: context.req.raw.signal }), one);
  };
}

const routeOf = (path: string): string => path.replace("{id}", ":id");

const patterns = operationList.map(
  ([, { path }]) => [path, new RegExp(`^${path.replace("{id}", "[^/]+")}$`)] as const,
);

/** The route of a path, such as `/tasks/{id}`, without anybody's text; null for other paths. */
export const findRestRoute = (path: string): string | null =>
  patterns.find(([, pattern]) => pattern.test(path))?.[0] ?? null;

/** The routes and `GET /openapi.json`, which needs no principal. Other paths are left to the app around them. */
export function createRestRoutes({
  backend,
  version,
  largestBodyBytes = 1024 * 1024,
  onFailure,
}: RestOptions): Hono<RestEnv> {
  const app = new Hono<RestEnv>();
  app.onError((error) => {
    if (error instanceof HTTPException && error.res !== undefined) return error.res;
    const problem = createProblem(error);
    if (problem.status >= 500) onFailure(error);
    return problemResponse(problem);
  });
  const document = openApiDocument(version);
  app.get("/openapi.json", () => jsonResponse(document));
  const methods = new Map<string, string[]>();
  for (const [name, one] of operationList) {
    const method = one.method.toUpperCase();
    const call = backend[name] as (input: object, asked: CallScope) => Promise<object>;
    app.on(method, routeOf(one.path), handlerOf(one, call, largestBodyBytes));
    methods.set(one.path, [...(methods.get(one.path) ?? []), method]);
  }
  for (const [path, allowed] of methods) {
    app.all(routeOf(path), () =>
      problemResponse(serviceProblem("method-not-allowed"), { allow: allowed.join(", ") }),
    );
  }
  return app;
}
