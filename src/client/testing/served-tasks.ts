// The tasks of a test server, in the names of every dialect at once.

export interface ServedTask {
  id: string;
  task_id: string;
  project_id: string;
  title: string;
  description: string;
  status: string;
  priority: string;
  /** As they were given: a list, or a text with commas. */
  assignees?: unknown;
  completion_notes?: string;
}

/** What a request told: its body, or a tool's arguments. */
export type Told = Record<string, unknown>;

export interface ServedTasks {
  readonly all: ServedTask[];
  /** What is left out is made up. */
  put(project: string, delivered: Told): ServedTask;
  find(id: unknown): ServedTask | undefined;
  /** Changes a task; undefined when there is none with this id. */
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
