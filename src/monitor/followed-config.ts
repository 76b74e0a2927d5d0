import { statSync } from "node:fs";
import { loadConfig } from "../config/config-file.ts";
import type { Config } from "../config/schema.ts";
import { codeOf } from "../core/errors.ts";
import type { MonitorLog } from "./monitor-log.ts";

export interface FollowedConfig {
  current: () => Config;
  reload: () => boolean;
}

/** Reloads the configuration when its file changes. Logs an invalid file and keeps the last good configuration. */
export function followConfig(file: string, log: MonitorLog): FollowedConfig {
  const stamp = (): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  let seen = stamp();
  let config = loadConfig("", {});
  const load = (): void => {
    try {
      config = loadConfig(file, process.env);
    } catch (error) {
      log.warn("invalid configuration: keeping the last good one", { code: codeOf(error) });
    }
    log.setLevel(config.logLevel);
  };
  load();
  return {
    current: () => config,
    reload: () => {
      if (stamp() === seen) return false;
      seen = stamp();
      load();
      return true;
    },
  };
}
