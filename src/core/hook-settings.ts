// Compiled from config.json into the cache: a mistake in the file then disturbs no session.

import { defaultBriefOptions, readBriefOptions, type BriefOptions } from "./brief/options.ts";
import { noGuards, type GuardSettings } from "./guards.ts";
import { unknownIdentity, type Identity } from "./task/identity.ts";
import { itemKinds } from "./news/pending-news.ts";
import {
  each,
  orElse,
  readBoolean,
  readObject,
  readStrings,
  readTexts,
  recordOf,
  shape,
  within,
} from "./read.ts";
import type { FreshnessLimits } from "./snapshot.ts";

/** Each can be switched off. `file`: news of the file that a call is about to change. */
const newsKinds = [...itemKinds, "file"] as const;
export type NewsSwitches = Readonly<Record<(typeof newsKinds)[number], boolean>>;

export const allNews: NewsSwitches = Object.fromEntries(
  newsKinds.map((kind) => [kind, true]),
) as NewsSwitches;

export interface ProjectSettings {
  off: boolean;
  brief: BriefOptions;
  news: NewsSwitches;
  guards: GuardSettings;
}

export interface HookSettings extends ProjectSettings {
  me: Identity;
  tasks: FreshnessLimits;
  /** By the real path of the project's main worktree; complete, not only what differs. */
  projects: Readonly<Record<string, ProjectSettings>>;
}

export const defaultHookSettings: HookSettings = {
  off: false,
  brief: defaultBriefOptions,
  news: allNews,
  guards: noGuards,
  me: unknownIdentity,
  tasks: { freshMs: 900_000, expireMs: 7 * 86_400_000 },
  projects: {},
};

export const hookSettingsKey = "hook-settings";

const month = 30 * 86_400_000;
const readLimits = shape({}, { freshMs: within(0, month), expireMs: within(0, 12 * month) });

const readGuards = shape(
  {},
  {
    ...each(["commit", "forcePush", "movedUpstream", "edit"], readBoolean),
    protectedBranches: readTexts,
  },
);

const readSwitches = shape({}, each(newsKinds, readBoolean));

function readProject(value: unknown, otherwise: ProjectSettings): ProjectSettings {
  const from = readObject(value);
  return {
    off: readBoolean(from?.["off"]) ?? otherwise.off,
    brief: readBriefOptions(from?.["brief"], otherwise.brief),
    news: { ...otherwise.news, ...readSwitches(from?.["news"]) },
    guards: { ...otherwise.guards, ...readGuards(from?.["guards"]) },
  };
}

const readIdentity = orElse<Identity>(
  shape({ given: readStrings, likely: readStrings }),
  unknownIdentity,
);

/** The settings in a cache entry; a missing one is the default, and a number out of range becomes the nearest in range. */
export function readHookSettings(value: unknown): HookSettings {
  const from = readObject(value);
  const everywhere = readProject(value, defaultHookSettings);
  const readOwn = (one: unknown): ProjectSettings => readProject(one, everywhere);
  return {
    ...everywhere,
    me: readIdentity(from?.["me"]),
    tasks: { ...defaultHookSettings.tasks, ...readLimits(from?.["tasks"]) },
    projects: recordOf(readOwn)(from?.["projects"]) ?? {},
  };
}

export function projectSettings(settings: HookSettings, project: string): ProjectSettings {
  const own = Object.hasOwn(settings.projects, project) ? settings.projects[project] : undefined;
  return own ?? settings;
}
