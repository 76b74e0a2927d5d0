// Reads a file that somebody else may have put there: never blocks on a FIFO or a device, never more than asked for.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

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
