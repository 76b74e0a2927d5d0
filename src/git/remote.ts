import { join } from "node:path";
import type { ProjectScope } from "../core/ports.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { findRepository } from "./repository.ts";

export interface RemoteName {
  /** The second last part of the address: a user or an organisation. */
  owner: string;
  repo: string;
}

const maxConfigLength = 256 * 1024;
const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** `git@host:owner/repo.git`, `https://host/group/owner/repo`; null for anything else. */
export function remoteNameIn(address: string): RemoteName | null {
  const path = address.replace(/\/+$/, "").replace(/\.git$/, "");
  const [repo = "", owner = ""] = path.split(/[/:]/).toReversed();
  return plainName.test(repo) && plainName.test(owner) ? { owner, repo } : null;
}

/** By the remote `origin` of a folder's repository; null without one, or with an address of another form. */
export function remoteNameOf(folder: string): RemoteName | null {
  const repository = findRepository(folder);
  const text =
    repository === null
      ? null
      : readSmallFile(join(repository.commonDir, "config"), maxConfigLength);
  const section = /^\[remote "origin"\]\s*$([^[]*)/m.exec(text ?? "")?.[1] ?? "";
  const address = /^\s*url\s*=\s*"?(\S+?)"?\s*$/m.exec(section)?.[1];
  return address === undefined ? null : remoteNameIn(address);
}

export const projectNameOf = ({ path, name }: ProjectScope): string =>
  remoteNameOf(path)?.repo ?? name;
