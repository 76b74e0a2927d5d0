// Sitrep's folders, by the platform's conventions or all below SITREP_HOME. Imports no zod, because hooks load this.

import { isAbsolute, join, resolve } from "node:path";

export interface Folders {
  config: string;
  state: string;
  data: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** XDG requires relative paths to be ignored. */
const absolute = (path: string | undefined, fallback: string): string =>
  path !== undefined && isAbsolute(path) ? path : fallback;

const below = (root: string): Folders => ({
  config: root,
  state: join(root, "state"),
  data: join(root, "data"),
});

/** The folders for an environment; `home` is used unless a variable names another folder. */
export function findFolders(env: Environment, platform: NodeJS.Platform, home: string): Folders {
  const own = env["SITREP_HOME"];
  if (own !== undefined && own !== "") return below(resolve(own));
  if (platform === "darwin") return below(join(home, "Library", "Application Support", "sitrep"));
  if (platform === "win32") {
    const local = absolute(env["LOCALAPPDATA"], join(home, "AppData", "Local"));
    const roaming = absolute(env["APPDATA"], join(home, "AppData", "Roaming"));
    return {
      config: join(roaming, "sitrep"),
      state: join(local, "sitrep", "state"),
      data: join(local, "sitrep", "data"),
    };
  }
  return {
    config: join(absolute(env["XDG_CONFIG_HOME"], join(home, ".config")), "sitrep"),
    state: join(absolute(env["XDG_STATE_HOME"], join(home, ".local", "state")), "sitrep"),
    data: join(absolute(env["XDG_DATA_HOME"], join(home, ".local", "share")), "sitrep"),
  };
}

const stateNames = {
  cache: "cache.db",
  store: "tasks.db",
  monitorLock: "monitor.lock",
  installLock: "install.lock",
  live: "live",
  gates: "gates",
  gitSettings: "git",
  logs: "logs",
  reports: "reports",
  hookFailures: "logs/hooks.log",
  installation: "installation.json",
  settingsRecords: "settings",
  allowed: "allowed",
  /** The sources that may be written, and the record of writes. */
  writeConsent: "writes.json",
  writeRecord: "history.jsonl",
  secrets: "secrets",
  signIns: "sign-ins",
  tokens: "tokens",
  serverKeys: "server-keys",
  keptSources: "kept-sources.json",
  limits: "limits.db",
  off: "off",
  /** If this file exists, no handoffs are saved. */
  handoffOff: "handoff.off",
  projectsOff: "projects-off.json",
};

/** The files in a state folder, and the folder itself. A hook knows no others. */
export type StateFiles = Record<"state" | keyof typeof stateNames, string>;

/** `state`: an absolute path. Concatenated, because `join` for each file takes a hundredth of a hook's time. */
export function stateFiles(state: string): StateFiles {
  const files: Record<string, string> = { state };
  for (const [key, name] of Object.entries(stateNames)) files[key] = `${state}/${name}`;
  return files as StateFiles;
}

export const projectFileName = ".sitrep.json";

export const configFile = (config: string): string => join(config, "config.json");
