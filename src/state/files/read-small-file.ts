// Reads a file that somebody else may have put there: never blocks on a FIFO or a device, never more than asked for;
// and one that holds a secret only when nobody else can read it.

import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { SitrepError } from "../../core/errors.ts";

/**
 * The text of a regular file, at most `maxBytes` of it; null when it is missing, unreadable or no regular file.
 * `hasSize` false: for the files in /proc, whose size is given as 0. `isOwnEnd`: the last bytes, of the caller's own file only and
 * through no link.
 */
export function readSmallFile(
  file: string,
  maxBytes: number,
  { hasSize, isOwnEnd = false }: { hasSize: boolean; isOwnEnd?: boolean } = { hasSize: true },
): string | null {
  const opened = openSmallFile(file, isOwnEnd);
  if (opened === null) return null;
  try {
    return readOpened(opened, maxBytes, { hasSize, isOwnEnd });
  } finally {
    closeSync(opened);
  }
}

/** A descriptor of a file, to be closed; null when there is none. Never waits. `isOwn`: through no link. */
export function openSmallFile(file: string, isOwn = false): number | null {
  try {
    const follow = isOwn ? (constants.O_NOFOLLOW ?? 0) : 0;
    return openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | follow);
  } catch {
    return null;
  }
}

/** As {@link readSmallFile}, of a file that is open, also when its name is gone. */
export function readOpened(
  fd: number,
  maxBytes: number,
  { hasSize, isOwnEnd = false }: { hasSize: boolean; isOwnEnd?: boolean } = { hasSize: true },
): string | null {
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() || (isOwnEnd && stats.uid !== process.getuid?.())) return null;
    const from = isOwnEnd ? Math.max(0, stats.size - maxBytes) : 0;
    const buffer = Buffer.alloc(hasSize ? Math.min(maxBytes, stats.size) : maxBytes);
    return buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, from));
  } catch {
    return null;
  }
}

/** A regular file through no link, where it has at most `maxBytes` and can be read whole; else null. */
export function readWhole(file: string, maxBytes: number): Buffer | null {
  let fd: number;
  try {
    const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
    fd = openSync(file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  } catch {
    return null;
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size > maxBytes) return null;
    const buffer = Buffer.alloc(stats.size);
    return readSync(fd, buffer, 0, buffer.length, 0) === buffer.length ? buffer : null;
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
