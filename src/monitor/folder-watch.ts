// Watches folders by the system's events. Polls modification times where there are none: at its limit, on some systems.

import { statSync, watch, type FSWatcher } from "node:fs";

/** `name`: the changed file, if known. `isNew`: the folder was not watched before, so earlier changes were not seen. */
export type OnChange = (folder: string, name: string | null, isNew?: boolean) => void;

export interface FolderWatch {
  /** Watches exactly these folders. A new or replaced folder counts as changed. */
  follow(folders: ReadonlySet<string>): void;
}

interface Watched {
  /** Null: the folder cannot be watched, so it is polled. */
  watcher: FSWatcher | null;
  file: string;
  changedAt: number;
}

const pollMs = 1000;

function look(folder: string): Pick<Watched, "file" | "changedAt"> {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return { file: `${stats?.dev}:${stats?.ino}`, changedAt: stats?.mtimeMs ?? 0 };
}

/** `watchFolder` throws for a folder that cannot be watched. */
export function createFolderWatch(onChange: OnChange, watchFolder = watch): FolderWatch {
  const known = new Map<string, Watched>();
  let timer: NodeJS.Timeout | undefined;

  const open = (folder: string): FSWatcher | null => {
    try {
      const watcher = watchFolder(folder, { persistent: false }, (_, name) => {
        const one = known.get(folder);
        if (one?.watcher === watcher) one.changedAt = look(folder).changedAt;
        onChange(folder, name);
      });
      watcher.on("error", () => {
        watcher.close();
        const one = known.get(folder);
        if (one?.watcher === watcher) one.watcher = null;
      });
      return watcher;
    } catch {
      return null;
    }
  };
  const check = (folder: string): void => {
    const [before, now] = [known.get(folder), look(folder)];
    const isSame = before?.file === now.file;
    if (isSame && before.changedAt === now.changedAt) return;
    if (!isSame) before?.watcher?.close();
    known.set(folder, { watcher: isSame ? before.watcher : open(folder), ...now });
    onChange(folder, null, before === undefined);
  };
  const poll = (): void => {
    for (const [folder, { watcher }] of known) if (watcher === null) check(folder);
  };

  return {
    follow: (folders) => {
      for (const [folder, { watcher }] of known) {
        if (folders.has(folder)) continue;
        watcher?.close();
        known.delete(folder);
      }
      for (const folder of folders) check(folder);
      clearInterval(timer);
      if ([...known.values()].some(({ watcher }) => watcher === null))
        timer = setInterval(poll, pollMs).unref();
    },
  };
}
