// Where Sitrep keeps things: the platform's conventions, or all below SITREP_HOME. No zod in here: hooks read this.

import { isAbsolute, join, resolve } from "node:path";

export interface Folders {
  config: string;
  state: string;
  data: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** XDG says that a relative path is to be ignored. */
const absolute = (path: string | undefined, fallback: string): string =>
  path !== undefined && isAbsolute(path) ? path : fallback;

const below = (root: string): Folders => ({
  config: root,
  state: join(root, "state"),
  data: join(root, "data"),
});

/** The folders for an environment; `home` is used where a variable does not say otherwise. */
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
  /** Which sources may be written, and what was written. */
  writeConsent: "writes.json",
  writeRecord: "history.jsonl",
  secrets: "secrets",
  signIns: "sign-ins",
  tokens: "tokens",
  serverKeys: "server-keys",
  keptSources: "kept-sources.json",
  limits: "limits.db",
  off: "off",
  /** Where it is, nothing is kept of where a session stopped. */
  handoffOff: "handoff.off",
  projectsOff: "projects-off.json",
};

/** The files in a state folder, and the folder itself: all that a hook knows. */
export type StateFiles = Record<"state" | keyof typeof stateNames, string>;

/** `state`: an absolute path. Put together by hand: `join` for each costs a hook a hundredth of its time. */
export function stateFiles(state: string): StateFiles {
  const files: Record<string, string> = { state };
  for (const [key, name] of Object.entries(stateNames)) files[key] = `${state}/${name}`;
  return files as StateFiles;
}

export const projectFileName = ".sitrep.json";

export const configFile = (config: string): string => join(config, "config.json");
