// `task list` from the cache: a store of 10,000 tasks takes six times as long. Null if the cache may be incomplete.

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
import { getStaleEntry } from "../../state/cache/cache-entries.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { readSourceViews } from "../../state/cache/source-views.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import { rankListed, type Ranked } from "./ranked.ts";

/** Null when the configuration file or a variable may have changed the settings since. */
function cachedSettings(context: CommandContext, db: Sqlite, now: number): HookSettings | null {
  const entry = getStaleEntry(db, hookSettingsKey, now);
  if (entry === null || context.env["TASK_CACHE_TTL"]) return null;
  const changedAt = statSync(context.configFile, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return changedAt < now - entry.ageMs ? readHookSettings(entry.value) : null;
}

/** Names the sources that a file may give the project, allowed or not; "" for one that cannot be read. */
function namesIn(file: string, { path, name }: ProjectScope): string[] {
  const text = readSmallFile(file, 1024 * 1024);
  if (text === null) return [];
  const value = parseJson(text);
  const list = Array.isArray(value) ? value : (readObject(value)?.["sources"] ?? []);
  if (value === undefined || !Array.isArray(list)) return [""];
  return readItems(list, readObject).flatMap((one) => {
    const { enabled, projects } = one;
    const isHere = !Array.isArray(projects) || projects.includes(path) || projects.includes(name);
    return enabled === false || !isHere ? [] : [readString(one["name"]) ?? ""];
  });
}

/** True when the cache has every source that the configuration may give the project. */
function hasEverySource(
  { configFile, files }: CommandContext,
  scope: ProjectScope,
  views: readonly SourceView[],
): boolean {
  const known = new Set(views.map(({ source }) => source));
  return [configFile, files.keptSources, join(scope.path, projectFileName)]
    .flatMap((file) => namesIn(file, scope))
    .every((name) => known.has(name));
}

/** Lists up to `most` tasks of each source; null when the store or the configuration must be read. */
export function cachedList(
  context: CommandContext,
  scope: Required<ProjectScope>,
  most: number,
): Ranked | null {
  const now = Date.now();
  const {
    path: project,
    branch,
    trees: [worktree = project],
  } = scope;
  try {
    return readCache(context, (db) => {
      const settings = cachedSettings(context, db, now);
      if (settings === null) return null;
      const { env } = context;
      const me = { ...settings.me, likely: gitIdentity(env["HOME"] ?? homedir(), env) };
      const limits = settings.tasks;
      const views = readSourceViews(db, { project, worktree, branch, now, limits, most, me });
      const own = views.find(({ isBuiltIn }) => isBuiltIn);
      if (own === undefined || own.failure !== null) return null;
      if (!isCurrent(context.files.store, project, own.fetchedAt)) return null;
      if (!hasEverySource(context, scope, views)) return null;
      // The snapshot equals the store, so it is fresh at any age.
      const fresh = views.map((view) =>
        view === own ? { ...own, freshness: "fresh" as const } : view,
      );
      return rankListed(context, scope, fresh, { only: null, me });
    });
  } catch {
    return null;
  }
}
