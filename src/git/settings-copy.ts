// A repository's settings can change between our reading and git's, so git gets a checked copy.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { readWhole } from "../state/files/read-small-file.ts";
import { publishFile } from "../state/files/replace-file.ts";
import { gitEnvironment, type GitCaller, type GitProgram } from "./hardened.ts";
import type { Repository } from "./repository.ts";
import { listSettingsArgs, parseSettingsListing } from "./settings-listing.ts";

const largestPlain = 65_536;
const largestListed = 1024 * 1024;
const maxNameLength = 255;

/** The folder of the copy; the gate builds the same path. If two paths share a name, each call replaces the other's copy. */
export function copyFolder(program: Pick<GitProgram, "copies">, worktree: string): string {
  const name = worktree.replace(process.platform === "win32" ? /[\\/:]/g : /\//g, "@");
  return `${program.copies}/${Buffer.byteLength(name) > maxNameLength ? name.slice(-60) : name}`;
}

/** The settings, one character per byte. Null if a section could define a filter or an include: those names have no other spelling. */
function readPlain(file: string): string | null {
  const text = readWhole(file, largestPlain)?.toString("latin1");
  if (text === undefined) return existsSync(file) ? null : "\n";
  return text === "" || /filter|include|lfs|worktreeconfig/i.test(text) ? null : text;
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function makeLink(path: string, target: string): void {
  if (linkTarget(path) === target) return;
  rmSync(path, { force: true, recursive: true });
  try {
    symlinkSync(target, path, "junction");
  } catch (error) {
    if (linkTarget(path) !== target) throw error;
  }
}

/** True when the copy was already the same; else writes it, the settings last. */
function keepCopy(folder: string, commonDir: string, text: string): boolean {
  const file = `${folder}/config`;
  const isSame = readWhole(file, 2 * largestListed)?.toString("latin1") === text;
  if (isSame && linkTarget(`${folder}/info`) === `${commonDir}/info`) return true;
  mkdirSync(`${folder}/refs`, { recursive: true, mode: 0o700 });
  for (const name of ["shallow", "info"]) makeLink(`${folder}/${name}`, `${commonDir}/${name}`);
  publishFile(file, Buffer.from(text, "latin1"));
  return false;
}

/** git checks the owner only if it finds the repository itself. For another user's repository, this makes it check. */
async function requireTrust(repository: Repository, caller: GitCaller): Promise<void> {
  const { gitDir, worktree } = repository;
  const uid = process.getuid?.();
  const isForeign = [gitDir, worktree, join(worktree, ".git")].some((path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return uid !== undefined && stats !== undefined && stats.uid !== uid;
  });
  if (!isForeign) return;
  const { program, run, timeoutMs } = caller;
  const env = gitEnvironment(program, repository, null);
  const args = ["rev-parse", "--absolute-git-dir"];
  const found = await run(args, { cwd: worktree, env, timeoutMs }).catch((cause: unknown) => {
    if (!(cause instanceof SitrepError) || cause.code !== "git-failed") throw cause;
    throw new SitrepError("git-untrusted", `${worktree} belongs to another user.`, {
      hint: `To trust it: git config --global --add safe.directory ${worktree}`,
      cause,
    });
  });
  if (found !== `${gitDir}\n`)
    throw new SitrepError(
      "git-failed",
      `git found a different git directory for ${worktree} than Sitrep did.`,
    );
}

async function readSettings(repository: Repository, caller: GitCaller): Promise<string> {
  const { commonDir, worktree } = repository;
  const file = join(commonDir, "config");
  const plain = readPlain(file);
  if (plain !== null) return plain;
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.size > largestListed)
    throw new SitrepError("git-failed", `${file} is not a regular file, or is larger than 1 MiB.`);
  const env = gitEnvironment(caller.program, repository, commonDir);
  const { run, timeoutMs } = caller;
  const listing = await run(listSettingsArgs, { cwd: worktree, env, timeoutMs });
  return Buffer.from(parseSettingsListing(listing)).toString("latin1");
}

/** `isKept`: the copy is the same as at an earlier call. Throws as `RunGit`, and `git-untrusted`. */
export async function gitCallEnvironment(
  repository: Repository,
  caller: GitCaller,
): Promise<{ env: Record<string, string>; isKept: boolean }> {
  await requireTrust(repository, caller);
  const text = await readSettings(repository, caller);
  const folder = copyFolder(caller.program, repository.worktree);
  const env = gitEnvironment(caller.program, repository, folder);
  try {
    return { env, isKept: keepCopy(folder, repository.commonDir, text) };
  } catch (cause) {
    const what = `The settings of ${repository.worktree} could not be copied to ${folder}.`;
    throw new SitrepError("git-failed", what, { cause });
  }
}

const changedAt = (path: string): number =>
  statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;

function removeDrafts(folder: string, before: number): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (name.startsWith("config.draft.") && changedAt(file) < before) rmSync(file, { force: true });
  }
}

/** Removes copies of missing repositories, and old ones not in `inUse`, which are made again when needed. Never throws. */
export function removeOldCopies(copies: string, inUse: readonly string[], before: number): void {
  const kept = new Set(inUse.map((worktree) => copyFolder({ copies }, worktree)));
  try {
    for (const name of readdirSync(copies)) {
      const folder = `${copies}/${name}`;
      const info = linkTarget(`${folder}/info`);
      const isGone = info !== null && !existsSync(dirname(info));
      const isOld = !kept.has(folder) && changedAt(folder) < before;
      if (isGone || isOld) rmSync(folder, { force: true, recursive: true });
      else removeDrafts(folder, before);
    }
  } catch {
    // There are no copies, or leftover ones do no harm.
  }
}
