// Whether a folder or a program is this user's or the system's alone. Whoever else can write our folders can put words before
// Claude and programs into hooks. Hooks use it: builtins only, and one look.

import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname, resolve } from "node:path";
import { SitrepError } from "../../core/errors.ts";

const isOwners = ({ uid }: Stats, me: number): boolean => uid === me || uid === 0;

const lookAt = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

const [groupWrites, othersWrite, sticky] = [0o020, 0o002, 0o1000];

/** For a hook: true for a folder that nobody else made, can write or has put a link in the place of; and for none. */
export function isOwnFolder(folder: string): boolean {
  const me = process.getuid?.();
  const stats = me === undefined ? undefined : lookAt(folder);
  if (me === undefined || stats === undefined) return true;
  const isClosed = (stats.mode & (groupWrites | othersWrite)) === 0;
  return stats.isDirectory() && isOwners(stats, me) && isClosed;
}

/** A group that holds nobody else: many systems give each user one of the user's number; administrators are root anyway. */
const isHarmless = ({ uid, gid }: Stats): boolean =>
  gid === 0 || uid === gid || (process.platform === "darwin" && gid === 80);

interface Look {
  /** Not even a group that is harmless may write. */
  readonly isStrict?: boolean;
  /** In a folder with the sticky bit only owners move things. */
  readonly isParent?: boolean;
}

/** What is wrong with a path, as the end of a sentence; null for nothing, and for what is not there. */
function faultOf(path: string, me: number, { isStrict = false, isParent = false }: Look = {}) {
  const stats = lookAt(path);
  if (stats === undefined) return null;
  if (!isOwners(stats, me)) return "belongs to another user";
  if (stats.isSymbolicLink() || (isParent && (stats.mode & sticky) !== 0)) return null;
  const writers = isHarmless(stats) && !isStrict ? othersWrite : groupWrites | othersWrite;
  return (stats.mode & writers) === 0 ? null : "can be written by other users";
}

function parentsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...parentsOf(parent)];
}

/** The parents as they are named, and as links lead to them. */
function allParentsOf(path: string): Set<string> {
  const named = parentsOf(path);
  const there = named.find((one) => lookAt(one) !== undefined);
  const real = there === undefined ? [] : [realpathSync(there), ...parentsOf(realpathSync(there))];
  return new Set([...named, ...real]);
}

/** The first parent in which others can put something else in the place of `path`. */
function openParent(path: string, me: number): { parent: string; fault: string } | null {
  for (const parent of allParentsOf(path)) {
    const fault = faultOf(parent, me, { isParent: true });
    if (fault !== null) return { parent, fault };
  }
  return null;
}

const elsewhere = "name a folder of your own in SITREP_HOME";

const unsafe = (what: string, path: string): SitrepError =>
  new SitrepError("folder-unsafe", `${what}.`, {
    hint: `See what others have put there, then: chmod go-w '${path}'. Or ${elsewhere}.`,
  });

/** Throws `folder-unsafe` for a folder, there or not, that others made, can write, or can put another in the place of. */
export function requireOwnFolder(folder: string, isStrict = false): void {
  const me = process.getuid?.();
  if (me === undefined) return;
  const path = resolve(folder);
  if (lookAt(path)?.isSymbolicLink() === true) {
    const hint = `Put the folder itself there, or ${elsewhere}.`;
    throw new SitrepError("folder-unsafe", `${path} is a link.`, { hint });
  }
  const fault = faultOf(path, me, { isStrict });
  if (fault !== null) throw unsafe(`${path} ${fault}`, path);
  const open = openParent(path, me);
  if (open !== null)
    throw unsafe(`${open.parent} ${open.fault}, and ${path} is in it`, open.parent);
}

/** Throws `folder-unsafe`: see `requireOwnFolder`. */
export function requireOwnFolders(folders: Record<"config" | "state" | "data", string>): void {
  requireOwnFolder(folders.state, true);
  requireOwnFolder(folders.config);
  requireOwnFolder(folders.data);
}

/** Why others can put another program in the place of this one, as a sentence without its end; null when they cannot. */
export function replaceableBecause(file: string): string | null {
  const me = process.getuid?.();
  if (me === undefined) return null;
  for (const one of new Set([file, realpathSync(file)])) {
    const fault = faultOf(one, me);
    if (fault !== null) return `${one} ${fault}`;
    const open = openParent(one, me);
    if (open !== null) return `${open.parent} ${open.fault}`;
  }
  return null;
}
