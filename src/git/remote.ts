import { join } from "node:path";
import type { ProjectScope } from "../core/ports.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { GitState } from "../core/git/git-state.ts";
import { findRepository } from "./repository.ts";

export interface RemoteName {
  /** The second to last part of the address: a user or an organization. */
  owner: string;
  repo: string;
}

const maxConfigLength = 256 * 1024;
const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** `git@host:owner/repo.git`, `https://host/group/owner/repo`; null for anything else. */
export function parseRemoteName(address: string): RemoteName | null {
  const path = address.replace(/\/+$/, "").replace(/\.git$/, "");
  const [repo = "", owner = ""] = path.split(/[/:]/).toReversed();
  return plainName.test(repo) && plainName.test(owner) ? { owner, repo } : null;
}

export interface Remote {
  readonly name: string;
  readonly url: string;
}

/** All remotes of a folder's repository, as its settings file names them; none without one. */
export function readRemotes(folder: string): Remote[] {
  const repository = findRepository(folder);
  if (repository === null) return [];
  const text = readSmallFile(join(repository.commonDir, "config"), maxConfigLength) ?? "";
  return [...text.matchAll(/^\[remote "([^"\\\n]+)"\]\s*$([^[]*)/gm)].flatMap(
    ([, name = "", section]) => {
      const url = /^\s*url\s*=\s*"?(\S+?)"?\s*$/m.exec(section ?? "")?.[1];
      return url === undefined ? [] : [{ name, url }];
    },
  );
}

/** A remote's host, and the repository's path there, `group/subgroup/repo`. */
export interface RemoteAddress {
  readonly host: string;
  readonly path: string;
}

/** `git@host:owner/repo.git`, `ssh://`, `https://`; null for anything else. A port and a user are left out. */
export function parseRemote(url: string): RemoteAddress | null {
  const pattern =
    /^(?:(?:https?|ssh|git):\/\/(?:[^@/]*@)?([\w.-]+)(?::\d+)?\/|(?:[\w.-]+@)?([\w.-]+):(?!\/))(.+)$/;
  const [, far, short, rest = ""] = pattern.exec(url) ?? [];
  const path = rest.replace(/\/+$/, "").replace(/\.git$/, "");
  const host = (far ?? short ?? "").toLowerCase();
  const parts = path.split("/");
  return host !== "" && parts.length > 1 && parts.every((part) => plainName.test(part))
    ? { host, path }
    : null;
}

/** The repository of a folder at a host, `owner/repo`: of `upstream`, which has a fork's issues, else of `origin`. */
export function findRepositoryOn(folder: string, host: string): string | null {
  const places = readRemotes(folder).flatMap(({ name, url }) => {
    const place = parseRemote(url);
    return place?.host === host ? [{ name, path: place.path }] : [];
  });
  const byName = (wanted: string) => places.find(({ name }) => name === wanted);
  return (byName("upstream") ?? byName("origin") ?? places[0])?.path ?? null;
}

export interface PushedBranch extends RemoteAddress {
  readonly branch: string;
}

/** The remote branch that a working tree's branch was pushed to; null for the default branch and for a local-only one. */
export function readPushedBranch(
  folder: string,
  { branch, upstream, pushed, defaultBranch: base }: GitState,
): PushedBranch | null {
  const remotes = readRemotes(folder);
  const isBase = (name: string): boolean =>
    ["main", "master", base?.name].includes(name) ||
    remotes.some((remote) => base?.name === `${remote.name}/${name}`);
  if (branch === null || isBase(branch)) return null;
  const at = (remote: Remote | undefined, name: string): PushedBranch | null => {
    const place = remote === undefined ? null : parseRemote(remote.url);
    return place === null || isBase(name) ? null : { ...place, branch: name };
  };
  const tracked = upstream?.name ?? "";
  const [own] = remotes
    .filter(({ name }) => tracked.startsWith(`${name}/`))
    .toSorted((one, other) => other.name.length - one.name.length);
  // A branch created from the default branch may track that one, but be pushed under its own name.
  if (own !== undefined && tracked !== base?.name)
    return at(own, tracked.slice(own.name.length + 1));
  if (pushed === "never" || pushed === "no-remote") return null;
  return at(remotes.find(({ name }) => name === "origin") ?? remotes[0], branch);
}

/** The name in the address of `origin` of a folder's repository; null without a remote, or for an address of another form. */
export function readRemoteName(folder: string): RemoteName | null {
  const repository = findRepository(folder);
  const text =
    repository === null
      ? null
      : readSmallFile(join(repository.commonDir, "config"), maxConfigLength);
  const section = /^\[remote "origin"\]\s*$([^[]*)/m.exec(text ?? "")?.[1] ?? "";
  const address = /^\s*url\s*=\s*"?(\S+?)"?\s*$/m.exec(section)?.[1];
  return address === undefined ? null : parseRemoteName(address);
}

export const readProjectName = ({ path, name }: ProjectScope): string =>
  readRemoteName(path)?.repo ?? name;
