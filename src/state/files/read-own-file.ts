// Reads a file that holds a secret, unless others can read it too.

import { statSync } from "node:fs";
import { SitrepError } from "../../core/errors.ts";
import { readSmallFile } from "./read-small-file.ts";

const longestSecret = 64 * 1024;

/** The text of a file that only its owner can read; null when there is none. Throws `secret-unsafe`. */
export function readOwnFile(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (process.platform !== "win32" && (stats.mode & 0o077) !== 0) {
    throw new SitrepError("secret-unsafe", `${file} can be read by other users.`, {
      hint: `chmod 600 '${file}', and change the secret if somebody may have read it.`,
    });
  }
  return readSmallFile(file, longestSecret);
}
