// Hooks trust this file rather than their own environment, which a repository's settings can set.

import { delimiter, isAbsolute, sep } from "node:path";
import { each, orElse, orNull, parseObject, recordOf, shape } from "../core/read.ts";
import { readString, readStrings, type Reader } from "../core/read.ts";
import type { GitProgram } from "../git/hardened.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { Environment } from "./folders.ts";

export interface Installation {
  version: string;
  folder: string;
  node: string;
  git: string | null;
  env: Readonly<Record<string, string>>;
  /** The data folder of Claude Code's plugin, if the plugin made this installation. */
  plugin?: string;
  /** A second installation of an older version, by a settings file or another plugin. */
  other?: Installation;
}

const networkVariables = (
  "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy " +
  "NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE " +
  "NODE_USE_SYSTEM_CA NODE_USE_ENV_PROXY"
).split(" ");

/** The variables that the monitor gets from the installer: folders, language, time zone, network and Sitrep's own settings. */
export const keptVariables: readonly string[] = [
  ...networkVariables,
  ...(
    "HOME USERPROFILE LOCALAPPDATA APPDATA SystemRoot PATH USER LOGNAME LANG LC_ALL TZ TMPDIR " +
    "GH_CONFIG_DIR GLAB_CONFIG_DIR XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_RUNTIME_DIR " +
    "SITREP_HOME SITREP_LOG_LEVEL " +
    "TASK_CACHE_TTL GIT_CACHE_TTL SESSION_CACHE_TTL FALLBACK_STRATEGY " +
    "RATE_LIMIT_REQUESTS_PER_MINUTE TOKEN_REFRESH_BEFORE_EXPIRY SITREP_ALLOW_INSECURE_HOSTS"
  ).split(" "),
];

/** False for a relative path, which may be a repository's file, and for a proxy with a password, which is a secret. */
const isUsable = (name: string, value: string): boolean =>
  /CERT_|_CERTS|_BUNDLE/.test(name)
    ? isAbsolute(value)
    : !/(?:http|https|all)_proxy/i.test(name) || !value.includes("@");

/** npx puts its cache first on the PATH of the programs that it runs. */
const withoutNpx = (path: string): string =>
  path
    .split(delimiter)
    .filter((folder) => !folder.split(sep).includes("_npx"))
    .join(delimiter);

function kept(env: Environment, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = env[name] ?? "";
    if (value === "" || !isUsable(name, value)) continue;
    found[name] = name === "PATH" ? withoutNpx(value) : value;
  }
  return found;
}

export const keptEnvironment = (env: Environment): Record<string, string> =>
  kept(env, keptVariables);

export const pickNetwork = (env: Environment): Record<string, string> =>
  kept(env, networkVariables);

const readRecord: Reader<Installation> = shape(
  {
    ...each(["version", "folder", "node"], readString),
    git: orNull(readString),
    env: orElse(recordOf(readString), {}),
  },
  { plugin: readString, other: (value) => readRecord(value) },
);

export const readInstallation = (file: string): Installation | null =>
  readRecord(parseObject(readSmallFile(file, 64 * 1024))) ?? null;

/** `env`, or for null the installed environment, because a session's is not trusted. `file`: the installation's record. */
export const trustedEnvironment = (env: Environment | null, file: string): Environment =>
  env ?? readInstallation(file)?.env ?? process.env;

/** git and its home as installed: a repository's settings can set a hook's PATH and HOME. */
export function createGitProgram(
  installation: Installation | null,
  copies: string,
): GitProgram | null {
  if (installation === null || installation.git === null) return null;
  return { file: installation.git, home: installation.env["HOME"] ?? "/", copies };
}

/** A separate file, so that hooks obey it even if the cache is broken. */
export const readProjectsOff = (file: string): string[] =>
  readStrings(parseObject(readSmallFile(file, 256 * 1024))?.["projects"]);
