// A backend that says when something of an organisation was written, whether by a tool or by a route.

import type { Asked, TaskBackend } from "../backend.ts";

export interface Written {
  readonly organization: string;
  /** The tasks that changed, where that is known: project and id. */
  readonly tasks: readonly { readonly project: string; readonly id: string }[];
}

const nothingKnown = (): Omit<Written, "organization"> => ({ tasks: [] });

/** `onWrite` is told after each write, also after one that failed: it may have happened. */
export function announceWrites(
  backend: TaskBackend,
  onWrite: (written: Written) => void,
): TaskBackend {
  async function announced<T>(
    asked: Asked,
    work: Promise<T>,
    describe: (result: T) => Omit<Written, "organization">,
  ): Promise<T> {
    const { organization } = asked.as;
    try {
      const result = await work;
      onWrite({ organization, ...describe(result) });
      return result;
    } catch (error) {
      onWrite({ organization, tasks: [] });
      throw error;
    }
  }
  const own: Partial<TaskBackend> = {
    updateStatus: (change, asked) =>
      announced(asked, backend.updateStatus(change, asked), (task) => ({
        tasks: [{ project: task.project_id, id: task.task_id }],
      })),
    addTasks: (tasks, asked) =>
      announced(asked, backend.addTasks(tasks, asked), (ids) => ({
        tasks: ids.map((id, index) => ({ project: tasks[index]?.project_id ?? "", id })),
      })),
    reserveIds: (query, asked) => announced(asked, backend.reserveIds(query, asked), nothingKnown),
    createTicket: (ticket, asked) =>
      announced(asked, backend.createTicket(ticket, asked), nothingKnown),
  };
  // Whatever else the backend has goes through as it is, with its own `this`.
  return new Proxy(backend, {
    get: (target, name) => {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
