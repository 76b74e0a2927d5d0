// Shares an open store in a process: two connections that create a new store would deadlock until one gives up.

import { fileIdentity } from "../state/files/file-stats.ts";
import { openTaskStore, type TaskStore } from "../store/task-store.ts";

interface Held {
  store: Promise<TaskStore>;
  users: number;
  place: string | null;
}

/** Opens the store once while the file is the same, and closes it with its last user. Throws as `openTaskStore`. */
export function createSharedStores(file: string): (source: string) => Promise<TaskStore> {
  const stores = new Map<string, Held>();

  const open = (source: string): Held => {
    const store = openTaskStore(file, { source, clock: () => new Date(), author: null });
    const held: Held = { store, users: 0, place: null };
    stores.set(source, held);
    void store.then(
      () => (held.place = fileIdentity(file)),
      () => stores.get(source) === held && stores.delete(source),
    );
    return held;
  };

  return async (source) => {
    const known = stores.get(source);
    // An open connection would go on reading a removed file.
    const isUsable = known?.place === null || known?.place === fileIdentity(file);
    const held = known !== undefined && isUsable ? known : open(source);
    held.users += 1;
    const store = await held.store;
    return {
      ...store,
      [Symbol.asyncDispose]: async () => {
        held.users -= 1;
        if (held.users > 0) return;
        if (stores.get(source) === held) stores.delete(source);
        await store[Symbol.asyncDispose]();
      },
    };
  };
}
