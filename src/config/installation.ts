// The record of what is installed: which files hooks start, and with which environment the monitor runs. Hooks trust
// this file and not their own environment, which a repository's settings can set.

import { isAbsolute } from "node:path";
import { parseObject, readObject, readString, readStrings } from "../core/read.ts";
import type { GitProgram } from "../git/hardened.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";

export interface Installation {
  version: string;
  /** The folder with the built files of that version. */
  folder: string;
  /** Absolute path of the Node that runs them. */
  node: string;
  /** Absolute path of git; null when there was none. */
  git: string | null;
  /** The whole environment of the monitor. */
  env: Readonly<Record<string, string>>;
}

const longestRecord = 64 * 1024;

/**
 * What an installer's environment passes on to the monitor: places, language, time zone, authorities and our own
 * settings.
 */
export const keptVariables = [
  "HOME",
  "USERPROFILE",
  "LOCALAPPDATA",
  "APPDATA",
  "SystemRoot",
  "PATH",
  "USER",
  "LOGNAME",
  "LANG",
  "LC_ALL",
  "TZ",
  "TMPDIR",
  "NODE_EXTRA_CA_CERTS",
  "XDG_CONFIG_HOME",
  "XDG_STATE_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
  "SITREP_HOME",
  "SITREP_LOG_LEVEL",
  "TASK_CACHE_TTL",
  "GIT_CACHE_TTL",
  "SESSION_CACHE_TTL",
  "FALLBACK_STRATEGY",
  "RATE_LIMIT_REQUESTS_PER_MINUTE",
  "TOKEN_REFRESH_BEFORE_EXPIRY",
  "SITREP_ALLOW_INSECURE_HOSTS",
] as const;

/**
 * The kept variables of an environment that are set. A file of authorities counts by its absolute path only: a relative one
 * is another in each folder, and may be a repository's.
 */
export function keptEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of keptVariables) {
    const value = env[name];
    if (value === undefined || value === "") continue;
    if (name !== "NODE_EXTRA_CA_CERTS" || isAbsolute(value)) kept[name] = value;
  }
  return kept;
}

/** The installation recorded in `file`, or null when there is none that can be read. */
export function readInstallation(file: string): Installation | null {
  const text = readSmallFile(file, longestRecord);
  const from = text === null ? null : parseObject(text);
  const version = readString(from?.["version"]);
  const folder = readString(from?.["folder"]);
  const node = readString(from?.["node"]);
  if (from === null || version === undefined || folder === undefined || node === undefined) {
    return null;
  }
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(readObject(from["env"]) ?? {})) {
    if (typeof value === "string") env[name] = value;
  }
  return { version, folder, node, git: readString(from["git"]) ?? null, env };
}

/** git and its home come from the installation: a repository's settings can set a hook's PATH and HOME. */
export function gitProgramOf(installation: Installation | null): GitProgram | null {
  if (installation === null || installation.git === null) return null;
  return { file: installation.git, home: installation.env["HOME"] ?? "/" };
}

const longestList = 256 * 1024;

/**
 * Real paths of the projects that `sitrep off --project` has silenced; empty where there is no such file. A small file of
 * its own: hooks obey it with a broken cache too.
 */
export function readProjectsOff(file: string): string[] {
  return readStrings(parseObject(readSmallFile(file, longestList) ?? "")?.["projects"]);
}
