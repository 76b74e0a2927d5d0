// Finds git once, at installation. Never in a relative PATH entry or in the project: a repository could have put it
// there.

import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, relative, sep } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { isProgram } from "./hardened.ts";

/** `GIT_CONFIG_COUNT`, without which git cannot be called safely, came with 2.31. */
const neededVersion = [2, 31] as const;

function isBelow(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path !== "" && path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** True for a file in the folder, and for a link in it whatever it leads to: the project could turn it. */
function isWithin(folder: string, file: string): boolean {
  const real = existsSync(folder) ? realpathSync(folder) : folder;
  return (
    isBelow(real, realpathSync(file)) || isBelow(real, join(realpathSync(dirname(file)), "git"))
  );
}

/** The first git of a PATH that lies outside `project`; null when there is none. */
export function findGit(path: string, project: string): string | null {
  const name = process.platform === "win32" ? "git.exe" : "git";
  const candidates = path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name));
  return candidates.find((file) => isProgram(file) && !isWithin(project, file)) ?? null;
}

/** The version of a git program, `2.39.5`. Throws `git-missing` or `git-too-old`. */
export function requireGitVersion(file: string): string {
  let text: string;
  // Of this process's environment, which may hold secrets, it needs nothing.
  const env = { PATH: `${dirname(file)}:/usr/bin:/bin`, LC_ALL: "C" };
  try {
    text = execFileSync(file, ["--version"], { encoding: "utf8", timeout: 5000, cwd: "/", env });
  } catch (cause) {
    throw new SitrepError("git-missing", `${file} cannot be run.`, { cause });
  }
  const match = /(\d+)\.(\d+)(?:\.\d+)?/.exec(text);
  const [major, minor] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  if (major > neededVersion[0] || (major === neededVersion[0] && minor >= neededVersion[1])) {
    return match?.[0] ?? text.trim();
  }
  throw new SitrepError("git-too-old", `${file} is ${text.trim()}; 2.31 or later is needed.`, {
    hint: "Install a current git and run the command again.",
  });
}
