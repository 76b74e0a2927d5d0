// Real paths of a project's files, because a symlink in it can lead anywhere.

import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

export function realPath(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realPath(dirname(path)), basename(path));
}

/** The real path of `file` when a symlink takes it outside `folder`, else null. Does not follow dangling symlinks. */
export function symlinkOutside(folder: string, file: string): string | null {
  const real = realPath(file);
  const path = relative(realPath(folder), real);
  return path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path) ? real : null;
}
