// Makes the starting point of many tests once in a run: a folder that each of them copies.

import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The variable with the path of the shared folder, which test/support/global-setup.ts makes and later removes. */
export const sharedVariable = "SITREP_TEST_SHARED";

/** Returns the folder of this name. `make` fills it once in a run; workers that race share the first result. */
export function onceInRun(name: string, make: (folder: string) => void): string {
  const shared = process.env[sharedVariable] ?? "";
  const folder = join(shared, name);
  if (existsSync(folder)) return folder;
  const draft = mkdtempSync(join(shared, "draft-"));
  make(draft);
  try {
    renameSync(draft, folder);
  } catch (error) {
    // Another worker was first.
    if (!existsSync(folder)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}
