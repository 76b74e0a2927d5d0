// Reads answers of a task tracking or ticket service leniently: similar services leave fields out.

import * as z from "zod";
import { taskFromRaw } from "../../core/task/raw-task.ts";
import { readObject, readString, readStrings, type JsonObject } from "../../core/read.ts";
import { findField, findTotal } from "../../sources/adapters/rest-answers.ts";
import type { AnswerOf, Operation } from "../operations/operation.ts";
import { WireTask, wireTask, WireTicket } from "../wire.ts";
import { ServiceError } from "./service-error.ts";

const source = "task-tracking";

function unexpectedAnswer(what: string): ServiceError {
  return new ServiceError("source-invalid-answer", `The service response lacks ${what}.`, {
    hint: "Check TASK_TRACKING_URL: something else may have answered in its place.",
  });
}

function toTask(raw: unknown, { project, project_id }: JsonObject): WireTask {
  const whole = WireTask.safeParse(raw);
  if (whole.success) return whole.data;
  const task = taskFromRaw(raw, source, null);
  if (task === null) throw unexpectedAnswer("a task with an id");
  const known = [readObject(raw)?.["project_id"], project, project_id].map(readString);
  return wireTask(task, known.find((one) => one !== undefined) ?? "");
}

function toTicket(raw: unknown, known: JsonObject): WireTicket {
  const whole = WireTicket.safeParse(raw);
  if (whole.success) return whole.data;
  const fields = { ...known, ...readObject(raw) };
  const task = taskFromRaw(fields, source, null);
  if (task === null) throw unexpectedAnswer("a ticket with an id");
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

function listIn(answer: unknown, names: readonly string[]): unknown[] {
  const list = Array.isArray(answer) ? answer : findField(answer, names);
  if (Array.isArray(list)) return list;
  throw unexpectedAnswer(`a list of ${names[0]}`);
}

/** Null if the service says that there is none, whatever the schema says. */
function taskIn(answer: unknown, name: string, input: JsonObject): WireTask | null {
  const raw = readObject(answer)?.[name];
  if (raw === undefined) throw unexpectedAnswer(`"${name}"`);
  return raw === null ? null : toTask(raw, input);
}

type Read = (answer: unknown, input: JsonObject) => unknown;

/** Readers by field, for fields that need more than a schema check. */
const readers: Readonly<Record<string, Read>> = {
  task: (answer, input) => taskIn(answer, "task", input),
  updated_task: (answer, input) => taskIn(answer, "updated_task", input),
  tasks: (answer, input) => listIn(answer, ["tasks"]).map((raw) => toTask(raw, input)),
  success: () => true,
  task_ids: (answer) => readStrings(listIn(answer, ["task_ids"])),
  tasks_added: (answer) => readStrings(listIn(answer, ["task_ids"])).length,
  ticket: (answer, input) =>
    toTicket(findField(answer, ["ticket"]) ?? readObject(answer)?.["data"] ?? answer, input),
  tickets: (answer) => listIn(answer, ["tickets", "items"]).map((raw) => toTicket(raw, {})),
  total: (answer) => findTotal(answer) ?? listIn(answer, ["tasks", "tickets", "items"]).length,
  page: (_, { page }) => page,
  page_size: (_, { page_size }) => page_size,
};

/** The answer to a call of `operation` with `input`. Throws `source-invalid-answer`. */
export function parseAnswer<One extends Operation>(
  { answer: [, schema] }: One,
  input: JsonObject,
  answer: unknown,
): AnswerOf<One> {
  const whole = schema.safeParse(answer);
  if (whole.success) return whole.data as AnswerOf<One>;
  const fields = Object.keys(schema.shape).map((name) => {
    const read = readers[name];
    if (read !== undefined) return [name, read(answer, input)];
    const field = z.safeParse(z.looseObject({ [name]: schema.shape[name] as z.ZodType }), answer);
    if (field.success) return [name, field.data[name]];
    throw unexpectedAnswer(`"${name}"`);
  });
  return Object.fromEntries(fields) as AnswerOf<One>;
}
