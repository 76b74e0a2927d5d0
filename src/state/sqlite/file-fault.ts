// A full disk, missing permissions and a damaged file each need a different fix.

import { accessSync, constants, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf, messageOf, SitrepError } from "../../core/errors.ts";
import { isBusy } from "./sqlite.ts";

/** The resource that the disk has run out of; null for none, or if the system does not report it. */
function lackOf(folder: string): "space" | "inodes" | null {
  try {
    const { bavail, files, ffree } = statfsSync(folder);
    if (bavail === 0) return "space";
    // Some file systems do not count inodes.
    return files > 0 && ffree === 0 ? "inodes" : null;
  } catch {
    return null;
  }
}

/** Why `path` cannot be written, such as "is on a read-only file system"; null when it can, or does not exist. */
function obstacle(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  try {
    const needed = constants.R_OK | constants.W_OK | (stats.isDirectory() ? constants.X_OK : 0);
    accessSync(path, needed);
    return null;
  } catch (error) {
    if (codeOf(error) === "EROFS") return "is on a read-only file system";
    const own = process.getuid?.();
    if (own === undefined || own === stats.uid) return "is not both readable and writable";
    return `is owned by uid ${stats.uid}, but you are uid ${own}`;
  }
}

const isFull = (code: string): boolean => /^(SQLITE_FULL|ENOSPC|EDQUOT)$/.test(code);

/** Codes that may mean a full disk or missing permissions. */
const isOfDisk = (code: string): boolean =>
  /^(SQLITE_(FULL|CANTOPEN|READONLY|IOERR|PERM)|ENOSPC|EDQUOT|EACCES|EPERM|EROFS|EMFILE|ENFILE)/.test(
    code,
  );

/** `disk-full`, `file-denied` or `too-many-files`; null when the cause is none of these. */
export function diskFault(file: string, cause: unknown): SitrepError | null {
  const code = codeOf(cause);
  if (!isOfDisk(code)) return null;
  const folder = dirname(file);
  if (/^E[MN]FILE$/.test(code)) {
    return new SitrepError("too-many-files", `${file}: too many files are open.`, {
      hint: "Close other programs, or raise the limit (ulimit -n).",
      cause,
    });
  }
  const lack = lackOf(folder);
  if (isFull(code) || lack !== null) {
    return new SitrepError(
      "disk-full",
      `The disk that holds ${file} has no ${lack ?? "space"} left.`,
      {
        hint: `Free some ${lack ?? "space"} there and run the command again. Data that was already stored is safe.`,
        cause,
      },
    );
  }
  const places = [folder, file, `${file}-wal`, `${file}-shm`];
  const hindered = places.find((path) => obstacle(path) !== null);
  if (hindered === undefined) return null;
  return new SitrepError("file-denied", `${hindered} ${obstacle(hindered)}.`, {
    hint: `Sitrep keeps its data in ${folder}: you must own it and be able to write to it.`,
    cause,
  });
}

/** `NAME-busy`, the result of `diskFault`, or `NAME-unreadable`; our own errors unchanged. `hints`: for the first and the last. */
export function databaseError(
  name: "cache" | "store",
  file: string,
  cause: unknown,
  hints: { readonly busy: string; readonly unreadable: string },
): SitrepError {
  if (cause instanceof SitrepError && (name === "cache" || cause.code !== "database-unreadable"))
    return cause;
  const what = `The ${name === "cache" ? "cache" : "task store"} ${file}`;
  if (isBusy(cause)) {
    const message = `${what} is locked by another program.`;
    return new SitrepError(`${name}-busy`, message, { hint: hints.busy, cause });
  }
  const message = `${what} cannot be used: ${messageOf(cause)}.`;
  return (
    diskFault(file, cause) ??
    new SitrepError(`${name}-unreadable`, message, { hint: hints.unreadable, cause })
  );
}
