// Where a file of a project really is: a link in it can lead anywhere.

import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

/** The real path, also of what is not there yet. */
export function realPath(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realPath(dirname(path)), basename(path));
}

/** Where `file` really is when that is outside `folder`; null when it is in it. Follows no dangling link. */
export function leadsOut(folder: string, file: string): string | null {
  const real = realPath(file);
  const path = relative(realPath(folder), real);
  return path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path) ? real : null;
}
