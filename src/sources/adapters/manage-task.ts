// One call, `manage_task`, with an `action`, over REST or as a tool; `act` hides the difference.

import type { OpenTasks, TaskSource, TaskUpdate } from "../../core/ports.ts";
import { readObject, readString } from "../../core/read.ts";
import { taskFromRaw } from "../../core/task/raw-task.ts";
import { isOpenTask, type NewTask, type Task } from "../../core/task/task.ts";
import {
  findField,
  invalid,
  isOwnFailure,
  findList,
  nullIfAbsent,
  parseOpen,
} from "./rest-responses.ts";
import { succeeded, parseTasks, findTotal } from "./rest-responses.ts";
import type { AdapterDeps } from "./rest-responses.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** Calls `manage_task`, `manage_git_branch`, `manage_context` or `manage_connection` and gives the response. */
export type CallManageTask = (
  kind: "read" | "write",
  tool: string,
  args: Arguments,
  signal: AbortSignal,
) => Promise<unknown>;

export interface ManageTaskDeps extends AdapterDeps {
  act: CallManageTask;
}

const maxListed = 500;
const ownWords: Readonly<Record<string, string>> = { pending: "todo", completed: "done" };

function rawIn(response: unknown): unknown {
  const task = findField(response, ["task", "next_item"]);
  return task === undefined ? readObject(response)?.["data"] : task;
}

const says = (response: unknown, field: string, value: boolean): boolean =>
  findField(response, [field]) === value;

/** Null for a response that cannot be read: the write has succeeded all the same. */
const written = (name: string, response: unknown): Task | null =>
  taskFromRaw(rawIn(response), name, null);

/** Null when the server says that it has none. Throws `source-invalid-response` for neither. */
function taskOf(name: string, response: unknown): Task | null {
  const raw = response === null ? null : rawIn(response);
  const task = written(name, response);
  if (task !== null || raw === null || says(response, "has_next", false)) return task;
  const isNone = findField(response, ["task", "next_item"]) === undefined;
  if (isNone && says(response, "success", true)) return null;
  throw invalid(name, "returned no task and did not say that there is none.");
}

/** The server's description of the project, which versions put in different fields. */
function contextText(response: unknown): string | null {
  const data =
    readObject(findField(response, ["context"])) ?? readObject(readObject(response)?.["data"]);
  const texts = ["summary", "description", "name"].map((field) =>
    readString(data?.[field])?.trim(),
  );
  return texts.find((text) => text !== undefined && text !== "") ?? null;
}

function createBranchIds({ name, settings, act }: ManageTaskDeps) {
  const known = new Map<string, string>();
  return async (branch: string | null, signal: AbortSignal): Promise<string | undefined> => {
    if (settings["branchId"] !== undefined || branch === null) return settings["branchId"];
    const before = known.get(branch);
    if (before !== undefined) return before;
    const args = { action: "list", project_id: settings["projectId"] };
    const response = await act("read", "manage_git_branch", args, signal);
    for (const item of findList(name, response, ["branches", "git_branchs", "git_branches"])) {
      const from = readObject(item);
      const id = readString(from?.["id"]) ?? readString(from?.["git_branch_id"]);
      const named = readString(from?.["name"]) ?? readString(from?.["git_branch_name"]);
      if (id !== undefined && named !== undefined) known.set(named, id);
    }
    return known.get(branch);
  };
}

const createArguments = (task: NewTask, branch: string | undefined): Arguments => ({
  action: "create",
  git_branch_id: branch,
  title: task.title,
  description: task.description ?? task.title,
  assignees: task.assignees.join(","),
  priority: task.priority === "none" ? undefined : task.priority,
  status: ownWords[task.status] ?? task.status,
});

const updateArguments = (id: string, { status, notes }: TaskUpdate): Arguments =>
  status === "completed"
    ? { action: "complete", task_id: id, completion_summary: notes ?? "" }
    : { action: "update", task_id: id, status: ownWords[status] ?? status };

export function createManageTaskSource(deps: ManageTaskDeps): TaskSource {
  const { name, origin, subject, settings, act, close } = deps;
  const branchIdOf = createBranchIds(deps);
  const manage = async (kind: "read" | "write", args: Arguments, signal: AbortSignal) =>
    succeeded(name, await act(kind, "manage_task", args, signal));

  /** Null without one, or when it fails: the tasks are a complete response. */
  const contextOf = async (signal: AbortSignal): Promise<string | null> => {
    const id = settings["projectId"];
    if (id === undefined) return null;
    const args = { action: "get", level: "project", context_id: id };
    return act("read", "manage_context", args, signal).then(contextText, () => null);
  };
  const list = async (signal: AbortSignal): Promise<OpenTasks> => {
    const args = { action: "list", git_branch_id: settings["branchId"], limit: maxListed };
    const response = await manage("read", args, signal);
    return parseOpen(name, findList(name, response, ["tasks"]), findTotal(response));
  };
  return {
    name,
    origin,
    subject,
    listOpen: async (_scope, signal) => {
      const [tasks, context] = await Promise.all([list(signal), contextOf(signal)]);
      return { ...tasks, context };
    },
    next: async (scope, signal) => {
      const branch = await branchIdOf(scope.branch ?? null, signal);
      const args = { action: "next", git_branch_id: branch, include_context: true };
      return taskOf(name, await manage("read", args, signal));
    },
    get: async (_scope, id, signal) => {
      if (id === "") return null;
      const response = manage("read", { action: "get", task_id: id }, signal);
      return taskOf(name, await nullIfAbsent(response, () => list(signal).then(() => true)));
    },
    search: async (_scope, query, signal) => {
      const response = await manage("read", { action: "search", query, limit: maxListed }, signal);
      return parseTasks(name, findList(name, response, ["tasks"])).tasks.filter(isOpenTask);
    },
    create: async (scope, task, signal) => {
      const args = createArguments(task, await branchIdOf(scope.branch ?? null, signal));
      return written(name, await manage("write", args, signal));
    },
    update: async (_scope, id, change, signal) =>
      written(name, await manage("write", updateArguments(id, change), signal)),
    check: async (_scope, signal) => {
      try {
        const args = { action: "health_check" };
        succeeded(name, await act("read", "manage_connection", args, signal));
      } catch (error) {
        // Some servers lack that tool; a server that lists its tasks works.
        if (!isOwnFailure(error)) throw error;
        await list(signal);
      }
    },
    [Symbol.asyncDispose]: close,
  };
}
