// Removes unused files once a day, and all state if Claude Code uninstalled the plugin without running our code.

import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { StateFiles } from "../config/folders.ts";
import { removeOldCopies } from "../git/settings-copy.ts";

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Another process is writing there. Its files stay, the others are removed.
  }
}

const day = 86_400_000;
/** Time for a person to look at an unusable cache. */
const quarantineKeptMs = 14 * day;
/** The cache keeps the texts that a report contains for the same time. */
const reportKeptMs = 14 * day;

/** True for the scratch folder of an install and for a half-written file; a killed process leaves both. */
const isAbandoned = (name: string): boolean => /^warm-\w{6}$|^\..+\.draft$/.test(name);

/** Keeps a person's files, and the cache, live folder and logs, which have own limits. `now`: epoch milliseconds. */
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
  // A rebuilt cache does not know the working trees yet, so only copies for deleted repositories are removed.
  removeOldCopies(files.gitSettings, worktrees, worktrees.length === 0 ? 0 : now - day);
}

/** Removes everything that can be rebuilt. Tasks, secrets and sign-ins stay, as after `sitrep uninstall`. */
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
    // The folder still contains the tasks, or it no longer exists.
  }
}
