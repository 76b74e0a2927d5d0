// What the monitor takes away when the client's plugin was uninstalled, for which the client runs nothing of ours.

import { readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { StateFiles } from "../config/folders.ts";

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Another process is writing there; the rest goes.
  }
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
