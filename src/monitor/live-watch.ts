// Sees what hooks and commands do in the live folder, so that a tick that would find nothing new looks at nothing.

import { watch } from "node:fs";
import { basename } from "node:path";
import { pendingKinds } from "../core/news/pending-news.ts";
import { leaseFile, wakeFile } from "../state/live/lease.ts";

/** What the monitor itself writes for the hooks of a session, and its drafts. A hook that takes one away leaves another. */
const forHooks = new RegExp(
  `\\.(?:${[...pendingKinds, "files", "client"].join("|")})(?:\\.draft\\..*)?$`,
);

export interface LiveWatch extends Disposable {
  /** True where a file of a session may have come, gone or changed since the last call. */
  takeChange(): boolean;
}

/** `onWake`: somebody wants a tick at once. Where the folder cannot be watched, all may have changed at each call. */
export function watchLive(live: string, onWake: () => void): LiveWatch {
  const [wake, lease] = [wakeFile(live), leaseFile(live)].map((file) => basename(file));
  let isWatching = false;
  let hasChanged = true;
  const stop = (): void => void (isWatching = false);
  const note = (name: string | null): void => {
    if (name === wake) onWake();
    // The lease is the monitor's own, and renewed twice a second.
    else if (name === null || lease === undefined) hasChanged = true;
    else if (!name.startsWith(lease) && !forHooks.test(name)) hasChanged = true;
  };
  const open = () => {
    try {
      const watcher = watch(live, { persistent: false }, (_, name) => note(name));
      watcher.on("error", () => {
        stop();
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
