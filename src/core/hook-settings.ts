// The few settings that a hook needs, compiled from the configuration into the cache, so that a hook neither parses
// nor validates config.json and a mistake in it disturbs no session.

import { defaultBriefOptions, readBriefOptions, type BriefOptions } from "./brief/options.ts";
import { noGuards, type GuardSettings } from "./guards.ts";
import { nobodyKnown, type Identity } from "./task/identity.ts";
import { itemKinds } from "./news/pending-news.ts";
import { readBoolean, readObject, readStrings, readWithin, withGiven } from "./read.ts";
import type { FreshnessLimits } from "./snapshot.ts";

/** What can be switched off, each on its own. `file` is news of the very file that a call is about to change. */
const newsKinds = [...itemKinds, "file"] as const;
export type NewsSwitches = Readonly<Record<(typeof newsKinds)[number], boolean>>;

export const allNews: NewsSwitches = Object.fromEntries(
  newsKinds.map((kind) => [kind, true]),
) as NewsSwitches;

/** What can differ from project to project. */
export interface ProjectSettings {
  /** True: no hook says anything there. */
  off: boolean;
  brief: BriefOptions;
  news: NewsSwitches;
  guards: GuardSettings;
}

export interface HookSettings extends ProjectSettings {
  /** The person whose machine this is. */
  me: Identity;
  tasks: FreshnessLimits;
  /** By the real path of the project's main worktree; whole, not only what differs. */
  projects: Readonly<Record<string, ProjectSettings>>;
}

export const defaultHookSettings: HookSettings = {
  off: false,
  brief: defaultBriefOptions,
  news: allNews,
  guards: noGuards,
  me: nobodyKnown,
  tasks: { freshMs: 900_000, expireMs: 7 * 86_400_000 },
  projects: {},
};

/** The key of the cache entry. */
export const hookSettingsKey = "hook-settings";

function readSwitches(value: unknown, otherwise: NewsSwitches): NewsSwitches {
  const from = readObject(value);
  const given = Object.fromEntries(newsKinds.map((kind) => [kind, readBoolean(from?.[kind])]));
  return withGiven(otherwise, given);
}

function readGuards(value: unknown, otherwise: GuardSettings): GuardSettings {
  const from = readObject(value);
  const branches = from?.["protectedBranches"];
  return withGiven(otherwise, {
    commit: readBoolean(from?.["commit"]),
    forcePush: readBoolean(from?.["forcePush"]),
    movedUpstream: readBoolean(from?.["movedUpstream"]),
    edit: readBoolean(from?.["edit"]),
    protectedBranches: Array.isArray(branches) ? readStrings(branches) : undefined,
  });
}

function readProject(value: unknown, otherwise: ProjectSettings): ProjectSettings {
  const from = readObject(value);
  return {
    off: readBoolean(from?.["off"]) ?? otherwise.off,
    brief: readBriefOptions(from?.["brief"], otherwise.brief),
    news: readSwitches(from?.["news"], otherwise.news),
    guards: readGuards(from?.["guards"], otherwise.guards),
  };
}

function readIdentity(value: unknown): Identity {
  const from = readObject(value);
  return { given: readStrings(from?.["given"]), likely: readStrings(from?.["likely"]) };
}

/** The settings in a cache entry; what is missing is the default, what is out of range the nearest that is not. */
export function readHookSettings(value: unknown): HookSettings {
  const from = readObject(value);
  const tasks = readObject(from?.["tasks"]);
  const defaults = defaultHookSettings;
  const everywhere = readProject(value, defaults);
  const month = 30 * 86_400_000;
  const projects: Record<string, ProjectSettings> = {};
  for (const [path, one] of Object.entries(readObject(from?.["projects"]) ?? {})) {
    projects[path] = readProject(one, everywhere);
  }
  return {
    ...everywhere,
    me: readIdentity(from?.["me"]),
    tasks: {
      freshMs: readWithin(tasks?.["freshMs"], 0, month, defaults.tasks.freshMs),
      expireMs: readWithin(tasks?.["expireMs"], 0, 12 * month, defaults.tasks.expireMs),
    },
    projects,
  };
}

/** The settings that hold in a project. */
export function projectSettings(settings: HookSettings, project: string): ProjectSettings {
  const own = Object.hasOwn(settings.projects, project) ? settings.projects[project] : undefined;
  return own ?? settings;
}
