// Reads where a branch is from git's own files, without starting git. What cannot be read so (a reftable) is not known.

import { join } from "node:path";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { Repository } from "./repository.ts";

const commitId = /^[0-9a-f]{40,64}$/;
const largestPackedRefs = 4 * 1024 * 1024;

/** Names that lead out of the folder of references are no references. */
const isSafeName = (name: string): boolean =>
  name.startsWith("refs/") && !name.includes("..") && !name.includes("\0");

/** The commit of a full reference name, or null. Symbolic references are not followed. */
export function readRef(commonDir: string, name: string): string | null {
  if (!isSafeName(name)) return null;
  const loose = readSmallFile(join(commonDir, name), 256)?.trim();
  if (loose !== undefined) return commitId.test(loose) ? loose : null;
  const packed = readSmallFile(join(commonDir, "packed-refs"), largestPackedRefs) ?? "";
  const end = packed.indexOf(` ${name}\n`);
  if (end < 0) return null;
  const id = packed.slice(packed.lastIndexOf("\n", end) + 1, end);
  return commitId.test(id) ? id : null;
}

/** The commit of a branch as it is written short: `origin/main`, or `main` here. */
export function readBranchRef(commonDir: string, name: string): string | null {
  return readRef(commonDir, `refs/remotes/${name}`) ?? readRef(commonDir, `refs/heads/${name}`);
}

export function readUpstreamCommit(
  { commonDir }: Pick<Repository, "commonDir">,
  name: string,
): { commit?: string } {
  const commit = readBranchRef(commonDir, name);
  return commit === null ? {} : { commit };
}
