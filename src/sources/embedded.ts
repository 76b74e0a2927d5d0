// The embedded store as a task source.

import type { ProjectScope, TaskSource } from "../core/ports.ts";
import { isPending } from "../core/task.ts";
import type { Task } from "../core/task.ts";
import type { TaskStore } from "../store/task-store.ts";

/** The name of the source that is there without any configuration. */
export const embeddedSourceName = "embedded";

/** A waiting task whose dependencies are not all over is shown as blocked; the store keeps its own status. */
function holdBack(tasks: readonly Task[]): Task[] {
  const open = new Set(tasks.filter(isPending).map((task) => task.id));
  return tasks.filter(isPending).map((task) => {
    const blockers = task.dependsOn.filter((id) => open.has(id));
    return task.status === "pending" && blockers.length > 0
      ? { ...task, status: "blocked", dependsOn: blockers }
      : task;
  });
}

/** Takes over the store: disposing of the source closes it. */
export function createEmbeddedSource(store: TaskStore, file: string): TaskSource {
  return {
    name: embeddedSourceName,
    origin: `file:${file}`,
    subject: "",
    listPending: async (scope: ProjectScope) =>
      holdBack(await store.list(scope.path, ["pending", "in_progress", "blocked"])),
    get: (scope: ProjectScope, id: string) => store.get(scope.path, id),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
