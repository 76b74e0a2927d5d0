// What the adapters of REST services share: one call of a service, and lists in its answers.

import { noNotes, type PendingTasks, type ProjectScope } from "../../core/ports.ts";
import { quoted } from "../../core/quote.ts";
import { holdBack, lacksOf, taskFromRaw, type PriorityScale } from "../../core/task/raw-task.ts";
import { readNumber, readObject } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { requireSuccess } from "../../core/mapping/tool-answer.ts";
import type { Task } from "../../core/task/task.ts";
import type { JsonRequest } from "../../http/http.ts";
import { mostTasks } from "../../core/mapping/mapping.ts";

export interface RestCall {
  kind: "read" | "write";
  method: JsonRequest["method"];
  /** Below the service's address, with a slash first. */
  path: string;
  /** Undefined and empty ones are left out. */
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
}

/** Sends a call under the policy and gives the parsed body. Throws `SourceError`. */
export type SendCall = (call: RestCall, signal: AbortSignal) => Promise<unknown>;

/** What every adapter of a server is made of. */
export interface AdapterDeps {
  name: string;
  origin: string;
  subject: string;
  /** Below `with` in the configuration, defaults of a preset included. */
  settings: Readonly<Record<string, string>>;
  /** Ends the connection. */
  close: () => PromiseLike<void>;
}

export interface RestSourceDeps extends AdapterDeps {
  send: SendCall;
  /** The name of the git remote, else the folder's; for services that keep several projects. */
  projectNameOf: (scope: ProjectScope) => string;
}

/** True where the server itself says that it does not have what it was asked for; a page or a proxy says nothing. */
export const isAbsence = (error: unknown): boolean =>
  error instanceof SourceError && error.isAbsence;

/** True for a server that reports a failure or makes no sense: it may still answer another question. */
export const isOwnFailure = (error: unknown): boolean =>
  error instanceof SourceError &&
  (error.code === "source-failed" || error.code === "source-invalid-answer");

/** The value, or null where the service does not have it. `proof` tells whether it is the service that says so. */
export async function orNull<T>(
  answer: Promise<T>,
  proof: () => Promise<boolean>,
): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsence(error) && (await proof())) return null;
    throw error;
  }
}

/** The first of `names` that the answer has, also one level down below `data`; undefined when it has none. */
export function fieldIn(answer: unknown, names: readonly string[]): unknown {
  for (const level of [readObject(answer), readObject(readObject(answer)?.["data"])]) {
    const name = names.find((one) => level?.[one] !== undefined);
    if (name !== undefined) return level?.[name];
  }
  return undefined;
}

/** A service that says `success: false` with 200 has failed. Throws `source-failed`. */
export function succeeded(name: string, answer: unknown): unknown {
  requireSuccess(name, { isError: false, structured: answer, texts: [] });
  return answer;
}

/** The list in an answer: the answer itself or one of its fields. Throws `source-invalid-answer` where there is none. */
export function listIn(name: string, answer: unknown, fields: readonly string[]): unknown[] {
  const list = Array.isArray(answer) ? answer : fieldIn(succeeded(name, answer), fields);
  if (Array.isArray(list)) return list;
  throw invalid(name, "answered without a list of tasks.");
}

export function totalIn(answer: unknown): number | null {
  const names = ["total", "total_count", "totalCount"];
  const pagination = readObject(fieldIn(answer, ["pagination"]));
  const total = readNumber(fieldIn(answer, names) ?? pagination?.["total"]);
  return total !== undefined && total >= 0 ? total : null;
}

export const invalid = (name: string, what: string): SourceError =>
  new SourceError("source-invalid-answer", `${name} ${what}`, {
    hint: `Check its mapping or type; "sitrep source test ${name}" shows each step.`,
  });

/** Items of which none can be a task are no list of tasks. Throws `source-invalid-answer`, which says what each lacks. */
function requireReadable(name: string, raw: readonly unknown[]): void {
  const lacks = raw.map((one) => lacksOf(one).join(" and "));
  if (lacks.length === 0 || lacks.includes("")) return;
  const kinds = [...new Set(lacks)].map(
    (kind) => `${lacks.filter((one) => one === kind).length} without ${kind}`,
  );
  const names = Object.keys(readObject(raw[0]) ?? {}).join(", ");
  const fields = names === "" ? "none" : quoted(names, 200);
  const items = raw.length === 1 ? "1 item, which is no task" : `${raw.length} items, none a task`;
  throw invalid(name, `gave ${items}: ${kinds.join(", ")}. Fields of the first: ${fields}.`);
}

/** The tasks of a server's items in their order, each once. */
export interface TaskList {
  readonly tasks: Task[];
  /** Items that have no id. */
  readonly unreadable: number;
}

/** `scale`: of their priorities, where those are numbers. Throws `source-invalid-answer` where no item can be read. */
export function tasksIn(
  name: string,
  raw: readonly unknown[],
  scale: PriorityScale | null = null,
): TaskList {
  const items = raw.slice(0, mostTasks);
  requireReadable(name, items);
  const found = items.map((one) => taskFromRaw(one, name, scale));
  const read = found.filter((task) => task !== null);
  const tasks = new Map(read.toReversed().map((task) => [task.id, task]));
  return {
    tasks: read.filter((task) => tasks.get(task.id) === task),
    unreadable: found.length - read.length,
  };
}

/** The task in an item, or null for none. Throws `source-invalid-answer` for what has no id. */
export function taskIn(
  name: string,
  raw: unknown,
  scale: PriorityScale | null = null,
): Task | null {
  if (raw === undefined || raw === null) return null;
  const task = taskFromRaw(raw, name, scale);
  if (task === null) requireReadable(name, [raw]);
  return task;
}

/** How many there are, where these are not all; null where they are, and where nobody says. */
export function missingOf(raw: readonly unknown[], total: number | null): number | null {
  const all = Math.max(total ?? 0, raw.length);
  return all > Math.min(raw.length, mostTasks) ? all : null;
}

/** What is pending among them. `total`: what the service says there are. `isCut`: no more of them were asked for. */
export function pendingIn(
  name: string,
  raw: readonly unknown[],
  total: number | null,
  isCut = false,
): PendingTasks {
  const { tasks, unreadable } = tasksIn(name, raw);
  return { ...noNotes, tasks: holdBack(tasks), total: missingOf(raw, total), unreadable, isCut };
}
