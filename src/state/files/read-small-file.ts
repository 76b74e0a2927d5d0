// Reads files that another program may have replaced: never blocks on a FIFO or a device, and never reads more than requested.

import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from "node:fs";
import { SitrepError } from "../../core/errors.ts";

const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;

/** A file descriptor, which the caller closes; null when the file cannot be opened. Does not block. */
export function openSmallFile(file: string, flags = 0): number | null {
  try {
    return openSync(file, O_RDONLY | O_NONBLOCK | flags);
  } catch {
    return null;
  }
}

/** Null for anything but a regular file, and for one that cannot be read. */
function readRegular<T>(fd: number, read: (stats: Stats) => T | null): T | null {
  try {
    const stats = fstatSync(fd);
    return stats.isFile() ? read(stats) : null;
  } catch {
    return null;
  }
}

function readFile<T>(file: string, flags: number, read: (fd: number) => T | null): T | null {
  const fd = openSmallFile(file, flags);
  if (fd === null) return null;
  try {
    return read(fd);
  } finally {
    closeSync(fd);
  }
}

function bytesOf(fd: number, length: number, from = 0): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, from));
}

/** As {@link readSmallFile}, for an open file, even if its name is gone. */
export const readOpened = (fd: number, maxBytes: number): string | null =>
  // Files in /proc report the size 0.
  readRegular(fd, ({ size }) => bytesOf(fd, Math.min(maxBytes, size || maxBytes)).toString());

/** The text of a regular file, at most its first `maxBytes`; null when it is missing, unreadable or not a regular file. */
export const readSmallFile = (file: string, maxBytes: number): string | null =>
  readFile(file, 0, (fd) => readOpened(fd, maxBytes));

/** The last `maxBytes` of a regular file of this user's; null for others, and for a symlink. */
export const readOwnEnd = (file: string, maxBytes: number): string | null =>
  readFile(file, O_NOFOLLOW, (fd) =>
    readRegular(fd, ({ size, uid }) => {
      if (uid !== process.getuid?.()) return null;
      return bytesOf(fd, Math.min(maxBytes, size), Math.max(0, size - maxBytes)).toString();
    }),
  );

/** All of a regular file; null when it has more than `maxBytes`, cannot be read, or is a symlink. */
export const readWhole = (file: string, maxBytes: number): Buffer | null =>
  readFile(file, O_NOFOLLOW, (fd) =>
    readRegular(fd, ({ size }) => {
      const bytes = size > maxBytes ? null : bytesOf(fd, size);
      return bytes?.length === size ? bytes : null;
    }),
  );

const maxSecretLength = 65_536;

/** The text of a file that only its owner can read; null when there is none. Throws `secret-unsafe`. */
export function readOwnFile(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (process.platform !== "win32" && (stats.mode & 0o077) !== 0) {
    throw new SitrepError("secret-unsafe", `${file} is accessible to other users.`, {
      hint: `chmod 600 '${file}', and change the secret if someone could have read it.`,
    });
  }
  return readSmallFile(file, maxSecretLength);
}
