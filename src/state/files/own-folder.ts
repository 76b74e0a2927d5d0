// Anybody who can write to our folders could put text before Claude. Hooks use this, so it needs only builtins and one system call.

import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname, resolve } from "node:path";
import { SitrepError } from "../../core/errors.ts";

const lookAt = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

const [groupWrites, othersWrite, sticky] = [0o020, 0o002, 0o1000];

/** For a hook: true for a folder, not a symlink, that nobody else made or can write; and for a missing one. */
export function isOwnFolder(folder: string): boolean {
  const me = process.getuid?.();
  const stats = me === undefined ? undefined : lookAt(folder);
  if (me === undefined || stats === undefined) return true;
  return stats.isDirectory() && faultOf(stats, me, { isStrict: true }) === null;
}

/** True for a group without other users: many systems give each user a group of the same number. Administrators can be root anyway. */
const isHarmless = ({ uid, gid }: Stats): boolean =>
  gid === 0 || uid === gid || (process.platform === "darwin" && gid === 80);

interface Look {
  /** True: not even a harmless group may have write permission. */
  readonly isStrict?: boolean;
  /** True: the sticky bit is enough, because only owners can then rename and delete. */
  readonly isParent?: boolean;
}

type Fault = "belongs to another user" | "is writable by other users";

function faultOf(
  stats: Stats | undefined,
  me: number,
  { isStrict = false, isParent = false }: Look,
): Fault | null {
  if (stats === undefined) return null;
  if (stats.uid !== me && stats.uid !== 0) return "belongs to another user";
  if (stats.isSymbolicLink() || (isParent && (stats.mode & sticky) !== 0)) return null;
  const writers = isHarmless(stats) && !isStrict ? othersWrite : groupWrites | othersWrite;
  return (stats.mode & writers) === 0 ? null : "is writable by other users";
}

function parentsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...parentsOf(parent)];
}

function allParentsOf(path: string): Set<string> {
  const named = parentsOf(path);
  const there = named.find((one) => lookAt(one) !== undefined);
  const real = there === undefined ? [] : [realpathSync(there), ...parentsOf(realpathSync(there))];
  return new Set([...named, ...real]);
}

/** The part of a path by which others can replace a folder or a program. */
export interface OpenPart {
  path: string;
  /** Worded as the end of a sentence. */
  fault: "is a link" | Fault;
}

/** The part, `path` itself or a parent, by which others can replace `path`, which may be missing. Null outside POSIX. */
function findOpenPart(path: string, isStrict: boolean): OpenPart | null {
  const me = process.getuid?.();
  if (me === undefined) return null;
  const own = faultOf(lookAt(path), me, { isStrict });
  if (own !== null) return { path, fault: own };
  for (const parent of allParentsOf(path)) {
    const fault = faultOf(lookAt(parent), me, { isParent: true });
    if (fault !== null) return { path: parent, fault };
  }
  return null;
}

/** The part of a folder's path, even of a missing one, that others made, can write or can replace; null for none. */
function openPartOf(folder: string, isStrict = false): OpenPart | null {
  const path = resolve(folder);
  const isLink = process.getuid !== undefined && lookAt(path)?.isSymbolicLink() === true;
  return isLink ? { path, fault: "is a link" } : findOpenPart(path, isStrict);
}

/** Throws `folder-unsafe` if others made the folder, or can write to it or replace it. */
export function requireOwnFolder(folder: string, isStrict = false): void {
  const open = openPartOf(folder, isStrict);
  if (open === null) return;
  const { path, fault } = open;
  const own = resolve(folder);
  const what = `${path} ${fault}${path === own ? "" : `, and ${own} is in it`}.`;
  const fix =
    fault === "is a link"
      ? "Replace the link with the folder itself."
      : `See what others have put there, then: chmod go-w '${path}'.`;
  throw new SitrepError("folder-unsafe", what, {
    hint: `${fix} Or set SITREP_HOME to a folder of your own.`,
  });
}

type OwnFolders = Record<"config" | "state" | "data", string>;

export const findOpenFolder = ({ state, config, data }: OwnFolders): OpenPart | null =>
  openPartOf(state, true) ?? openPartOf(config) ?? openPartOf(data);

export function requireOwnFolders(folders: OwnFolders): void {
  requireOwnFolder(folders.state, true);
  requireOwnFolder(folders.config);
  requireOwnFolder(folders.data);
}

/** The part of the path by which others can replace this program; null for none. */
export const replaceablePart = (file: string): OpenPart | null =>
  findOpenPart(file, false) ?? findOpenPart(realpathSync(file), false);
