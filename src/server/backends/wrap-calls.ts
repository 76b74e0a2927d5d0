import { SitrepError } from "../../core/errors.ts";
import { SourceError } from "../../core/source-error.ts";
import type { StoreNotice } from "../../store/database/connection.ts";
import type { CallScope, TaskBackend } from "../backend.ts";
import { boardCallNames, boardWrites, type BoardCalls } from "../board/calls.ts";
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

/** What an organization (null: any) has written: these tasks, which may be none, or (null) unknown ones. */
export type BackendWrite = Pick<StoreNotice, "organization" | "tasks">;

/** What an answer says about the tasks that were written; an answer without tasks wrote none. */
function tasksOf(input: object, answer: object): NonNullable<BackendWrite["tasks"]> {
  if ("updated_task" in answer) {
    const task = answer.updated_task as { project_id: string; task_id: string };
    return [{ project: task.project_id, id: task.task_id }];
  }
  if (!("task_ids" in answer)) return [];
  const { tasks } = input as { tasks: readonly { project_id: string }[] };
  return (answer.task_ids as string[]).map((id, at) => ({
    project: tasks[at]?.project_id ?? "",
    id,
  }));
}

/** A refusal changed nothing, ours or a service's. A server that failed may have written before. */
function mayHaveWritten(error: unknown): boolean {
  if (error instanceof ServiceError) return !error.isUnsent && (error.status ?? 500) >= 500;
  return !(error instanceof SitrepError) || (error instanceof SourceError && !error.isUnsent);
}

/** Each write, failed ones too, is answered after `after`. */
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
      const answer = await run(input);
      tasks = tasksOf(input, answer);
      return answer;
    } catch (error) {
      if (mayHaveWritten(error)) tasks = null;
      throw error;
    } finally {
      await after({ organization, tasks }, name);
    }
  });
