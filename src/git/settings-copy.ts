// Holds git to one reading of a repository's settings. They can change between our look at them and git's, so git is given
// a copy of what we looked at in their place: a folder of our own stands for the repository's common one, and has beside
// the copy only links to what is no setting. Where the repository is git is told, and looks for nothing.

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
import { listSettingsArgs, settingsIn } from "./settings-listing.ts";

/** In bytes. */
const largestPlain = 65_536;
const largestListed = 1024 * 1024;
const longestName = 255;

/** The copy's folder, which the gate finds by the same rule. Where two paths have one name, each makes it anew. */
export function copyFolder(program: Pick<GitProgram, "copies">, worktree: string): string {
  const name = worktree.replace(process.platform === "win32" ? /[\\/:]/g : /\//g, "@");
  return `${program.copies}/${Buffer.byteLength(name) > longestName ? name.slice(-60) : name}`;
}

/**
 * The settings, a character for a byte, where none can define a filter or name another file of settings: section names
 * cannot be written in any other way. Null for any others.
 */
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
    // Another process was quicker.
    if (linkTarget(path) !== target) throw error;
  }
}

/** True when the folder has been as it should be; else it is made so, the settings last. */
function keepCopy(folder: string, commonDir: string, text: string): boolean {
  const file = `${folder}/config`;
  const isSame = readWhole(file, 2 * largestListed)?.toString("latin1") === text;
  if (isSame && linkTarget(`${folder}/info`) === `${commonDir}/info`) return true;
  mkdirSync(`${folder}/refs`, { recursive: true, mode: 0o700 });
  for (const name of ["shallow", "info"]) makeLink(`${folder}/${name}`, `${commonDir}/${name}`);
  publishFile(file, Buffer.from(text, "latin1"));
  return false;
}

/** Git looks at the owners only where it looks for the repository itself. */
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
    throw new SitrepError("git-failed", `git takes another folder for that of ${worktree}.`);
}

async function readSettings(repository: Repository, caller: GitCaller): Promise<string> {
  const { commonDir, worktree } = repository;
  const file = join(commonDir, "config");
  const plain = readPlain(file);
  if (plain !== null) return plain;
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.size > largestListed)
    throw new SitrepError("git-failed", `${file} is not to be read as settings.`);
  const env = gitEnvironment(caller.program, repository, commonDir);
  const { run, timeoutMs } = caller;
  const listing = await run(listSettingsArgs, { cwd: worktree, env, timeoutMs });
  return Buffer.from(settingsIn(listing)).toString("latin1");
}

/**
 * The environment for git's calls in a repository; `isKept`: its settings are as they were at an earlier call. Throws as
 * `RunGit`, and `git-untrusted` where the repository belongs to another user and git refuses it.
 */
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

/** What a process that was killed while it wrote the settings has left. */
function removeDrafts(folder: string, before: number): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (name.startsWith("config.draft.") && changedAt(file) < before) rmSync(file, { force: true });
  }
}

/**
 * Removes the copies of repositories that are not there any more, and those made before `before` (epoch milliseconds) of
 * working trees that are not among `inUse`: they are made again when somebody works there. Never throws.
 */
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
    // There are none, or they are in nobody's way.
  }
}
