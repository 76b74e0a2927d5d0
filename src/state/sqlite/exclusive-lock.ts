// A lock by SQLite, which ends with its holder: Node has no flock, and pid files are not reliable.

import { codeOf } from "../../core/errors.ts";
import { fileIdentity } from "../files/file-stats.ts";
import { openPlain } from "./sqlite.ts";

/** Held until it is disposed of or the process ends. */
export interface ExclusiveLock extends Disposable {
  readonly file: string;
  /** False once the file is gone or was replaced: then another process can hold the lock as well. */
  isInPlace(): boolean;
}

/** Takes the lock, waiting at most `timeoutMs`; null if another process holds it. Throws if the file cannot be made. */
export function tryLock(file: string, timeoutMs = 0): ExclusiveLock | null {
  const db = openPlain(file, timeoutMs);
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (codeOf(error) === "SQLITE_BUSY") return null;
    throw error;
  }
  const taken = fileIdentity(file);
  const isInPlace = (): boolean => taken !== "" && fileIdentity(file) === taken;
  return { file, isInPlace, [Symbol.dispose]: () => db.close() };
}
