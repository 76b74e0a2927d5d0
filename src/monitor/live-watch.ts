// Watches the live folder, where hooks and commands write, so that a tick looks at the sessions only after a change.

import { watch } from "node:fs";
import { basename } from "node:path";
import { pendingKinds } from "../core/news/pending-news.ts";
import { leaseFile, wakeFile } from "../state/live/lease.ts";

/** Files that the monitor itself writes for a session's hooks. A hook that takes such a file leaves another one. */
const forHooks = new RegExp(
  `\\.(?:${[...pendingKinds, "files", "pane", "client"].join("|")})(?:\\.draft\\..*)?$`,
);

export interface LiveWatch extends Disposable {
  /** True if a file of a session may have changed since the last call. */
  takeChange(): boolean;
}

/** `onWake`: a hook or command wants a tick at once. If `live` cannot be watched, `takeChange` always returns true. */
export function watchLive(live: string, onWake: () => void): LiveWatch {
  const [wake, lease] = [basename(wakeFile(live)), basename(leaseFile(live))];
  let isWatching = false;
  let hasChanged = true;
  const note = (name: string | null): void => {
    if (name === wake) onWake();
    // The monitor renews the lease twice a second: that is not a change.
    else if (name === null || !(name.startsWith(lease) || forHooks.test(name))) hasChanged = true;
  };
  const open = () => {
    try {
      const watcher = watch(live, { persistent: false }, (_, name) => note(name));
      watcher.on("error", () => {
        isWatching = false;
        watcher.close();
      });
      isWatching = true;
      return watcher;
    } catch {
      return null;
    }
  };
  const watcher = open();
  return {
    takeChange: () => {
      const may = hasChanged || !isWatching;
      hasChanged = false;
      return may;
    },
    [Symbol.dispose]: () => watcher?.close(),
  };
}
