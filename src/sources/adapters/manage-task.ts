// A server of the action style: one call `manage_task` with an `action`, over REST (`POST /mcp/manage_task`) or as a tool
// of an MCP server. Which of the two is the carrier's affair.

import type { PendingTasks, TaskSource } from "../../core/ports.ts";
import { readObject, readString } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { isPending, type Task } from "../../core/task.ts";
import { fieldIn, listIn, pendingIn, requireSuccess, tasksIn, totalIn } from "./rest.ts";
import type { AdapterDeps } from "./rest.ts";

/** Calls `manage_task`, `manage_git_branch`, `manage_context` or `manage_connection` and gives what it says. */
export type Act = (
  kind: "read" | "write",
  tool: string,
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
) => Promise<unknown>;

/** Its settings: `branchId`, `projectId`. */
export interface ManageTaskDeps extends AdapterDeps {
  act: Act;
}

const mostListed = 500;
const ownWords: Readonly<Record<string, string>> = { pending: "todo", completed: "done" };

/** Some versions say `task_id`, some nest the task below `task`. */
const taskOf = (name: string, answer: unknown): Task | null =>
  tasksIn(name, [fieldIn(answer, ["task"]) ?? readObject(answer)?.["data"]])[0] ?? null;

/** The server's words about the project, wherever its version puts them. */
function contextText(answer: unknown): string | null {
  const data = readObject(fieldIn(answer, ["context"])) ?? readObject(readObject(answer)?.["data"]);
  const texts = ["summary", "description", "name"].map((field) =>
    readString(data?.[field])?.trim(),
  );
  return texts.find((text) => text !== undefined && text !== "") ?? null;
}

/** Branch ids by name; asked for once while the source is open. */
function createBranchIds({ name, settings, act }: ManageTaskDeps) {
  const known = new Map<string, string>();
  return async (branch: string | null, signal: AbortSignal): Promise<string | undefined> => {
    if (settings["branchId"] !== undefined || branch === null) return settings["branchId"];
    const before = known.get(branch);
    if (before !== undefined) return before;
    const args = { action: "list", project_id: settings["projectId"] };
    const answer = await act("read", "manage_git_branch", args, signal);
    for (const item of listIn(name, answer, ["branches", "git_branchs", "git_branches"])) {
      const from = readObject(item);
      const id = readString(from?.["id"]) ?? readString(from?.["git_branch_id"]);
      const named = readString(from?.["name"]) ?? readString(from?.["git_branch_name"]);
      if (id !== undefined && named !== undefined) known.set(named, id);
    }
    return known.get(branch);
  };
}

/** Takes over what `close` holds. */
export function createManageTaskSource(deps: ManageTaskDeps): TaskSource {
  const { name, origin, subject, settings, act, close } = deps;
  const branchIdOf = createBranchIds(deps);
  const manage = async (
    kind: "read" | "write",
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<unknown> => requireSuccess(name, await act(kind, "manage_task", args, signal));

  /** A line that is nice to have: without it the tasks are an answer all the same. */
  const contextOf = async (signal: AbortSignal): Promise<string | null> => {
    const id = settings["projectId"];
    if (id === undefined) return null;
    const args = { action: "get", level: "project", context_id: id };
    return act("read", "manage_context", args, signal).then(contextText, () => null);
  };
  return {
    name,
    origin,
    subject,
    listPending: async (_scope, signal): Promise<PendingTasks> => {
      const args = { action: "list", git_branch_id: settings["branchId"], limit: mostListed };
      const [answer, context] = await Promise.all([
        manage("read", args, signal),
        contextOf(signal),
      ]);
      const raw = listIn(name, answer, ["tasks"]);
      return { ...pendingIn(name, raw, totalIn(answer)), context };
    },
    next: async (scope, signal) => {
      const branch = await branchIdOf(scope.branch ?? null, signal);
      const args = { action: "next", git_branch_id: branch, include_context: true };
      return taskOf(name, await manage("read", args, signal));
    },
    get: async (_scope, id, signal) => {
      if (id === "") return null;
      try {
        return taskOf(name, await manage("read", { action: "get", task_id: id }, signal));
      } catch (error) {
        // Asked for one task, a server that reports a failure says that it has none.
        if (error instanceof SourceError && error.code === "source-failed") return null;
        throw error;
      }
    },
    search: async (_scope, query, signal) => {
      const answer = await manage("read", { action: "search", query, limit: mostListed }, signal);
      return tasksIn(name, listIn(name, answer, ["tasks"])).filter(isPending);
    },
    create: async (scope, task, signal) => {
      const args = {
        action: "create",
        git_branch_id: await branchIdOf(scope.branch ?? null, signal),
        title: task.title,
        description: task.description ?? task.title,
        assignees: task.assignees.join(","),
        priority: task.priority === "none" ? undefined : task.priority,
        status: ownWords[task.status] ?? task.status,
      };
      return taskOf(name, await manage("write", args, signal));
    },
    update: async (_scope, id, { status, notes }, signal) => {
      const args =
        status === "completed"
          ? { action: "complete", task_id: id, completion_summary: notes ?? "" }
          : { action: "update", task_id: id, status: ownWords[status] ?? status };
      return taskOf(name, await manage("write", args, signal));
    },
    check: async (signal) => {
      const args = { action: "health_check" };
      requireSuccess(name, await act("read", "manage_connection", args, signal));
    },
    [Symbol.asyncDispose]: close,
  };
}
