// Finds git once, at installation. Never in a relative PATH entry or in the project, where a repository could have put it.

import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, relative, sep } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { compareVersions } from "../core/version-order.ts";
import { isProgram } from "./hardened.ts";

/** The first version with `GIT_CONFIG_COUNT`, without which git cannot be called safely. */
export const minGitVersion = "2.31";

export function isBelow(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path !== "" && path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** True for a file in the folder, and for a link in it to anywhere, because the project could redirect the link. */
function isWithin(folder: string, file: string): boolean {
  const real = existsSync(folder) ? realpathSync(folder) : folder;
  return (
    isBelow(real, realpathSync(file)) || isBelow(real, join(realpathSync(dirname(file)), "git"))
  );
}

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
  // This process's environment may hold secrets: git gets none of it.
  const env = { PATH: `${dirname(file)}:/usr/bin:/bin`, LC_ALL: "C" };
  try {
    text = execFileSync(file, ["--version"], { encoding: "utf8", timeout: 5000, cwd: "/", env });
  } catch (cause) {
    throw new SitrepError("git-missing", `${file} cannot be run.`, { cause });
  }
  const [version = "0"] = /\d+\.\d+(?:\.\d+)?/.exec(text) ?? [];
  if (compareVersions(version, minGitVersion) >= 0) return version;
  const what = `${file} is ${text.trim()}; Sitrep needs ${minGitVersion} or later.`;
  throw new SitrepError("git-too-old", what, {
    hint: "Install a newer git and run the command again.",
  });
}
