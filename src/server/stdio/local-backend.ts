// A write of tasks also refreshes the snapshots of their projects, as the commands do.

import { basename } from "node:path";
import type { ProjectScope } from "../../core/ports.ts";
import { createLocalProjects } from "../backends/project-names.ts";
import { createStoreBackend, readReservationMs } from "../backends/store-backend.ts";
import { openStore } from "../../store/database/database.ts";
import { localOrganization } from "../../store/task-store.ts";
import type { CommandContext } from "../../config/context.ts";
import { changeTasks, ownSession } from "../../sources/local-tasks.ts";
import { afterWrites } from "../backends/wrap-calls.ts";
import type { ToolBackend } from "./choose-backend.ts";

const clock = (): Date => new Date();

/** Throws `store-busy`, `store-unreadable`, `config-invalid`. */
export async function openLocalBackend(
  context: CommandContext,
  scope: ProjectScope,
): Promise<ToolBackend> {
  const reservationMs = readReservationMs(context.env);
  const store = await openStore({ file: context.files.store });
  const projects = createLocalProjects(store, scope.path);
  const author = ownSession(context);
  const plain = createStoreBackend({ store, projects, clock, reservationMs, author });
  const backend = afterWrites(plain, async ({ tasks }) => {
    for (const name of new Set(tasks?.map(({ project }) => project))) {
      const path = await projects.keyOf(name, localOrganization);
      await changeTasks(context, { path, name: basename(path) }, async () => undefined);
    }
  });
  return {
    backend,
    project: await projects.nameOf(scope.path, localOrganization),
    name: "embedded",
    tools: [],
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}
