// Reads the files of one working tree, which may be other people's: follows nothing out of the tree, does not block on a FIFO
// or a device, and reads nothing without a limit.

import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join, sep } from "node:path";
import { SourceError } from "../../core/source-error.ts";
import { readWhole } from "../../state/files/read-small-file.ts";
import { realPath, symlinkOutside } from "../../state/files/real-path.ts";

const kibibyte = 1024;
/** The limit for one file, unless its kind sets a larger one. Markdown of this size takes half a second to parse. */
const maxUsualBytes = 256 * kibibyte;
/** The limit for all files of one reading. */
const maxTotalBytes = 16 * 1024 * kibibyte;
const maxNames = 2000;
const maxKept = 5000;

/** Paths are relative to the root, with slashes. */
export interface Tree {
  /** Real path. */
  readonly root: string;
  /** Begins a reading, which has a limit for all its files together. */
  begin(): void;
  /** True when that limit stopped the reading. */
  isSpent(): boolean;
  /** The text of a file, null when it is missing. Throws `source-file-invalid` for one that must not be read. */
  text(path: string, maxBytes?: number): string | null;
  /** The result of `read` for a file's text, cached until the file changes. Null if the file is missing; throws as `text`. */
  parsed<T>(path: string, read: (text: string) => T): T | null;
  /** The names in a folder, sorted; none when it is missing. Throws `source-file-invalid` for more than 2,000. */
  names(folder: string): string[];
  has(path: string): boolean;
  /** A file's real path; null if it is missing. Throws `source-file-invalid` for one outside the tree. */
  real(path: string): string | null;
  /** When a file was last changed, epoch milliseconds; 0 when it is missing. */
  changedAt(path: string): number;
}

export function invalidFile(path: string, why: string): SourceError {
  return new SourceError("source-file-invalid", `${path} ${why}.`);
}

/** Undefined if the path does not exist, also below a file. */
function stats(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function readTreeFile(path: string, real: string, maxBytes: number): string {
  const found = stats(real);
  if (found?.isFile() !== true) throw invalidFile(path, "is not a regular file");
  if (found.size > maxBytes) {
    throw invalidFile(path, `is larger than ${Math.round(maxBytes / kibibyte)} KiB`);
  }
  const bytes = readWhole(real, maxBytes);
  if (bytes === null) throw invalidFile(path, "cannot be read");
  return bytes.toString().replace(/^\uFEFF/, "");
}

function readNames(path: string, real: string): string[] {
  try {
    return readdirSync(real);
  } catch {
    throw invalidFile(path, "cannot be read");
  }
}

export function openTree(folder: string, maxTotal: number = maxTotalBytes): Tree {
  const root = realPath(folder);
  const kept = new Map<string, { mark: string; value: unknown }>();
  let left = maxTotal;
  /** The real path; null if it does not exist. git's own folder counts as outside the tree. */
  const realPathOf = (path: string): string | null => {
    const full = join(root, path);
    if (stats(full) === undefined) return null;
    const real = realPath(full);
    const isGits = real.slice(root.length).split(sep).includes(".git");
    if (!isGits && symlinkOutside(root, full) === null) return real;
    throw invalidFile(path, "is a symlink that leads out of the repository");
  };
  const readFile = (path: string, real: string, maxBytes: number): string => {
    const text = readTreeFile(path, real, maxBytes);
    left -= text.length;
    if (left < 0) throw invalidFile(path, "and the files before it exceed the total size limit");
    return text;
  };
  return {
    root,
    begin: () => void (left = maxTotal),
    isSpent: () => left < 0,
    text: (path, maxBytes = maxUsualBytes) => {
      const real = realPathOf(path);
      return real === null ? null : readFile(path, real, maxBytes);
    },
    parsed: (path, read) => {
      const real = realPathOf(path);
      if (real === null) return null;
      const { mtimeMs, ctimeMs, size, ino } = stats(real) ?? {};
      const mark = [mtimeMs, ctimeMs, size, ino].join(" ");
      const known = kept.get(path);
      if (known?.mark === mark) return known.value as ReturnType<typeof read>;
      const value = read(readFile(path, real, maxUsualBytes));
      if (kept.size >= maxKept) kept.clear();
      kept.set(path, { mark, value });
      return value;
    },
    names: (path) => {
      const real = realPathOf(path);
      if (real === null || stats(real)?.isDirectory() !== true) return [];
      const names = readNames(path, real);
      if (names.length > maxNames) throw invalidFile(path, `has more than ${maxNames} files`);
      return names.toSorted();
    },
    real: realPathOf,
    has: (path) => stats(join(root, path)) !== undefined,
    changedAt: (path) => stats(join(root, path))?.mtimeMs ?? 0,
  };
}
