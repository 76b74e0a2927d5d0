// What many tests of one run begin with, made once: a folder that each of them copies.

import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Where the folders lie; test/support/global-setup.ts makes it, and takes it away at the end. */
export const sharedVariable = "SITREP_TEST_SHARED";

/** The folder of this name, which `make` fills where no test of this run has. Workers that do so at once get one of theirs. */
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
