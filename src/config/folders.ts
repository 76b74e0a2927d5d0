// Where Sitrep keeps things: the platform's conventions, or all below SITREP_HOME. No zod in here: hooks read this.

import { isAbsolute, join, resolve } from "node:path";

/** Absolute paths. Folders are made 0700 when first written to. */
export interface Folders {
  config: string;
  state: string;
  data: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** XDG says that a relative path is to be ignored. */
const absolute = (path: string | undefined, fallback: string): string =>
  path !== undefined && isAbsolute(path) ? path : fallback;

/** The folders for an environment; `home` is used where a variable does not say otherwise. */
export function findFolders(env: Environment, platform: NodeJS.Platform, home: string): Folders {
  const own = env["SITREP_HOME"];
  if (own !== undefined && own !== "") {
    const root = resolve(own);
    return { config: root, state: join(root, "state"), data: join(root, "data") };
  }
  if (platform === "darwin") {
    const root = join(home, "Library", "Application Support", "sitrep");
    return { config: root, state: join(root, "state"), data: join(root, "data") };
  }
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

/** The files in a state folder: all that a hook knows. */
export interface StateFiles {
  /** The folder itself. */
  state: string;
  cache: string;
  store: string;
  monitorLock: string;
  installLock: string;
  live: string;
  gates: string;
  logs: string;
  hookFailures: string;
  installation: string;
  settingsRecords: string;
  /** Which projects' own files were allowed. */
  allowed: string;
  /** Secrets of sources, one record each. */
  secrets: string;
  /** Tokens of sign-ins, one record each. */
  tokens: string;
  /** Who has signed in where, without the tokens. */
  signIns: string;
  /** Sources that environment variables named. */
  keptSources: string;
  /** Counts requests against the limit. */
  limits: string;
  off: string;
  projectsOff: string;
}

/** `state`: an absolute path. Put together by hand: `join` for each costs a hook a hundredth of its time. */
export function stateFiles(state: string): StateFiles {
  const at = (name: string): string => `${state}/${name}`;
  return {
    state,
    cache: at("cache.db"),
    store: at("tasks.db"),
    monitorLock: at("monitor.lock"),
    installLock: at("install.lock"),
    live: at("live"),
    gates: at("gates"),
    logs: at("logs"),
    hookFailures: at("logs/hooks.log"),
    installation: at("installation.json"),
    settingsRecords: at("settings"),
    allowed: at("allowed"),
    secrets: at("secrets"),
    signIns: at("sign-ins"),
    tokens: at("tokens"),
    keptSources: at("kept-sources.json"),
    limits: at("limits.db"),
    off: at("off"),
    projectsOff: at("projects-off.json"),
  };
}

export const configFile = (config: string): string => join(config, "config.json");
