// The monitor's configuration, read again when its file changes.

import { statSync } from "node:fs";
import { loadConfig } from "../config/config-file.ts";
import type { Config } from "../config/schema.ts";
import { codeOf } from "../core/errors.ts";
import type { MonitorLog } from "./log.ts";

export interface FollowedConfig {
  current: () => Config;
  /** True when the file has changed and was read again. */
  reload: () => boolean;
}

/** A mistake in the file is logged and leaves the last good configuration in force. */
export function followConfig(file: string, log: MonitorLog): FollowedConfig {
  const stamp = (): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const load = (fallback: Config): Config => {
    try {
      return loadConfig(file, process.env);
    } catch (error) {
      log.warn("the configuration is not valid; the last good one stays", { code: codeOf(error) });
      return fallback;
    }
  };
  let seen = stamp();
  let config = load(loadConfig("", {}));
  return {
    current: () => config,
    reload: () => {
      if (stamp() === seen) return false;
      seen = stamp();
      config = load(config);
      log.setLevel(config.logLevel);
      return true;
    },
  };
}
