// The OpenAPI document: valid, complete, and true of the service's responses.

import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { readObject } from "../../../src/core/read.ts";
import type { JsonObject } from "../../../src/core/read.ts";
import { canTransition, taskStatuses } from "../../../src/core/task/task.ts";
import { operationList } from "../../../src/server/operations/operations.ts";
import { startRestService } from "../../support/rest-service.ts";
import type { RestService } from "../../support/rest-service.ts";

const restOperations = operationList.map(([id, one]) => ({ id, ...one }));

async function documentOf(service: RestService): Promise<JsonObject> {
  const { body } = await service.ask("GET", "/openapi.json", { token: null });
  return readObject(body) ?? {};
}

const at = (from: unknown, ...path: readonly string[]): unknown => {
  let value = from;
  for (const name of path) value = readObject(value)?.[name];
  return value;
};

test("/openapi.json is a valid OpenAPI 3.1 document that needs no key", async () => {
  const document = await documentOf(await startRestService());
  const { valid, errors } = await new Validator().validate({ ...document });
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(document).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" } });
});

test("/openapi.json has every route with its permission, and the allowed status changes of a task", async () => {
  const document = await documentOf(await startRestService());
  for (const { path, method, permission } of restOperations) {
    expect(at(document, "paths", path, method, "x-permission")).toBe(permission);
  }
  const put = at(document, "paths", "/tasks/{id}/status", "put");
  const moves = readObject(at(put, "x-status-transitions")) ?? {};
  for (const from of taskStatuses) {
    expect(moves[from]).toEqual(taskStatuses.filter((to) => canTransition(from, to)));
  }
  expect(at(put, "description")).toContain("`in_progress`: pending, blocked, completed, cancelled");
  expect(JSON.stringify(document)).not.toContain("undefined");
});

interface Call {
  operation: string;
  method: string;
  path: string;
  body?: unknown;
}

const project = "shop-api";
const tasks = [{ task_id: "T", project_id: project, title: "Add login", due: "2026-12-01" }];

/** Each operation once, in an order in which all succeed, then failures of each kind. */
const calls: readonly Call[] = [
  { operation: "addTasks", method: "post", path: "/tasks/batch", body: { tasks } },
  { operation: "getNextTask", method: "get", path: `/tasks/next?project=${project}` },
  { operation: "getNextTask", method: "get", path: "/tasks/next?project=empty" },
  { operation: "listTasks", method: "get", path: `/tasks?project=${project}` },
  { operation: "getTask", method: "get", path: "/tasks/T" },
  {
    operation: "updateTaskStatus",
    method: "put",
    path: "/tasks/T/status",
    body: { status: "completed", completion_notes: "Done" },
  },
  { operation: "getNextId", method: "get", path: `/ids/next?type=US&project=${project}` },
  {
    operation: "reserveIds",
    method: "post",
    path: "/ids/reserve",
    body: { type: "US", count: 3, project_id: project },
  },
  { operation: "createTicket", method: "post", path: "/api/v1/tickets", body: { title: "Tea" } },
  {
    operation: "createTicketByAssistant",
    method: "post",
    path: "/api/v1/tickets/ai-create",
    body: { description: "Tea" },
  },
  { operation: "listTickets", method: "get", path: "/api/v1/tickets" },
  { operation: "searchTickets", method: "get", path: "/api/v1/tickets/search?q=tea" },
  { operation: "getTicket", method: "get", path: "/api/v1/tickets/TICKET-001" },
  {
    operation: "updateTaskStatus",
    method: "put",
    path: "/tasks/T/status",
    body: { status: "pending" },
  },
  { operation: "getTask", method: "get", path: "/tasks/none" },
  { operation: "listTasks", method: "get", path: "/tasks" },
  { operation: "addTasks", method: "post", path: "/tasks/batch", body: "{" },
  { operation: "getTicket", method: "get", path: "/api/v1/tickets/none" },
];

describe("each response of the service", () => {
  test("fits the schema of its operation and status, for every operation", async () => {
    const service = await startRestService();
    const document = await documentOf(service);
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(ajv);
    ajv.addSchema(document, "document");
    const succeeded = new Set<string>();
    for (const { operation, method, path, body } of calls) {
      const response = await service.ask(method.toUpperCase(), path, { body });
      const route = restOperations.find(({ id }) => id === operation)?.path ?? "";
      const type = response.headers.get("content-type")?.split(";", 1)[0] ?? "";
      const place = ["paths", route, method, "responses", String(response.status), "content", type];
      const pointer = [...place, "schema"].map((part) =>
        encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")),
      );
      const validate = ajv.getSchema(`document#/${pointer.join("/")}`);
      const errors =
        validate?.(response.body) === true ? [] : (validate?.errors ?? "no such schema");
      expect({ operation, status: response.status, errors }).toMatchObject({ errors: [] });
      if (response.status < 300) succeeded.add(operation);
    }
    expect([...succeeded].toSorted()).toEqual(restOperations.map(({ id }) => id).toSorted());
  });

  test("has no field that the document lacks", async () => {
    const document = await documentOf(await startRestService());
    const schemas = readObject(at(document, "components", "schemas")) ?? {};
    for (const name of ["Task", "Ticket", "TaskPage", "Reservation"]) {
      expect(at(schemas[name], "additionalProperties")).toBe(false);
    }
    expect(at(schemas["TaskPage"], "properties", "tasks", "items")).toEqual({
      $ref: "#/components/schemas/Task",
    });
  });
});
