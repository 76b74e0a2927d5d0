// The writes of a service that is a configured source: with a person's consent, and on record.

import { recorded, type WriteDeps } from "../../sources/writing/guarded-source.ts";
import type { TaskBackend } from "../backend.ts";
import { operations, type OperationName } from "../operations/operations.ts";
import { wrapCalls } from "./wrap-calls.ts";

export const guardedBackend = <Backend extends TaskBackend>(
  backend: Backend,
  guard: WriteDeps,
): Backend =>
  wrapCalls(backend, ({ name, input }, run) => {
    const isWrite = name in operations && operations[name as OperationName].method !== "get";
    if (!isWrite) return run(input);
    const { id, title = "" } = input as { id?: string; title?: string };
    const action = name === "updateTaskStatus" ? "update" : "create";
    const write = { action, task: id ?? null, title, sent: { ...input } } as const;
    return recorded(guard, write, async () => ({ value: await run(input) }));
  });
