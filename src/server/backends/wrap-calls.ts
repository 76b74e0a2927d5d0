import { SitrepError } from "../../core/errors.ts";
import { SourceError } from "../../core/source-error.ts";
import type { StoreNotice } from "../../store/database/connection.ts";
import type { CallScope, TaskBackend } from "../backend.ts";
import { boardCallNames, boardWrites, type BoardCalls } from "../board/backend-calls.ts";
import { operationList, operations, type OperationName } from "../operations/operations.ts";
import { ServiceError } from "./service-error.ts";

type CallName = OperationName | "projects" | "counts" | keyof BoardCalls;

interface BackendCall {
  readonly name: CallName;
  readonly input: object;
  readonly asked: CallScope;
}

type Method = (input: object, asked: CallScope) => Promise<object>;

export function wrapCalls<Backend extends TaskBackend>(
  backend: Backend,
  around: (call: BackendCall, run: (input: object) => Promise<object>) => Promise<object>,
): Backend {
  const names: CallName[] = [
    ...operationList.map(([name]) => name),
    "projects",
    "counts",
    ...boardCallNames,
  ];
  const wrapped = names.flatMap((name): [string, Method][] => {
    const method = backend[name] as Method | undefined;
    if (method === undefined) return [];
    const call: Method = (input, asked) =>
      around({ name, input, asked }, (changed) => method(changed, asked));
    return [[name, call]];
  });
  return { ...backend, ...Object.fromEntries(wrapped) };
}

/** A write by an organization (null: any). `tasks`: those written, possibly none; null: unknown. */
export type BackendWrite = Pick<StoreNotice, "organization" | "tasks">;

/** The written tasks, from the response; none if the response names no tasks. */
function tasksOf(input: object, response: object): NonNullable<BackendWrite["tasks"]> {
  if ("updated_task" in response) {
    const task = response.updated_task as { project_id: string; task_id: string };
    return [{ project: task.project_id, id: task.task_id }];
  }
  if (!("task_ids" in response)) return [];
  const { tasks } = input as { tasks: readonly { project_id: string }[] };
  return (response.task_ids as string[]).map((id, at) => ({
    project: tasks[at]?.project_id ?? "",
    id,
  }));
}

/** False for a refusal, ours or a service's. A server may have written before it failed. */
function mayHaveWritten(error: unknown): boolean {
  if (error instanceof ServiceError) return !error.isUnsent && (error.status ?? 500) >= 500;
  return !(error instanceof SitrepError) || (error instanceof SourceError && !error.isUnsent);
}

/** Runs `after` before each write is answered, also for failed writes. */
export const afterWrites = (
  backend: TaskBackend,
  after: (write: BackendWrite, operation: CallName) => void | Promise<void>,
): TaskBackend =>
  wrapCalls(backend, async ({ name, input, asked }, run) => {
    const isWrite =
      boardWrites.some((one) => one === name) ||
      (name in operations && operations[name as OperationName].method !== "get");
    if (!isWrite) return run(input);
    const { organization } = asked.as;
    let tasks: BackendWrite["tasks"] = [];
    try {
      const response = await run(input);
      tasks = tasksOf(input, response);
      return response;
    } catch (error) {
      if (mayHaveWritten(error)) tasks = null;
      throw error;
    } finally {
      await after({ organization, tasks }, name);
    }
  });
