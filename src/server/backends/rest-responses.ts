// Reads responses of a task tracking or ticket service leniently: similar services leave fields out.

import * as z from "zod";
import { taskFromRaw } from "../../core/task/raw-task.ts";
import { readObject, readString, readStrings, type JsonObject } from "../../core/read.ts";
import { findField, findTotal } from "../../sources/adapters/rest-responses.ts";
import type { ResponseOf, Operation } from "../operations/define-operation.ts";
import { WireTask, wireTask, WireTicket } from "../wire.ts";
import { ServiceError } from "./service-error.ts";

const source = "task-tracking";

function unexpectedResponse(what: string): ServiceError {
  return new ServiceError("source-invalid-response", `The service response lacks ${what}.`, {
    hint: "Check TASK_TRACKING_URL: something else may have answered in its place.",
  });
}

function toTask(raw: unknown, { project, project_id }: JsonObject): WireTask {
  const whole = WireTask.safeParse(raw);
  if (whole.success) return whole.data;
  const task = taskFromRaw(raw, source, null);
  if (task === null) throw unexpectedResponse("a task with an id");
  const known = [readObject(raw)?.["project_id"], project, project_id].map(readString);
  return wireTask(task, known.find((one) => one !== undefined) ?? "");
}

function toTicket(raw: unknown, known: JsonObject): WireTicket {
  const whole = WireTicket.safeParse(raw);
  if (whole.success) return whole.data;
  const fields = { ...known, ...readObject(raw) };
  const task = taskFromRaw(fields, source, null);
  if (task === null) throw unexpectedResponse("a ticket with an id");
  return {
    id: task.id,
    title: task.title,
    description: task.description ?? "",
    status: readString(fields["status"]) ?? "open",
    category: task.category ?? "",
    priority: task.priority,
    created_by: readString(fields["created_by"]) ?? "",
    created_at: task.createdAt ?? "",
    updated_at: task.updatedAt ?? "",
  };
}

function listIn(response: unknown, names: readonly string[]): unknown[] {
  const list = Array.isArray(response) ? response : findField(response, names);
  if (Array.isArray(list)) return list;
  throw unexpectedResponse(`a list of ${names[0]}`);
}

/** Null if the service says that there is none, whatever the schema says. */
function taskIn(response: unknown, name: string, input: JsonObject): WireTask | null {
  const raw = readObject(response)?.[name];
  if (raw === undefined) throw unexpectedResponse(`"${name}"`);
  return raw === null ? null : toTask(raw, input);
}

type Read = (response: unknown, input: JsonObject) => unknown;

/** Readers by field, for fields that need more than a schema check. */
const readers: Readonly<Record<string, Read>> = {
  task: (response, input) => taskIn(response, "task", input),
  updated_task: (response, input) => taskIn(response, "updated_task", input),
  tasks: (response, input) => listIn(response, ["tasks"]).map((raw) => toTask(raw, input)),
  success: () => true,
  task_ids: (response) => readStrings(listIn(response, ["task_ids"])),
  tasks_added: (response) => readStrings(listIn(response, ["task_ids"])).length,
  ticket: (response, input) =>
    toTicket(findField(response, ["ticket"]) ?? readObject(response)?.["data"] ?? response, input),
  tickets: (response) => listIn(response, ["tickets", "items"]).map((raw) => toTicket(raw, {})),
  total: (response) =>
    findTotal(response) ?? listIn(response, ["tasks", "tickets", "items"]).length,
  page: (_, { page }) => page,
  page_size: (_, { page_size }) => page_size,
};

/** The response to a call of `operation` with `input`. Throws `source-invalid-response`. */
export function parseResponse<One extends Operation>(
  { response: [, schema] }: One,
  input: JsonObject,
  response: unknown,
): ResponseOf<One> {
  const whole = schema.safeParse(response);
  if (whole.success) return whole.data as ResponseOf<One>;
  const fields = Object.keys(schema.shape).map((name) => {
    const read = readers[name];
    if (read !== undefined) return [name, read(response, input)];
    const field = z.safeParse(z.looseObject({ [name]: schema.shape[name] as z.ZodType }), response);
    if (field.success) return [name, field.data[name]];
    throw unexpectedResponse(`"${name}"`);
  });
  return Object.fromEntries(fields) as ResponseOf<One>;
}
