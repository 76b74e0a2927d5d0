import * as z from "zod";
import type { Operation } from "../operations/define-operation.ts";
import { operationList } from "../operations/operations.ts";
import { NewWireTask, WireTask, WireTicket } from "../wire.ts";

type Json = Record<string, unknown>;

const problemSchema: Json = {
  type: "object",
  description: "Problem details (RFC 9457)",
  required: ["type", "title", "status", "code"],
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", description: "Stable error code" },
    hint: { type: "string", description: "What to do" },
  },
};

const descriptions: Readonly<Record<number, string>> = {
  200: "Success",
  201: "Created",
  400: "The move is not allowed, or another caller got there first",
  401: "No valid credentials",
  403: "The principal lacks the required permission",
  404: "Does not exist, or this principal cannot see it",
  409: "Several projects have this id: name the project",
  413: "The request is too large",
  415: "The body is not JSON",
  422: "The request is not valid",
  429: "Too many requests: see Retry-After",
  503: "The task store is not responding: try again",
};

const refTo = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

function schemasOf(io: "input" | "output", named: Readonly<Record<string, z.ZodType>>): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    // The document already states the schemas' dialect and location.
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _id, ...schema }]) => [id, schema]),
  );
}

function parametersOf({ path, query }: Operation): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: "input" });
  const inPath = path.includes("{id}")
    ? [{ name: "id", in: "path", required: true, schema: { type: "string" } }]
    : [];
  const inQuery = Object.entries(properties as Record<string, Json>).map(
    ([name, { description, ...schema }]) => ({
      name,
      in: "query",
      required: required.includes(name) && !("default" in schema),
      ...(description === undefined ? {} : { description }),
      schema,
    }),
  );
  return [...inPath, ...inQuery];
}

const answerWith = (status: number, type: string, schema: Json): [string, Json] => [
  String(status),
  { description: descriptions[status] ?? "Failure", content: { [type]: { schema } } },
];

const bodyNameOf = (id: string): string => `${id.charAt(0).toUpperCase()}${id.slice(1)}Body`;

function operationObject([id, one]: (typeof operationList)[number]): Json {
  const { summary, permission, body, response } = one;
  const withBody = body === null ? [] : [413, 415];
  const failures = new Set([...one.failures, 401, 403, 422, 429, 503, ...withBody]);
  const content = { "application/json": { schema: refTo(bodyNameOf(id)) } };
  return {
    operationId: id,
    summary,
    description: `${one.description ?? summary}\n\nRequires the \`${permission}\` permission.`,
    "x-permission": permission,
    ...one.extensions,
    parameters: parametersOf(one),
    ...(body === null ? {} : { requestBody: { required: true, content } }),
    responses: Object.fromEntries([
      answerWith(one.status, "application/json", refTo(response[0])),
      ...[...failures].map((status) =>
        answerWith(status, "application/problem+json", refTo("Problem")),
      ),
    ]),
  };
}

/** The allowed status changes of a task are in `x-status-transitions` of `updateTaskStatus`. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const one of operationList) {
    const [, { path, method }] = one;
    paths[path] = { ...paths[path], [method]: operationObject(one) };
  }
  const responses = Object.fromEntries(operationList.map(([, { response }]) => response));
  const bodies = Object.fromEntries(
    operationList.flatMap(([id, { body }]) => (body === null ? [] : [[bodyNameOf(id), body]])),
  );
  return {
    openapi: "3.1.0",
    info: {
      title: "Sitrep task server",
      version,
      description:
        "Tasks, ids and tickets of an organization. Errors are problem details (RFC 9457).",
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
      schemas: {
        ...schemasOf("output", { Task: WireTask, Ticket: WireTicket, ...responses }),
        ...schemasOf("input", { NewTask: NewWireTask, ...bodies }),
        Problem: problemSchema,
      },
    },
  };
}
