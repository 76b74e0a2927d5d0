// The OpenAPI 3.1 document, out of the schemas that the routes check with.

import * as z from "zod";
import { NewWireTask, Reservation, WireTask, WireTicket } from "../wire.ts";
import type { RestOperation } from "./operation.ts";

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
    code: { type: "string", description: "Stable: branch on it" },
    hint: { type: "string", description: "The way out" },
  },
};

const descriptions: Readonly<Record<number, string>> = {
  200: "Success",
  201: "Created",
  400: "The move is not allowed, or somebody else was faster",
  401: "No valid credentials",
  403: "The principal lacks the permission",
  404: "Not there for this principal",
  409: "The id is in several projects: name one",
  413: "The request is too large",
  415: "The body is not JSON",
  422: "The request is not valid",
  429: "Too many requests: see Retry-After",
  503: "The store does not answer: try again",
};

const refTo = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** The document itself says which dialect its schemas are in, and where each is. */
const withoutNames = (schema: object): Json =>
  Object.fromEntries(
    Object.entries(schema).filter(([name]) => name !== "$schema" && name !== "$id"),
  );

/** The schemas of one direction by their names, with references to each other. */
function schemasOf(io: "input" | "output", named: ReadonlyMap<string, z.ZodType>): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of named) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: (id) => `#/components/schemas/${id}`,
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, one]) => [id, withoutNames(one)]));
}

function parametersOf({ path, query }: RestOperation): Json[] {
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

const bodyName = ({ id }: RestOperation): string =>
  `${id.charAt(0).toUpperCase()}${id.slice(1)}Body`;

function operationObject(one: RestOperation): Json {
  const always = [401, 403, 422, 429, 503];
  const withBody = one.body === null ? [] : [413, 415];
  const failures = [...new Set([...one.failures, ...always, ...withBody])];
  const body = {
    required: true,
    content: { "application/json": { schema: refTo(bodyName(one)) } },
  };
  return {
    operationId: one.id,
    summary: one.summary,
    description: `${one.description ?? one.summary}\n\nNeeds the permission \`${one.permission}\`.`,
    "x-permission": one.permission,
    ...one.extensions,
    parameters: parametersOf(one),
    ...(one.body === null ? {} : { requestBody: body }),
    responses: Object.fromEntries([
      answerWith(one.status, "application/json", refTo(one.answer[0])),
      ...failures.map((status) => answerWith(status, "application/problem+json", refTo("Problem"))),
    ]),
  };
}

/** The document of these operations. Allowed moves of a task are in `x-status-transitions` of `updateTaskStatus`. */
export function openApiDocument(operations: readonly RestOperation[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const one of operations) {
    paths[one.path] = { ...paths[one.path], [one.method]: operationObject(one) };
  }
  const answers = new Map<string, z.ZodType>([
    ["Task", WireTask],
    ["Ticket", WireTicket],
    ["Reservation", Reservation],
    ...operations.map(({ answer }) => answer),
  ]);
  const bodies = new Map<string, z.ZodType>([
    ["NewTask", NewWireTask],
    ...operations.flatMap((one): [string, z.ZodType][] =>
      one.body === null ? [] : [[bodyName(one), one.body]],
    ),
  ]);
  return {
    openapi: "3.1.0",
    info: {
      title: "Sitrep task server",
      version,
      description: "Tasks, ids and tickets of an organisation. Failures are problem details.",
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
      schemas: {
        ...schemasOf("output", answers),
        ...schemasOf("input", bodies),
        Problem: problemSchema,
      },
    },
  };
}
