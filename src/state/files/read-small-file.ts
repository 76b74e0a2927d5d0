// Reads a file that somebody else may have put there: never blocks on a FIFO or a device, never more than asked for;
// and one that holds a secret only when nobody else can read it.

import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { SitrepError } from "../../core/errors.ts";

/**
 * The text of a regular file, at most `maxBytes` of it; null when it is missing, unreadable or no regular file.
 * `hasSize` false: for the files in /proc, whose size is given as 0.
 */
export function readSmallFile(
  file: string,
  maxBytes: number,
  { hasSize }: { hasSize: boolean } = { hasSize: true },
): string | null {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch {
    return null;
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return null;
    const buffer = Buffer.alloc(hasSize ? Math.min(maxBytes, stats.size) : maxBytes);
    return buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

const longestSecret = 65_536;

/** The text of a file that only its owner can read; null when there is none. Throws `secret-unsafe`. */
export function readOwnFile(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (process.platform !== "win32" && (stats.mode & 0o077) !== 0) {
    throw new SitrepError("secret-unsafe", `${file} is open to other users.`, {
      hint: `chmod 600 '${file}', and change the secret if somebody may have read it.`,
    });
  }
  return readSmallFile(file, longestSecret);
}
