// What the adapters of REST services share: one call of a service, and lists in its answers.

import { noNotes, type PendingTasks, type ProjectScope } from "../../core/ports.ts";
import { holdBack, taskFromRaw, type PriorityScale } from "../../core/raw-task.ts";
import { readNumber, readObject, readString } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { isPending, type Task } from "../../core/task.ts";
import type { JsonRequest } from "../../http/http.ts";
import { mostTasks } from "../../core/mapping.ts";

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

/** True for the answer of a service that does not have what was asked for. */
export function isNotFound(error: unknown): boolean {
  return error instanceof SourceError && (error.status === 404 || error.status === 405);
}

/** The value, or null where the service does not have it. */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return null;
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
export function requireSuccess(name: string, answer: unknown): unknown {
  const from = readObject(answer);
  const status = readString(from?.["status"])?.toLowerCase();
  if (from?.["success"] === false || status === "error") {
    throw new SourceError("source-failed", `${name} reports that the call failed.`);
  }
  return answer;
}

/** The list in an answer: the answer itself or one of its fields. Throws `source-invalid-answer` where there is none. */
export function listIn(name: string, answer: unknown, fields: readonly string[]): unknown[] {
  const list = Array.isArray(answer) ? answer : fieldIn(requireSuccess(name, answer), fields);
  if (Array.isArray(list)) return list;
  throw new SourceError("source-invalid-answer", `${name} answered without a list of tasks.`, {
    hint: `"sitrep source test ${name}" shows each step.`,
  });
}

export function totalIn(answer: unknown): number | null {
  const total = readNumber(fieldIn(answer, ["total", "total_count", "totalCount"]));
  return total !== undefined && total >= 0 ? total : null;
}

/** The tasks of a server's objects in their order, each once. `scale`: of their priorities, where those are numbers. */
export function tasksIn(
  name: string,
  raw: readonly unknown[],
  scale: PriorityScale | null = null,
): Task[] {
  const tasks = new Map<string, Task>();
  for (const one of raw.slice(0, mostTasks)) {
    const task = taskFromRaw(one, name, scale);
    if (task !== null && !tasks.has(task.id)) tasks.set(task.id, task);
  }
  return [...tasks.values()];
}

/** What is pending among them. `total`: what the service says there are. */
export function pendingIn(
  name: string,
  raw: readonly unknown[],
  total: number | null,
): PendingTasks {
  const tasks = holdBack(tasksIn(name, raw).filter(isPending));
  return { ...noNotes, tasks, total: total !== null && total > raw.length ? total : null };
}
