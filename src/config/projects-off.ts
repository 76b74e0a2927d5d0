// The projects that `sitrep off --project` has silenced. A small file of its own: hooks obey it with a broken cache too.

import { parseObject, readStrings } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";

const longestList = 256 * 1024;

/** Real paths of projects; empty where there is no such file. */
export function readProjectsOff(file: string): string[] {
  return readStrings(parseObject(readSmallFile(file, longestList) ?? "")?.["projects"]);
}
