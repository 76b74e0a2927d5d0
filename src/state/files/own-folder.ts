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

type Fault = "belongs to another user" | "can be written by other users";

/** What is wrong with a path; null for nothing, and for what is not there. */
function faultOf(
  path: string,
  me: number,
  { isStrict = false, isParent = false }: Look = {},
): Fault | null {
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
function openParent(path: string, me: number): { path: string; fault: Fault } | null {
  for (const parent of allParentsOf(path)) {
    const fault = faultOf(parent, me, { isParent: true });
    if (fault !== null) return { path: parent, fault };
  }
  return null;
}

const elsewhere = "name a folder of your own in SITREP_HOME";

const unsafe = (what: string, path: string): SitrepError =>
  new SitrepError("folder-unsafe", `${what}.`, {
    hint: `See what others have put there, then: chmod go-w '${path}'. Or ${elsewhere}.`,
  });

/** What lets others put something of theirs in the place of a folder or a program. */
export interface OpenPart {
  /** It itself, or a folder that it is in. */
  path: string;
  /** As the end of a sentence. */
  fault: "is a link" | Fault;
}

/** Of a folder, there or not, that others made, can write, or can put another in the place of; null for one's own. */
export function openPartOf(folder: string, isStrict = false): OpenPart | null {
  const me = process.getuid?.();
  if (me === undefined) return null;
  const path = resolve(folder);
  if (lookAt(path)?.isSymbolicLink() === true) return { path, fault: "is a link" };
  const fault = faultOf(path, me, { isStrict });
  return fault === null ? openParent(path, me) : { path, fault };
}

/** Throws `folder-unsafe` where `openPartOf` finds something. */
export function requireOwnFolder(folder: string, isStrict = false): void {
  const open = openPartOf(folder, isStrict);
  if (open === null) return;
  const { path, fault } = open;
  if (fault === "is a link") {
    const hint = `Put the folder itself there, or ${elsewhere}.`;
    throw new SitrepError("folder-unsafe", `${path} is a link.`, { hint });
  }
  const own = resolve(folder);
  throw unsafe(`${path} ${fault}${path === own ? "" : `, and ${own} is in it`}`, path);
}

type OwnFolders = Record<"config" | "state" | "data", string>;

/** The first that is not this user's alone. */
export const openFolderOf = ({ state, config, data }: OwnFolders): OpenPart | null =>
  openPartOf(state, true) ?? openPartOf(config) ?? openPartOf(data);

/** Throws `folder-unsafe`: see `requireOwnFolder`. */
export function requireOwnFolders(folders: OwnFolders): void {
  requireOwnFolder(folders.state, true);
  requireOwnFolder(folders.config);
  requireOwnFolder(folders.data);
}

/** What lets others put another program in the place of this one; null when nothing does. */
export function replaceablePart(file: string): OpenPart | null {
  const me = process.getuid?.();
  if (me === undefined) return null;
  for (const one of new Set([file, realpathSync(file)])) {
    const fault = faultOf(one, me);
    const open = fault === null ? openParent(one, me) : { path: one, fault };
    if (open !== null) return open;
  }
  return null;
}
