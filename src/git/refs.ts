// Reads the commits of branches from git's own files. References outside them, as in a reftable, are unknown.

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { commitId, type Repository } from "./repository.ts";
import type { GitRef, GitState, GitUpstream } from "../core/git/git-state.ts";

type Common = Pick<Repository, "commonDir">;

const largestPackedRefs = 4 * 1024 * 1024;

/** A name that leads out of the folder of references is not a reference. */
const isSafeName = (name: string): boolean =>
  name.startsWith("refs/") && !name.includes("..") && !name.includes("\0");

const packedRefs = (commonDir: string): string =>
  readSmallFile(join(commonDir, "packed-refs"), largestPackedRefs) ?? "";

/** The commit of a full reference name, or null. Symbolic references are not followed. */
export function readRef(commonDir: string, name: string): string | null {
  if (!isSafeName(name)) return null;
  const loose = readSmallFile(join(commonDir, name), 256)?.trim();
  if (loose !== undefined) return commitId.test(loose) ? loose : null;
  const packed = packedRefs(commonDir);
  const end = packed.indexOf(` ${name}\n`);
  if (end < 0) return null;
  const id = packed.slice(packed.lastIndexOf("\n", end) + 1, end);
  return commitId.test(id) ? id : null;
}

const maxReflogLength = 4 * 1024 * 1024;

/** The log of a reference, oldest first. `folder`: the git folder for HEAD, else the common one. */
export function readReflog(
  folder: string,
  name: string,
): { from: string; to: string; what: string }[] {
  const log = readSmallFile(join(folder, "logs", name), maxReflogLength) ?? "";
  return log.split("\n").flatMap((line) => {
    const [from = "", to] = line.split(" ", 2);
    const what = line.slice(line.indexOf("\t") + 1);
    return to === undefined ? [] : [{ from, to, what }];
  });
}

const maxPushes = 20;

/** The commits to which the last pushes from this repository moved an upstream. */
export const readPushes = ({ commonDir }: Common, upstream: string): string[] =>
  readReflog(commonDir, `refs/remotes/${upstream}`)
    .filter(({ to, what }) => what === "update by push" && commitId.test(to))
    .map(({ to }) => to)
    .slice(-maxPushes);

export function readRemoteOrLocalRef(commonDir: string, name: string): string | null {
  return readRef(commonDir, `refs/remotes/${name}`) ?? readRef(commonDir, `refs/heads/${name}`);
}

export function readUpstream(
  { commonDir }: Common,
  upstream: GitUpstream | null,
): GitUpstream | null {
  if (upstream === null) return null;
  const commit = readRemoteOrLocalRef(commonDir, upstream.name);
  if (commit !== null) return { ...upstream, commit };
  const remote = `refs/remotes/${upstream.name.split("/", 1)[0] ?? ""}`;
  const isEmpty =
    !existsSync(join(commonDir, remote)) && !packedRefs(commonDir).includes(` ${remote}/`);
  return upstream.gone && isEmpty ? null : upstream;
}

function defaultOf(commonDir: string, remote: string, local: readonly string[]): GitRef | null {
  const head = readSmallFile(join(commonDir, "refs/remotes", remote, "HEAD"), 256) ?? "";
  const named = /^ref: refs\/remotes\/(.+)$/m.exec(head)?.[1];
  const names = [named ?? [], `${remote}/main`, `${remote}/master`].flat();
  const refs = names.map((name) => `refs/remotes/${name}`);
  for (const ref of [...refs, ...local]) {
    const commit = readRef(commonDir, ref);
    if (commit !== null) return { name: ref.replace(/^refs\/(?:heads|remotes)\//, ""), commit };
  }
  return null;
}

/** The branch that origin's HEAD names, else main or master, origin's before local ones. */
export const readDefaultBranch = ({ commonDir }: Common): GitRef | null =>
  defaultOf(commonDir, "origin", ["refs/heads/main", "refs/heads/master"]);

/** The default branch of the remote `upstream`, which a fork has besides origin. */
export const readForkBase = ({ commonDir }: Common): GitRef | null =>
  defaultOf(commonDir, "upstream", []);

const largestShallow = 64 * 1024;

export function readShallow({ commonDir }: Common, head: string | null): Pick<GitState, "shallow"> {
  const text = readSmallFile(join(commonDir, "shallow"), largestShallow) ?? "";
  if (text === "") return {};
  return { shallow: head !== null && text.split("\n").includes(head) ? "tip" : "some" };
}

const maxStashLogLength = 256 * 1024;

export function readStash({ commonDir }: Common): Pick<GitState, "stash"> {
  const log = readSmallFile(join(commonDir, "logs/refs/stash"), maxStashLogLength) ?? "";
  const last = log.trimEnd().split("\n").at(-1) ?? "";
  const [, seconds, branch] = /> (\d+) [+-]\d{4}\t(?:(?:WIP on|On) (.+?): )?/.exec(last) ?? [];
  if (seconds === undefined || log.length >= maxStashLogLength) return {};
  const isNone = branch === undefined || branch === "(no branch)";
  return { stash: { at: Number(seconds) * 1000, ...(isNone ? {} : { branch }) } };
}

const maxConfigLength = 256 * 1024;

/** Tells if a remote had the branch at the last fetch or push. Unknown with included settings, or if few branches are fetched. */
export function readPushed(
  { commonDir }: Common,
  branch: string | null,
): Pick<GitState, "pushed"> & { tip?: string } {
  const text = readSmallFile(join(commonDir, "config"), maxConfigLength);
  if (branch === null || text === null || /^\s*\[include|reftable/im.test(text)) return {};
  const remotes = [...text.matchAll(/^\s*\[remote "(.+?)"\]([^[]*)/gm)];
  if (remotes.length === 0) return { pushed: "no-remote" };
  const tips = remotes.flatMap(
    ([, name = ""]) => readRef(commonDir, `refs/remotes/${name}/${branch}`) ?? [],
  );
  if (tips[0] !== undefined) return { pushed: "yes", tip: tips[0] };
  const isWhole = remotes.every(([, , own = ""]) => own.includes("+refs/heads/*:refs/remotes/"));
  return isWhole ? { pushed: "never" } : {};
}

const statsOf = (...file: string[]) => statSync(join(...file), { throwIfNoEntry: false }) ?? [];

/** When the last fetch, or the clone, succeeded; unknown after a failed fetch, which empties FETCH_HEAD. */
export function readFetchedAt({ commonDir, gitDir }: Pick<Repository, "commonDir" | "gitDir">): {
  fetchedAt?: number;
} {
  const fetches = [commonDir, gitDir].flatMap((folder) => statsOf(folder, "FETCH_HEAD"));
  const clone = fetches.length > 0 ? [] : statsOf(commonDir, "refs/remotes/origin/HEAD");
  const found = [...fetches, clone].flat().filter(({ size }) => size > 0);
  const times = found.map(({ mtimeMs }) => Math.floor(mtimeMs));
  return times.length === 0 ? {} : { fetchedAt: Math.max(...times) };
}
