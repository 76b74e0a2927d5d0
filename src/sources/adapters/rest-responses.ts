import { maxTasks } from "../../core/mapping/mapping.ts";
import { requireSuccess } from "../../core/mapping/tool-response.ts";
import { noNotes, type OpenTasks, type ProjectScope } from "../../core/ports.ts";
import { readNumber, readObject } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { missingFieldsText } from "../../core/task/missing-fields-text.ts";
import { markBlocked, taskFromRaw, type PriorityScale } from "../../core/task/raw-task.ts";
import type { Task } from "../../core/task/task.ts";
import type { JsonRequest } from "../../http/http.ts";

export interface RestCall {
  kind: "read" | "write";
  method: JsonRequest["method"];
  /** Below the service's address; begins with a slash. */
  path: string;
  /** Undefined and empty ones are left out. */
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  /** Instead of path and query: an address that the service itself gave, on its own origin. */
  url?: string | undefined;
  headers?: Readonly<Record<string, string>>;
}

/** A response with its status and headers. */
export interface RestResponse {
  /** 304: nothing has changed since the response that the request names. */
  status: number;
  body: unknown;
  /** Only `etag`, `last-modified` and `link`. */
  headers: Readonly<Record<string, string>>;
  /** The URL that a redirect led to; null without a redirect. */
  movedTo: string | null;
}

/** Sends a call under the policy and gives the parsed body. Throws `SourceError`. */
export type SendCall = (call: RestCall, signal: AbortSignal) => Promise<unknown>;

export type ExchangeCall = (call: RestCall, signal: AbortSignal) => Promise<RestResponse>;

export interface AdapterDeps {
  name: string;
  origin: string;
  subject: string;
  settings: Readonly<Record<string, string>>;
  close: () => PromiseLike<void>;
}

export interface RestSourceDeps extends AdapterDeps {
  send: SendCall;
  /** The git remote's name, else the folder's, because a service may have several projects. */
  projectNameOf: (scope: ProjectScope) => string;
}

/** True when the server itself, rather than a web page or a proxy, says that it does not have what was requested. */
export const isAbsence = (error: unknown): boolean =>
  error instanceof SourceError && error.isAbsence;

/** True when the server reported a failure or sent an invalid response: it may still answer another request. */
export const isOwnFailure = (error: unknown): boolean =>
  error instanceof SourceError &&
  (error.code === "source-failed" || error.code === "source-invalid-response");

/** Null when the service does not have the value. `proof` checks that it is the service that answered. */
export async function nullIfAbsent<T>(
  response: Promise<T>,
  proof: () => Promise<boolean>,
): Promise<T | null> {
  try {
    return await response;
  } catch (error) {
    if (isAbsence(error) && (await proof())) return null;
    throw error;
  }
}

/** The first of `names` that the response has, at the top or below `data`; undefined for none. */
export function findField(response: unknown, names: readonly string[]): unknown {
  for (const level of [readObject(response), readObject(readObject(response)?.["data"])]) {
    const name = names.find((one) => level?.[one] !== undefined);
    if (name !== undefined) return level?.[name];
  }
  return undefined;
}

/** Throws `source-failed` for `success: false`, which some services send with HTTP 200. */
export function succeeded(name: string, response: unknown): unknown {
  requireSuccess(name, { isError: false, structured: response, texts: [] });
  return response;
}

/** The list in a response: the response itself or one of its fields. Throws `source-invalid-response` for none. */
export function findList(name: string, response: unknown, fields: readonly string[]): unknown[] {
  const list = Array.isArray(response) ? response : findField(succeeded(name, response), fields);
  if (Array.isArray(list)) return list;
  throw invalid(name, "did not return a list of tasks.");
}

export function findTotal(response: unknown): number | null {
  const names = ["total", "total_count", "totalCount"];
  const pagination = readObject(findField(response, ["pagination"]));
  const total = readNumber(findField(response, names) ?? pagination?.["total"]);
  return total !== undefined && total >= 0 ? total : null;
}

export const invalid = (name: string, what: string): SourceError =>
  new SourceError("source-invalid-response", `${name} ${what}`, {
    hint: `Check its mapping or type; "sitrep source test ${name}" shows each step.`,
  });

/** Throws `source-invalid-response` when no item is a task, with what each lacks. */
function requireReadable(name: string, raw: readonly unknown[]): void {
  const lack = missingFieldsText(raw);
  if (lack !== null) throw invalid(name, `returned ${lack}`);
}

/** The tasks in their order, each once. `scale`: of numeric priorities. Throws `source-invalid-response`. */
export function parseTasks(
  name: string,
  raw: readonly unknown[],
  scale: PriorityScale | null = null,
): { tasks: Task[]; unreadable: number } {
  const items = raw.slice(0, maxTasks);
  requireReadable(name, items);
  const found = items.map((one) => taskFromRaw(one, name, scale));
  const read = found.filter((task) => task !== null);
  const tasks = new Map(read.toReversed().map((task) => [task.id, task]));
  return {
    tasks: read.filter((task) => tasks.get(task.id) === task),
    unreadable: found.length - read.length,
  };
}

/** Null for no item. Throws `source-invalid-response` for one without an id. */
export function parseTask(
  name: string,
  raw: unknown,
  scale: PriorityScale | null = null,
): Task | null {
  if (raw === undefined || raw === null) return null;
  const task = taskFromRaw(raw, name, scale);
  if (task === null) requireReadable(name, [raw]);
  return task;
}

/** The total if these are only some of the tasks; null if these are all, or the total is unknown. */
export function countMissing(raw: readonly unknown[], total: number | null): number | null {
  const all = Math.max(total ?? 0, raw.length);
  return all > Math.min(raw.length, maxTasks) ? all : null;
}

export function parseOpen(
  name: string,
  raw: readonly unknown[],
  total: number | null,
  isCut = false,
): OpenTasks {
  const { tasks, unreadable } = parseTasks(name, raw);
  return {
    ...noNotes,
    tasks: markBlocked(tasks),
    total: countMissing(raw, total),
    unreadable,
    isCut,
  };
}
