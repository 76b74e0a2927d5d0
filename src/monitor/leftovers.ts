// What the monitor takes away: day by day what nobody asks for any more, and everything when the client's plugin was uninstalled,
// for which the client runs nothing of ours.

import { readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { StateFiles } from "../config/folders.ts";
import { removeOldCopies } from "../git/settings-copy.ts";

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Another process is writing there; the rest goes.
  }
}

const day = 86_400_000;
/** A cache that was beyond use is looked into soon, or not at all. */
const quarantineKeptMs = 14 * day;

/** A folder that an install warmed up in, or a file half written, of a process that was killed. */
const isAbandoned = (name: string): boolean => /^warm-\w{6}$|^\..+\.draft$/.test(name);

/**
 * Removes from the state folder what is out of use. Rows of the cache, signs of sessions and logs have their own limits; what
 * a person put there stays. `now`: epoch milliseconds.
 */
export function removeOutdated(files: StateFiles, worktrees: readonly string[], now: number): void {
  const isOlder = (path: string, ms: number): boolean => {
    const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    return at !== undefined && now - at > ms;
  };
  const quarantine = join(files.state, "quarantine");
  if (isOlder(quarantine, quarantineKeptMs)) remove(quarantine);
  for (const { name, parentPath } of readdirSync(files.state, { withFileTypes: true })) {
    const path = join(parentPath, name);
    if (isAbandoned(name) && isOlder(path, day)) remove(path);
  }
  // A cache that was begun anew knows of none yet.
  removeOldCopies(files.gitSettings, worktrees, worktrees.length === 0 ? 0 : now - day);
}

/** Everything in the state folder that can be made anew; tasks, secrets and sign-ins stay, as with `sitrep uninstall`. */
export function removeLeftovers(files: StateFiles): void {
  const databases = [files.cache, files.limits, files.monitorLock, files.installLock];
  const whole = [files.live, files.gates, files.gitSettings, files.logs, files.installation];
  for (const file of databases) {
    for (const ending of ["", "-wal", "-shm", "-journal"]) remove(`${file}${ending}`);
  }
  for (const path of [...whole, join(files.state, "quarantine")]) remove(path);
  try {
    for (const name of readdirSync(files.state)) {
      if (/^warm-\w{6}$/.test(name)) remove(join(files.state, name));
    }
    rmdirSync(files.state);
  } catch {
    // The tasks are there, or there is no folder any more.
  }
}
