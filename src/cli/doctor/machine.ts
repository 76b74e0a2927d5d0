// What `doctor` looks at in the machine: git, disk, clock and the system's limits.

import {
  existsSync,
  readFileSync,
  realpathSync,
  statfsSync,
  statSync,
  watch,
  accessSync,
  constants,
} from "node:fs";
import { delimiter, dirname, isAbsolute } from "node:path";
import { gitOf, installationOf, type CommandContext } from "../../config/context.ts";
import { codeOf } from "../../core/errors.ts";
import { ageWords } from "../../core/time.ts";
import { requireGitVersion } from "../../git/find-git.ts";
import { readGitState } from "../../git/read-state.ts";
import { shellWord } from "../../install/entries.ts";
import type { Located } from "../../git/repository.ts";
import { createSpawnGit } from "../../git/spawn-git.ts";
import { openFolderOf, replaceablePart } from "../../state/files/own-folder.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { cachedViews } from "../source/sources.ts";
import { scopeIn } from "../program/options.ts";
import { asRoot, gitInstallation, type Commands } from "./commands.ts";
import { byHand, failed, ok, safely, warning, type Finding } from "./finding.ts";

export function checkGit(
  context: CommandContext,
  project: Located,
  { install }: Commands,
): Finding {
  const path = context.env["PATH"] ?? "";
  const program = gitOf(context, project.project);
  if (program === null) return failed("git was not found", byHand(gitInstallation(path)));
  const kept = installationOf(context)?.git ?? program.file;
  if (kept !== program.file)
    return failed(`git is not at ${kept} any more`, install(installationOf(context)));
  const open = replaceablePart(program.file);
  if (open !== null) {
    const line =
      open.fault === "belongs to another user"
        ? `chown root ${shellWord(open.path)}`
        : `chmod go-w ${shellWord(open.path)}`;
    const what = `others can replace ${program.file}: ${open.path} ${open.fault}`;
    return warning(what, byHand(asRoot(line)));
  }
  const folders = path.split(delimiter);
  const own = folders.filter(isAbsolute);
  if (own.length < folders.length) {
    const detail = "the PATH has entries that mean whichever folder one is in";
    return warning(detail, byHand(`export PATH=${shellWord(own.join(delimiter))}`));
  }
  return ok(`${requireGitVersion(program.file)} at ${program.file}`);
}

const readWithinMs = 5000;

/** Reads the working tree as the hooks do. */
export async function checkRepository(context: CommandContext, project: Located): Promise<Finding> {
  const { repository } = project;
  if (repository === null) return ok("this folder is in none");
  const program = gitOf(context, project.project);
  const isReady = installationOf(context) !== null && existsSync(program?.file ?? "");
  if (program === null || !isReady) return ok("not read yet");
  const started = performance.now();
  await readGitState(repository, {
    program,
    run: createSpawnGit(program),
    extent: "status",
    timeoutMs: readWithinMs,
  });
  return ok(`read in ${Math.round(performance.now() - started)} ms`);
}

export const repositoryFix = ({ worktree }: Located, error: unknown): string =>
  codeOf(error) === "git-untrusted"
    ? `git config --global --add safe.directory ${shellWord(worktree)}`
    : `git -C ${shellWord(worktree)} status`;

const leastFree = 16 * 1024 * 1024;

const existing = (folder: string): string =>
  existsSync(folder) ? folder : existing(dirname(folder));

const diskOf = (folder: string): string =>
  `"$(df -P ${shellWord(folder)} | awk 'END { print $6 }')"`;

/** Shows what takes the room: which of it may go is for a person to say. */
const roomFix = (folder: string): string => `du -xk ${diskOf(folder)} | sort -n | tail -n 20`;

const isReadOnly = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return codeOfSystem(error) === "EROFS";
  }
};

const writableFix = (folder: string): string => asRoot(`mount -o remount,rw ${diskOf(folder)}`);

/** Where several machines may write at once: SQLite's locks and its shared memory do not hold there. */
const shared =
  /^(nfs4?|cifs|smb3?|smbfs|9p|virtiofs|drvfs|ceph|afs|lustre|gfs2|ocfs2|fuse\.(sshfs|s3fs|rclone|gcsfuse|glusterfs|ceph|davfs2?|blobfuse2?))$/;

/** The kind of the file system that a folder is on, as Linux names it; "" where the system does not say. */
function fileSystemOf(folder: string): string {
  const mounts = readSmallFile("/proc/self/mountinfo", 4 * 1024 * 1024, { hasSize: false }) ?? "";
  const path = `${realpathSync(folder)}/`;
  const found = mounts.split("\n").flatMap((line) => {
    const [place = "", kind = ""] = line.split(" - ").map((part, i) => part.split(" ")[i ? 0 : 4]);
    const at = place.replace(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCodePoint(Number.parseInt(octal, 8)),
    );
    return path.startsWith(at === "/" ? at : `${at}/`) ? [{ at, kind }] : [];
  });
  // The longest is the one; of two mounts in one place the later.
  return found.reduce((best, one) => (one.at.length < best.at.length ? best : one), {
    at: "",
    kind: "",
  }).kind;
}

export function checkDisk({ folders }: CommandContext): Finding {
  const folder = existing(folders.state);
  if (isReadOnly(folder)) {
    return failed(`${folder} is on a read-only file system.`, byHand(writableFix(folder)));
  }
  const { bavail, bsize, files, ffree } = statfsSync(folder);
  const free = bavail * bsize;
  const fix = byHand(roomFix(folder));
  if (files > 0 && ffree === 0) return failed(`no file entries left on the disk of ${folder}`, fix);
  if (free === 0) return failed(`no space left on the disk of ${folder}`, fix);
  const kind = fileSystemOf(folder);
  if (shared.test(kind)) {
    return warning(
      `${folder} is on a file system of several machines (${kind}): SQLite's locks may not hold there`,
      byHand('export SITREP_HOME="/var/tmp/sitrep-$(id -un)"'),
    );
  }
  if (free >= leastFree) return ok(`${Math.floor(free / 1024 / 1024)} MB free`);
  return warning(`${Math.floor(free / 1024)} KB free on the disk of ${folder}`, fix);
}

/** For what no check foresees: room, or rights. */
export function faultFix({ folders: { state } }: CommandContext, error: unknown): string {
  const folder = existing(state);
  if (codeOf(error) === "disk-full") return roomFix(folder);
  return isReadOnly(folder)
    ? writableFix(folder)
    : asRoot(`chown -R "$(id -un)" ${shellWord(folder)}`);
}

const smallestStepMs = 60_000;

/** An answer that was read in the future tells that the clock is wrong, or was. */
export function checkClock(
  context: CommandContext,
  project: Located,
  { sitrep }: Commands,
): Finding {
  const now = Date.now();
  const ahead = cachedViews(context, scopeIn(project), 0).filter(
    ({ fetchedAt }) => (fetchedAt ?? 0) > now + smallestStepMs,
  );
  const [first] = ahead;
  if (first === undefined) return ok("as the answers that were read say");
  const by = ageWords((first.fetchedAt ?? now) - now);
  const names = ahead.map(({ source }) => source).join(", ");
  return warning(
    `the tasks of ${names} were read ${by} from now: the clock was put back`,
    safely(sitrep("refresh", "--project", project.worktree)),
  );
}

interface Limit {
  name: string;
  least: number;
  error: string;
}

/** What runs out when a folder cannot be watched: https://man7.org/linux/man-pages/man7/inotify.7.html */
const limits: readonly Limit[] = [
  { name: "watches", least: 524_288, error: "ENOSPC" },
  { name: "instances", least: 1024, error: "EMFILE" },
];

const valueIn = (file: string): number =>
  existsSync(file) ? Number(readFileSync(file, "utf8")) : Number.POSITIVE_INFINITY;

/** The lower of the system's limit and this user namespace's. */
function limitFile({ name }: Limit): string {
  const files = [`/proc/sys/fs/inotify/max_user_${name}`, `/proc/sys/user/max_inotify_${name}`];
  const [system = "", own = ""] = files;
  return valueIn(own) < valueIn(system) ? own : system;
}

/** Whether a folder can be watched at all; where not, changes are seen later. */
export function checkWatches({ folders }: CommandContext): Finding {
  try {
    watch(existing(folders.state), { persistent: false }).close();
    return ok("folders can be watched");
  } catch (error) {
    const limit = limits.find((one) => one.error === codeOfSystem(error));
    if (limit === undefined) throw error;
    const file = limitFile(limit);
    const fix = byHand(`echo ${limit.least} | ${asRoot(`tee ${file}`)}`);
    return warning(`no inotify ${limit.name} are left: changes are seen later`, fix);
  }
}

const codeOfSystem = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

export function checkState(context: CommandContext): Finding {
  const { state } = context.folders;
  const stats = statSync(state, { throwIfNoEntry: false });
  if (stats === undefined) return ok("none yet");
  accessSync(state, constants.R_OK | constants.W_OK | constants.X_OK);
  const isOpen = process.platform !== "win32" && (stats.mode & 0o077) !== 0;
  if (!isOpen) return ok(state);
  return warning(`${state} is open to others`, safely(`chmod 700 ${shellWord(state)}`));
}

export function checkFolders({ folders }: CommandContext): Finding {
  const open = openFolderOf(folders);
  if (open === null) return ok("yours alone");
  const isWritable = open.fault === "can be written by other users";
  const mode = Object.values(folders).includes(open.path) ? "700" : "go-w";
  // What others have put there is for a person to see first.
  const fix = isWritable
    ? `chmod ${mode} ${shellWord(open.path)}`
    : 'export SITREP_HOME="$HOME/.sitrep"';
  return failed(`${open.path} ${open.fault}.`, byHand(fix));
}
