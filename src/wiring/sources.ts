// The configured task sources, opened.

import { createEmbeddedSource, embeddedSourceName } from "../sources/embedded.ts";
import { openTaskStore } from "../store/task-store.ts";
import type { StateFiles } from "../config/folders.ts";
import type { TaskSource } from "../core/ports.ts";

/** In their order. The caller disposes of each. Throws `store-unreadable`. */
export async function openSources(files: StateFiles): Promise<TaskSource[]> {
  const store = await openTaskStore(files.store, embeddedSourceName, () => new Date());
  return [createEmbeddedSource(store, files.store)];
}
