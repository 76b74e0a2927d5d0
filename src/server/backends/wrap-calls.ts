// The decorator of the port: something around each of a backend's calls.

import type { StoreNotice } from "../../store/database/connection.ts";
import type { Asked, TaskBackend } from "../backend.ts";
import { operationList, operations, type OperationName } from "../operations/operations.ts";

type CallName = OperationName | "projects" | "counts";

interface BackendCall {
  readonly name: CallName;
  readonly input: object;
  readonly asked: Asked;
}

type Method = (input: object, asked: Asked) => Promise<object>;

/** The backend with `around` in place of each call; `run` makes the call itself. */
export function wrapCalls<Backend extends TaskBackend>(
  backend: Backend,
  around: (call: BackendCall, run: (input: object) => Promise<object>) => Promise<object>,
): Backend {
  const names: CallName[] = [...operationList.map(([name]) => name), "projects", "counts"];
  const wrapped = names.flatMap((name): [string, Method][] => {
    const method = backend[name] as Method | undefined;
    if (method === undefined) return [];
    const call: Method = (input, asked) =>
      around({ name, input, asked }, (changed) => method(changed, asked));
    return [[name, call]];
  });
  return { ...backend, ...Object.fromEntries(wrapped) };
}

/** Something of an organisation (null: of any) was written, or may have been: these tasks, or (null) unknown ones. */
export type Write = Pick<StoreNotice, "organization" | "tasks">;

/** What an answer says about the tasks that were written; an answer without tasks wrote none. */
function tasksOf(input: object, answer: object): NonNullable<Write["tasks"]> {
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

/** Each write is answered after `after`, which is called for a failed write too: something may have been written. */
export const afterWrites = (
  backend: TaskBackend,
  after: (write: Write) => void | Promise<void>,
): TaskBackend =>
  wrapCalls(backend, async ({ name, input, asked }, run) => {
    const isWrite = name in operations && operations[name as OperationName].method !== "get";
    if (!isWrite) return run(input);
    const { organization } = asked.as;
    let tasks: Write["tasks"] = [];
    try {
      const answer = await run(input);
      tasks = tasksOf(input, answer);
      return answer;
    } finally {
      await after({ organization, tasks });
    }
  });
