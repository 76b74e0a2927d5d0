// Writes to a service that is a configured source need a person's consent, and are recorded.

import { defined } from "../../core/read.ts";
import { requireConsent } from "../../sources/writing/consent.ts";
import { recorded, type WriteDeps } from "../../sources/writing/guarded-source.ts";
import type { TaskBackend } from "../backend.ts";
import { operations, type OperationName } from "../operations/operations.ts";
import { wrapCalls } from "./wrap-calls.ts";

export const guardedBackend = <Backend extends TaskBackend>(
  backend: Backend,
  guard: WriteDeps,
): Backend =>
  wrapCalls(backend, async ({ name, input, asked }, run) => {
    const isWrite = name in operations && operations[name as OperationName].method !== "get";
    if (!isWrite) return run(input);
    const sent = { ...input };
    if (name !== "updateTaskStatus") {
      const { title = "" } = input as { title?: string };
      const write = { action: "create", task: null, title, sent } as const;
      return recorded(guard, write, async () => ({ value: await run(input) }));
    }
    requireConsent(guard.files, guard.project, guard.config);
    const update = input as Parameters<TaskBackend["updateTaskStatus"]>[0];
    const { id, project, status } = update;
    const which = { id, ...defined({ project }) };
    // `task undo` needs the earlier status. If the task cannot be read, the service refuses the write.
    const { task } = await backend.getTask(which, asked).catch(() => ({ task: null }));
    return recorded(
      guard,
      { action: "update", task: id, title: task?.title ?? "", before: task?.status, sent },
      async () => ({ value: await run(input), outcome: { status } }),
    );
  });
