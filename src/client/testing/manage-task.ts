// The tools of the `manage_task` dialect over a test server's tasks: the same over MCP and over REST.

import type { ServedTask, ServedTasks, Told } from "./served-tasks.ts";

export type Tools = Readonly<Record<string, (args: Told) => unknown>>;

const done = (data: unknown) => ({ success: true, data });
const refused = { success: false, error: { message: "Task not found", code: "NOT_FOUND" } };
const answerOf = (task: ServedTask | undefined) => (task === undefined ? refused : done({ task }));

/** `cap`: at most so many tasks an answer; the total is told. */
export function createTools(tasks: ServedTasks, cap: () => number): Tools {
  const page = (found: readonly ServedTask[]) =>
    done({ tasks: found.slice(0, cap()), total: found.length });
  const actions: Tools = {
    list: () => page(tasks.all),
    next: () => done({ task: tasks.all.find(({ status }) => status === "pending") ?? null }),
    get: ({ task_id: id }) => answerOf(tasks.find(id)),
    search: ({ query }) => page(tasks.all.filter(({ title }) => title.includes(String(query)))),
    create: (args) => done({ task: tasks.put("", args) }),
    update: ({ task_id: id, status }) => answerOf(tasks.change(id, { status: String(status) })),
    complete: ({ task_id: id, completion_summary: notes }) =>
      answerOf(tasks.change(id, { status: "done", completion_notes: String(notes) })),
  };
  return {
    manage_task: (args) => actions[String(args["action"])]?.(args) ?? { success: false },
    manage_connection: () => ({ success: true, status: "healthy" }),
    manage_git_branch: () => done({ branches: [{ id: "branch-7", name: "feature/login" }] }),
    manage_context: () => done({ context: { summary: "Shop: the API" } }),
  };
}
