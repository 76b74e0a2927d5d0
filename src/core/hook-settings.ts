// The few settings that a hook needs, compiled from the configuration into the cache, so that a hook neither parses
// nor validates config.json and a mistake in it disturbs no session.

import { defaultBriefOptions, longestBrief, shortestBrief } from "./brief/brief.ts";
import type { BriefOptions } from "./brief/brief.ts";
import { readNumber, readObject } from "./read.ts";
import type { FreshnessLimits } from "./snapshot.ts";

export interface HookSettings {
  brief: BriefOptions;
  tasks: FreshnessLimits;
}

export const defaultHookSettings: HookSettings = {
  brief: defaultBriefOptions,
  tasks: { freshMs: 900_000, expireMs: 7 * 86_400_000 },
};

/** The key of the cache entry. */
export const hookSettingsKey = "hook-settings";

const within = (value: unknown, low: number, high: number, fallback: number): number => {
  const number = readNumber(value);
  return number === undefined ? fallback : Math.min(high, Math.max(low, number));
};

/** The settings in a cache entry; what is missing is the default, what is out of range the nearest that is not. */
export function readHookSettings(value: unknown): HookSettings {
  const from = readObject(value);
  const [brief, tasks] = [readObject(from?.["brief"]), readObject(from?.["tasks"])];
  const defaults = defaultHookSettings;
  const month = 30 * 86_400_000;
  return {
    brief: {
      maxCharacters: within(
        brief?.["maxCharacters"],
        shortestBrief,
        longestBrief,
        defaults.brief.maxCharacters,
      ),
      maxTasks: within(brief?.["maxTasks"], 0, 50, defaults.brief.maxTasks),
      ...(brief?.["hidesCached"] === true ? { hidesCached: true } : {}),
    },
    tasks: {
      freshMs: within(tasks?.["freshMs"], 0, month, defaults.tasks.freshMs),
      expireMs: within(tasks?.["expireMs"], 0, 12 * month, defaults.tasks.expireMs),
    },
  };
}
