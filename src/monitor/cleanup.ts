// What the monitor removes: daily what nothing needs, and everything after Claude Code's plugin was uninstalled without our code.

import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { StateFiles } from "../config/folders.ts";
import { removeOldCopies } from "../git/settings-copy.ts";

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Another process is writing there; the rest is removed.
  }
}

const day = 86_400_000;
/** A person who wants to look at an unusable cache does so soon. */
const quarantineKeptMs = 14 * day;
/** As long as the cache keeps the texts that a report has in it. */
const reportKeptMs = 14 * day;

/** The scratch folder of an install, or a half-written file, of a process that was killed. */
const isAbandoned = (name: string): boolean => /^warm-\w{6}$|^\..+\.draft$/.test(name);

/** The cache, the live folder and the logs have limits of their own; what a person put there stays. `now`: epoch milliseconds. */
export function removeStaleFiles(
  files: StateFiles,
  worktrees: readonly string[],
  now: number,
): void {
  const isOlder = (path: string, ms: number): boolean => {
    const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    return at !== undefined && now - at > ms;
  };
  const quarantine = join(files.state, "quarantine");
  if (isOlder(quarantine, quarantineKeptMs)) remove(quarantine);
  for (const name of existsSync(files.reports) ? readdirSync(files.reports) : []) {
    const report = join(files.reports, name);
    if (isOlder(report, reportKeptMs)) remove(report);
  }
  for (const { name, parentPath } of readdirSync(files.state, { withFileTypes: true })) {
    const path = join(parentPath, name);
    if (isAbandoned(name) && isOlder(path, day)) remove(path);
  }
  // A rebuilt cache does not know the working trees yet: only copies of repositories that are gone are removed.
  removeOldCopies(files.gitSettings, worktrees, worktrees.length === 0 ? 0 : now - day);
}

/** Removes what can be made again; tasks, secrets and sign-ins stay, as after `sitrep uninstall`. */
export function removePluginState(files: StateFiles): void {
  const databases = [files.cache, files.limits, files.monitorLock, files.installLock];
  const whole = [
    files.live,
    files.gates,
    files.gitSettings,
    files.logs,
    files.reports,
    files.installation,
  ];
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
    // The folder has the tasks in it, or it is gone.
  }
}
