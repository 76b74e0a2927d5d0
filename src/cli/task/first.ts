// The first tasks of all sources, as they are cached: what `task list` shows, however long the list, without checking
// the configuration or reading the store. Where one of them has what the cache does not have, nothing is said here.

import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { readCache, type CommandContext } from "../../config/context.ts";
import { projectFileName } from "../../config/folders.ts";
import { gitIdentity } from "../../config/git-identity.ts";
import { hookSettingsKey, readHookSettings, type HookSettings } from "../../core/hook-settings.ts";
import type { SourceView } from "../../core/brief/source-view.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { parseJson, readItems, readObject, readString } from "../../core/read.ts";
import { isCurrent } from "../../sources/snapshot-currency.ts";
import { getStaleEntry } from "../../state/cache/entries.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { readSourceViews } from "../../state/cache/source-views.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import { rankedOf, type Ranked } from "./ranked.ts";

/** The settings that the cache has, where no file or variable says otherwise since. */
function cachedSettings(context: CommandContext, db: Sqlite, now: number): HookSettings | null {
  const entry = getStaleEntry(db, hookSettingsKey, now);
  if (entry === null || context.env["TASK_CACHE_TTL"]) return null;
  const changedAt = statSync(context.configFile, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return changedAt < now - entry.ageMs ? readHookSettings(entry.value) : null;
}

/** The names of the sources that a file may give a project, allowed or not; one that nothing has where it makes no sense. */
function namesIn(file: string, { path, name }: ProjectScope): string[] {
  const text = readSmallFile(file, 1024 * 1024);
  if (text === null) return [];
  const value = parseJson(text.replace(/^\uFEFF/, ""));
  const list = Array.isArray(value) ? value : (readObject(value)?.["sources"] ?? []);
  if (value === undefined || !Array.isArray(list)) return [""];
  return readItems(list, readObject).flatMap((one) => {
    const { enabled, projects } = one;
    const isHere = !Array.isArray(projects) || projects.includes(path) || projects.includes(name);
    return enabled === false || !isHere ? [] : [readString(one["name"]) ?? ""];
  });
}

/** Those that the configuration may give a project: one that was never asked is not in the cache. */
const possibleNames = (context: CommandContext, scope: ProjectScope): string[] =>
  [context.configFile, context.files.keptSources, join(scope.path, projectFileName)].flatMap(
    (file) => namesIn(file, scope),
  );

/** Null where the whole list has to be read to say it. */
export function firstTasks(
  context: CommandContext,
  scope: Required<ProjectScope>,
  most: number,
): Ranked | null {
  const at = Date.now();
  const { path: project, branch } = scope;
  try {
    return readCache(context, (db) => {
      const settings = cachedSettings(context, db, at);
      if (settings === null) return null;
      const likely = gitIdentity(context.env["HOME"] ?? homedir(), context.env);
      const me = { ...settings.me, likely };
      const range = { project, branch, now: at, limits: settings.tasks, most, me };
      const views = readSourceViews(db, range);
      const own = views.find(({ isBuiltIn }) => isBuiltIn);
      const isAsStored =
        own?.failure === null && isCurrent(context.files.store, project, own.fetchedAt);
      if (!isAsStored) return null;
      const known = new Set(views.map(({ source }) => source));
      if (possibleNames(context, scope).some((name) => !known.has(name))) return null;
      // However long ago it was read.
      const now: SourceView = { ...own, freshness: "fresh" };
      const viewed = views.map((view) => (view === own ? now : view));
      return rankedOf(context, scope, viewed, { only: null, me });
    });
  } catch {
    return null;
  }
}
