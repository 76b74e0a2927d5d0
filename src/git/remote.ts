// The name of a project where it is hosted, from the address of its remote `origin`. Reads one small file.

import { join } from "node:path";
import type { ProjectScope } from "../core/ports.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { findRepository } from "./repository.ts";

export interface RemoteName {
  /** The last folder but one of the address: a user or an organisation. */
  owner: string;
  repo: string;
}

const longestConfig = 256 * 1024;
const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** `git@host:owner/repo.git`, `https://host/group/owner/repo`; null for anything else. */
export function remoteNameIn(address: string): RemoteName | null {
  const path = address.replace(/\/+$/, "").replace(/\.git$/, "");
  const [repo = "", owner = ""] = path.split(/[/:]/).toReversed();
  return plainName.test(repo) && plainName.test(owner) ? { owner, repo } : null;
}

/** The remote `origin` of a folder's repository; null where there is none that has a name. */
export function remoteNameOf(folder: string): RemoteName | null {
  const repository = findRepository(folder);
  const text =
    repository === null ? null : readSmallFile(join(repository.commonDir, "config"), longestConfig);
  const section = /^\[remote "origin"\]\s*$([^[]*)/m.exec(text ?? "")?.[1] ?? "";
  const address = /^\s*url\s*=\s*"?(\S+?)"?\s*$/m.exec(section)?.[1];
  return address === undefined ? null : remoteNameIn(address);
}

/** What a service may know a project by: the name at its remote `origin`, else its own. */
export const projectNameOf = ({ path, name }: ProjectScope): string =>
  remoteNameOf(path)?.repo ?? name;
