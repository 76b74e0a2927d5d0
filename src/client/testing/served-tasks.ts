// Holds a test server's tasks with the field names of every dialect, and the tools of the `manage_task` dialect.

export interface ServedTask {
  id: string;
  task_id: string;
  project_id: string;
  title: string;
  description: string;
  status: string;
  priority: string;
  /** Exactly as in the request: a list, or a text with commas. */
  assignees?: unknown;
  completion_notes?: string;
}

export type ToolInput = Record<string, unknown>;

export interface ServedTasks {
  readonly all: ServedTask[];
  /** Adds a task. Missing fields get defaults. */
  put(project: string, delivered: ToolInput): ServedTask;
  find(id: unknown): ServedTask | undefined;
  change(id: unknown, to: Partial<ServedTask>): ServedTask | undefined;
}

export function createServedTasks(): ServedTasks {
  const all: ServedTask[] = [];
  let lastId = 0;
  const find = (id: unknown): ServedTask | undefined => all.find((task) => task.id === id);
  return {
    all,
    find,
    put: (project, { id, title, description, status, priority, assignees }) => {
      lastId += 1;
      const own = typeof id === "string" ? id : `T-${lastId}`;
      const task: ServedTask = {
        id: own,
        task_id: own,
        project_id: project,
        title: String(title),
        description: String(description ?? title),
        status: String(status ?? "pending"),
        priority: String(priority ?? "medium"),
        ...(assignees === undefined ? {} : { assignees }),
      };
      all.push(task);
      return task;
    },
    change: (id, to) => {
      const task = find(id);
      return task === undefined ? undefined : Object.assign(task, to);
    },
  };
}

/** The tools by name, the same over MCP and REST. */
export type Tools = Readonly<Record<string, (args: ToolInput) => unknown>>;

const done = (data: unknown) => ({ success: true, data });
const refused = { success: false, error: { message: "Task not found", code: "NOT_FOUND" } };
const responseOf = (task: ServedTask | undefined) =>
  task === undefined ? refused : done({ task });

/** `cap`: the maximum number of tasks in a response. The response also has the total. */
export function createTools(tasks: ServedTasks, cap: () => number): Tools {
  const page = (found: readonly ServedTask[]) =>
    done({ tasks: found.slice(0, cap()), total: found.length });
  const actions: Tools = {
    list: () => page(tasks.all),
    next: () => done({ task: tasks.all.find(({ status }) => status === "pending") ?? null }),
    get: ({ task_id: id }) => responseOf(tasks.find(id)),
    search: ({ query }) => page(tasks.all.filter(({ title }) => title.includes(String(query)))),
    create: (args) => done({ task: tasks.put("", args) }),
    update: ({ task_id: id, status }) => responseOf(tasks.change(id, { status: String(status) })),
    complete: ({ task_id: id, completion_summary: notes }) =>
      responseOf(tasks.change(id, { status: "done", completion_notes: String(notes) })),
  };
  return {
    manage_task: (args) => actions[String(args["action"])]?.(args) ?? { success: false },
    manage_connection: () => ({ success: true, status: "healthy" }),
    manage_git_branch: () => done({ branches: [{ id: "branch-7", name: "feature/login" }] }),
    manage_context: () => done({ context: { summary: "Shop: the API" } }),
  };
}
