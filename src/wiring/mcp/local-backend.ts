// The embedded store behind the task tools. Each write of tasks refreshes the snapshots of their projects in the same
// call, as the commands do.

import { basename } from "node:path";
import type { ProjectScope } from "../../core/ports.ts";
import type { TaskBackend } from "../../server/backend.ts";
import { createLocalProjects } from "../../server/backends/local-projects.ts";
import { createStoreBackend } from "../../server/backends/store-backend.ts";
import { openStore } from "../../store/open-store.ts";
import { localOrganization } from "../../store/task-store.ts";
import type { CliWorld } from "../cli-world.ts";
import { reservationMs } from "../reservation.ts";
import { changeTasks } from "../tasks.ts";
import type { ToolBackend } from "./opened-backend.ts";

const now = (): Date => new Date();

/** Throws `store-busy`, `store-unreadable`, `config-invalid`. */
export async function openLocalBackend(world: CliWorld, scope: ProjectScope): Promise<ToolBackend> {
  const keptMs = reservationMs(world.env);
  const store = await openStore({ file: world.files.store });
  const projects = createLocalProjects(store, scope.path);
  const plain = createStoreBackend({ store, projects, clock: now, reservationMs: keptMs });
  const refresh = async (names: Iterable<string>): Promise<void> => {
    for (const name of new Set(names)) {
      const path = await projects.keyOf(name, localOrganization);
      await changeTasks(world, { path, name: basename(path) }, async () => undefined);
    }
  };
  const backend: TaskBackend = {
    ...plain,
    updateStatus: async (change, asked) => {
      const task = await plain.updateStatus(change, asked);
      await refresh([task.project_id]);
      return task;
    },
    addTasks: async (tasks, asked) => {
      const ids = await plain.addTasks(tasks, asked);
      await refresh(tasks.map((task) => task.project_id));
      return ids;
    },
  };
  return {
    backend,
    project: await projects.nameOf(scope.path, localOrganization),
    name: "embedded",
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}
