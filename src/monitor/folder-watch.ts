// Sees that something in a few folders has changed: by the system's notices and, where it gives none (its limit is
// reached, or it cannot watch there), by their times, once a second. git replaces its files by renaming, which shows in both.

import { statSync, watch, type FSWatcher } from "node:fs";

/** Called with the file's name where it is known. `isNew`: nothing has happened there, but what did before was not seen. */
export type OnChange = (folder: string, name: string | null, isNew?: boolean) => void;

export interface FolderWatch {
  /** Watches these folders and no others. One that is new, or another than before, counts as changed. */
  follow(folders: ReadonlySet<string>): void;
}

interface Watched {
  /** Null: not to be watched; its time is looked at. */
  watcher: FSWatcher | null;
  file: string;
  changedAt: number;
}

const pollMs = 1000;

function look(folder: string): Pick<Watched, "file" | "changedAt"> {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return { file: `${stats?.dev}:${stats?.ino}`, changedAt: stats?.mtimeMs ?? 0 };
}

/** `watchFolder` throws where a folder cannot be watched. */
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
      watcher.on("error", () => close(folder));
      return watcher;
    } catch {
      return null;
    }
  };
  const close = (folder: string): void => {
    const one = known.get(folder);
    one?.watcher?.close();
    if (one !== undefined) one.watcher = null;
  };
  const check = (folder: string): void => {
    const [before, now] = [known.get(folder), look(folder)];
    if (before?.file === now.file && before.changedAt === now.changedAt) return;
    if (before?.file === now.file) known.set(folder, { ...before, ...now });
    else {
      close(folder);
      known.set(folder, { watcher: open(folder), ...now });
    }
    onChange(folder, null, before === undefined);
  };

  const unwatched = (): string[] =>
    [...known].flatMap(([folder, { watcher }]) => (watcher === null ? [folder] : []));

  return {
    follow: (folders) => {
      for (const folder of known.keys()) {
        if (folders.has(folder)) continue;
        close(folder);
        known.delete(folder);
      }
      for (const folder of folders) check(folder);
      clearInterval(timer);
      if (unwatched().length > 0)
        timer = setInterval(() => unwatched().forEach(check), pollMs).unref();
    },
  };
}
