// Replaces a file as a whole: readers, even after a crash at any moment, find the old bytes or the new ones.

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
import { readChangedAt } from "./file-stats.ts";

export interface ReplaceOptions {
  /** The mode of a new file; an existing one keeps its mode and its owner. */
  mode: number;
  /** The bytes that must be there just before the change (null: no file). With this option, concurrent processes take turns. */
  expected?: Buffer | null;
}

function isAsExpected(file: string, expected: Buffer | null): boolean {
  const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined;
  const current = isThere ? readFileSync(file) : null;
  if (current === null || expected === null) return current === expected;
  return current.equals(expected);
}

/** Makes a finished rename survive a power cut, if the system supports it. */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The folder cannot be read, or the system has no such call.
  }
}

let names = 0;
export const ownSuffix = (): string => `${process.pid}-${Date.now().toString(36)}-${(names += 1)}`;

/** Writes one of our own small files as a whole, fast enough for a hook: neither synced nor compared. */
export function publishFile(file: string, text: string | Uint8Array, mtimeMs?: number): void {
  const draft = `${file}.draft.${ownSuffix()}`;
  writeFileSync(draft, text, { mode: 0o600 });
  if (mtimeMs !== undefined) utimesSync(draft, mtimeMs / 1000, mtimeMs / 1000);
  renameSync(draft, file);
}

const abandonedAfterMs = 60_000;

/** Removes the drafts of this file that killed processes left. */
function removeAbandoned(file: string): void {
  const folder = dirname(file);
  try {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(`.${basename(file)}.`) || !name.endsWith(".draft")) continue;
      const at = readChangedAt(join(folder, name));
      if (at !== undefined && Date.now() - at >= abandonedAfterMs)
        rmSync(join(folder, name), { force: true });
    }
  } catch {
    // Drafts do no harm.
  }
}

/** An older draft is from a killed process: writing one takes milliseconds. */
const killedAfterMs = 5000;
const draftPollMs = 5;

/** Opens the only draft that a file can have, after any other process is done with it. Throws the system's error. */
function openOnlyDraft(draft: string, mode: number): number {
  for (;;) {
    try {
      return openSync(draft, "wx", mode);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const age = Date.now() - (readChangedAt(draft) ?? Date.now());
    // Absolute: it may be dated in the future.
    if (Math.abs(age) > killedAfterMs) rmSync(draft, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, draftPollMs * Math.random());
  }
}

/** Throws `settings-changed` when the file is not as expected, or the system's error; then the file is unchanged. */
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
  // After the machine has slept, another process may have removed the draft as abandoned.
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
