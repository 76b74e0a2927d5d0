// A source that cannot be opened: it keeps its place and its last good answer, and says why when it is asked.

import type { TaskSource } from "../../core/ports.ts";

export function createFailingSource(name: string, origin: string, error: unknown): TaskSource {
  return {
    name,
    origin,
    subject: "",
    listPending: () => Promise.reject(error),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
