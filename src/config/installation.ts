// The record of what is installed: which files hooks start, and with which environment the monitor runs. Hooks trust
// this file and not their own environment, which a repository's settings can set.

import { delimiter, isAbsolute, sep } from "node:path";
import { defined, parseObject, readObject, readString, readStrings } from "../core/read.ts";
import type { JsonObject } from "../core/read.ts";
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
  /** The data folder of the client's plugin, where that has installed it. */
  plugin?: string;
  /** Another that is there beside it, of an older version: the settings' beside a plugin's, or a plugin's. */
  other?: Installation;
}

const longestRecord = 64 * 1024;

/** How a person's programs reach servers: through which proxy, and whose certificates they trust. */
const networkVariables = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "NODE_USE_SYSTEM_CA",
  "NODE_USE_ENV_PROXY",
];

/**
 * What an installer's environment passes on to the monitor: places, language, time zone, proxies, authorities
 * and our own settings.
 */
export const keptVariables: readonly string[] = [
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
  ...networkVariables,
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
];

/** Files of authorities count by their absolute paths: a relative one is another in each folder, perhaps a repository's. A proxy's password is a secret. */
const isUsable = (name: string, value: string): boolean =>
  /CERT_|_CERTS|_BUNDLE/.test(name)
    ? isAbsolute(value)
    : !/(?:http|https|all)_proxy/i.test(name) || !value.includes("@");

/** npx puts its cache before the PATH of what it runs; that folder goes. */
const withoutNpx = (path: string): string =>
  path
    .split(delimiter)
    .filter((folder) => !folder.split(sep).includes("_npx"))
    .join(delimiter);

/** The kept variables of an environment that are set. */
export function keptEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of keptVariables) {
    const value = env[name];
    if (value === undefined || value === "") continue;
    if (isUsable(name, value)) kept[name] = name === "PATH" ? withoutNpx(value) : value;
  }
  return kept;
}

/** What of it says how servers are reached. */
export const networkIn = (
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(keptEnvironment(env)).filter(([name]) => networkVariables.includes(name)),
  );

/** The installation recorded in `file`, or null when there is none that can be read. */
export const readInstallation = (file: string): Installation | null =>
  installationIn(parseObject(readSmallFile(file, longestRecord)));

function installationIn(from: JsonObject | null): Installation | null {
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
  const more = defined({
    plugin: readString(from["plugin"]),
    other: installationIn(readObject(from["other"])) ?? undefined,
  });
  return { version, folder, node, git: readString(from["git"]) ?? null, env, ...more };
}

/** git and its home come from the installation: a repository's settings can set a hook's PATH and HOME. */
export function gitProgramOf(installation: Installation | null, copies: string): GitProgram | null {
  if (installation === null || installation.git === null) return null;
  return { file: installation.git, home: installation.env["HOME"] ?? "/", copies };
}

const longestList = 256 * 1024;

/**
 * Real paths of the projects that `sitrep off --project` has silenced; empty where there is no such file. A small file of
 * its own: hooks obey it with a broken cache too.
 */
export function readProjectsOff(file: string): string[] {
  return readStrings(parseObject(readSmallFile(file, longestList) ?? "")?.["projects"]);
}
