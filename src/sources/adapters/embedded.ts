import { noNotes, type ProjectScope, type TaskSource } from "../../core/ports.ts";
import { markBlocked } from "../../core/task/raw-task.ts";
import type { TaskStore } from "../../store/task-store.ts";

export const embeddedSourceName = "embedded";

export function createEmbeddedSource(
  store: TaskStore,
  file: string,
  name: string = embeddedSourceName,
): TaskSource {
  return {
    name,
    origin: `file:${file}`,
    subject: "",
    listOpen: async (scope: ProjectScope) => ({
      ...noNotes,
      tasks: markBlocked(await store.list(scope.path, ["pending", "in_progress", "blocked"])),
    }),
    isKnown: (scope: ProjectScope) => store.isKnown(scope.path),
    get: (scope: ProjectScope, id: string) => store.get(scope.path, id),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
