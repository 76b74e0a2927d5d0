import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { findProjectGit, type CommandContext } from "../../config/context.ts";
import { codeOf } from "../../core/errors.ts";
import { requireGitVersion } from "../../git/find-git.ts";
import { readGitState } from "../../git/read-state.ts";
import { createSpawnGit } from "../../git/spawn-git.ts";
import { shellWord } from "../../install/hook-entries.ts";
import { findOpenFolder, replaceablePart } from "../../state/files/own-folder.ts";
import { asRoot, gitInstallation } from "./fix-commands.ts";
import { manualFix, failed, ok, safeFix, warning, type Finding, type Fix } from "./finding.ts";
import type { DoctorContext } from "./doctor-context.ts";

export function checkGit({ context, project, installation, commands }: DoctorContext): Finding {
  const program = findProjectGit(context, project.project);
  if (program === null) {
    return failed("git was not found", manualFix(gitInstallation(context.env["PATH"] ?? "")));
  }
  const { file } = program;
  const kept = installation?.git ?? file;
  if (kept !== file) return failed(`git is no longer at ${kept}`, commands.install(installation));
  const open = replaceablePart(file);
  if (open !== null) {
    const command = open.fault === "belongs to another user" ? "chown root" : "chmod go-w";
    const fix = manualFix(asRoot(`${command} ${shellWord(open.path)}`));
    return warning(`other users can replace ${file}: ${open.path} ${open.fault}`, fix);
  }
  return ok(`${requireGitVersion(file)} at ${file}`);
}

export async function checkRepository({
  context,
  project,
  installation,
}: DoctorContext): Promise<Finding> {
  const { repository } = project;
  if (repository === null) return ok("this folder is not in a repository");
  const program = findProjectGit(context, project.project);
  if (program === null || installation === null) return ok("not read yet");
  const started = performance.now();
  const run = createSpawnGit(program);
  await readGitState(repository, { program, run, extent: "status", timeoutMs: 5000 });
  return ok(`read in ${Math.round(performance.now() - started)} ms`);
}

export function repositoryFix({ project: { worktree } }: DoctorContext, error: unknown): Fix {
  const folder = shellWord(worktree);
  return codeOf(error) === "git-untrusted"
    ? manualFix(`git config --global --add safe.directory ${folder}`)
    : manualFix(`git -C ${folder} status`);
}

const minFree = 16 * 1024 * 1024;

const nearestExisting = (folder: string): string =>
  existsSync(folder) ? folder : nearestExisting(dirname(folder));

/** Lists the largest items on a folder's disk, so that the user can choose what to delete. */
const listLarge = (folder: string): Fix =>
  manualFix(
    `du -xk "$(df -P ${shellWord(folder)} | awk 'END { print $6 }')" | sort -n | tail -n 20`,
  );

export function checkDisk({ context: { folders } }: DoctorContext): Finding {
  const folder = nearestExisting(folders.state);
  const { bavail, bsize, files, ffree } = statfsSync(folder);
  const free = bavail * bsize;
  const fix = listLarge(folder);
  // Some file systems do not count inodes and report 0 of 0.
  if (files > 0 && ffree === 0)
    return failed(`no inodes left on the disk that holds ${folder}`, fix);
  if (free === 0) return failed(`no space left on the disk that holds ${folder}`, fix);
  if (free >= minFree) return ok(`${Math.floor(free / 1024 ** 2)} MB free`);
  return warning(`${Math.floor(free / 1024)} KB free on the disk that holds ${folder}`, fix);
}

/** The fix for an unexpected error: it is about disk space, or else about permissions. */
export function faultFix({ folders: { state } }: CommandContext, error: unknown): Fix {
  const folder = nearestExisting(state);
  if (codeOf(error) === "disk-full") return listLarge(folder);
  return manualFix(asRoot(`chown -R "$(id -un)" ${shellWord(folder)}`));
}

export function checkState({ context }: DoctorContext): Finding {
  const { state } = context.folders;
  const stats = statSync(state, { throwIfNoEntry: false });
  if (stats === undefined) return ok("none yet");
  accessSync(state, constants.R_OK | constants.W_OK | constants.X_OK);
  const isOpen = process.platform !== "win32" && (stats.mode & 0o077) !== 0;
  if (!isOpen) return ok(state);
  return warning(`${state} is open to other users`, safeFix(`chmod 700 ${shellWord(state)}`));
}

export function checkFolders({ folders }: CommandContext): Finding {
  const open = findOpenFolder(folders);
  if (open === null) return ok("only you can write to them");
  const { path, fault } = open;
  const mode = Object.values(folders).includes(path) ? "700" : "go-w";
  // Manual: the user should first look at what others put there.
  const fix =
    fault === "is writable by other users"
      ? `chmod ${mode} ${shellWord(path)}`
      : 'export SITREP_HOME="$HOME/.sitrep"';
  return failed(`${path} ${fault}.`, manualFix(fix));
}
