// Replaces a file whole: a reader, and a crash at any instant, finds the old bytes or the new ones.

import {
  chmodSync,
  chownSync,
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf, SitrepError } from "../../core/errors.ts";

export interface ReplaceOptions {
  /** The mode of a new file; an existing one keeps its own, and its owner. */
  mode: number;
  /**
   * When given: the bytes that must be there just before the change; null means no file. Of several that change the file
   * this way at once, one does at a time, whatever their state folders.
   */
  expected?: Buffer | null;
}

function isAsExpected(file: string, expected: Buffer | null): boolean {
  const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined;
  const current = isThere ? readFileSync(file) : null;
  if (current === null || expected === null) return current === expected;
  return current.equals(expected);
}

/** Makes the change of name survive a power cut where the system allows it; the change itself is done already. */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // A folder that cannot be read, or a system that has no such call.
  }
}

let names = 0;
/** What no other process and no other call puts at the end of a name. */
export const ownSuffix = (): string => `${process.pid}-${Date.now().toString(36)}-${(names += 1)}`;

/**
 * Writes a small file of our own whole, as a hook can afford it: neither synced nor compared. `mtimeMs`: its modification
 * time, when that means something.
 */
export function publishFile(file: string, text: string | Uint8Array, mtimeMs?: number): void {
  const draft = `${file}.draft.${ownSuffix()}`;
  writeFileSync(draft, text, { mode: 0o600 });
  if (mtimeMs !== undefined) utimesSync(draft, mtimeMs / 1000, mtimeMs / 1000);
  renameSync(draft, file);
}

const abandonedAfterMs = 60_000;

/** Removes the drafts that killed processes have left of this file. */
function removeAbandoned(file: string): void {
  const folder = dirname(file);
  try {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(`.${basename(file)}.`) || !name.endsWith(".draft")) continue;
      const changedAt = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs;
      if (changedAt !== undefined && Date.now() - changedAt >= abandonedAfterMs)
        rmSync(join(folder, name), { force: true });
    }
  } catch {
    // They are in nobody's way.
  }
}

/** A draft that is older is of a process that was killed: to write one takes milliseconds. */
const killedAfterMs = 5000;
const draftPollMs = 5;

/** Opens the one draft that there can be of a file, once whoever has it is done. Throws the system's own error. */
function openOnlyDraft(draft: string, mode: number): number {
  for (;;) {
    try {
      return openSync(draft, "wx", mode);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const age = Date.now() - (statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    // Also one dated in the future.
    if (Math.abs(age) > killedAfterMs) rmSync(draft, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, draftPollMs * Math.random());
  }
}

/**
 * Writes `content` to `file` by way of a draft beside it. Throws `settings-changed` when the file is not as expected,
 * or the system's own error; the file is as it was then.
 */
export function replaceFile(
  file: string,
  content: string | Uint8Array,
  options: ReplaceOptions,
): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  removeAbandoned(file);
  const isCompared = options.expected !== undefined;
  const draft = join(folder, `.${basename(file)}.${isCompared ? "sitrep" : ownSuffix()}.draft`);
  const existing = statSync(file, { throwIfNoEntry: false });
  const mode = existing === undefined ? options.mode : 0o600;
  const fd = isCompared ? openOnlyDraft(draft, mode) : openSync(draft, "wx", mode);
  const { ino } = fstatSync(fd);
  // After a long sleep it may have passed for abandoned.
  const isOurs = (): boolean => statSync(draft, { throwIfNoEntry: false })?.ino === ino;
  try {
    try {
      writeFileSync(fd, content);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (existing !== undefined) {
      chmodSync(draft, existing.mode & 0o7777);
      if (process.getuid?.() === 0) chownSync(draft, existing.uid, existing.gid);
    }
    const { expected } = options;
    if (expected !== undefined && !(isOurs() && isAsExpected(file, expected))) {
      throw new SitrepError("settings-changed", `${file} was changed by another program.`, {
        hint: "Run the command again; nothing was changed.",
      });
    }
    renameSync(draft, file);
  } catch (error) {
    if (isOurs()) rmSync(draft, { force: true });
    throw error;
  }
  syncFolder(folder);
}
