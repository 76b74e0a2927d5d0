// Refreshes snapshots. A silent source does not delay others, and a failure never replaces a good response.

import { codeOf, SitrepError } from "../core/errors.ts";
import { mapTexts, readStrings } from "../core/read.ts";
import { maskTokens } from "../core/secrets/secret-text.ts";
import { SourceError } from "../core/source-error.ts";
import { nextFailure, type Failure } from "../core/snapshot.ts";
import type { ConfiguredSource, ProjectScope, TaskSource } from "../core/ports.ts";
import { parseTreeOrigin } from "../core/tree-origin.ts";
import { isOpenTask, type Task } from "../core/task/task.ts";
import { abortable, startDeadline } from "../http/deadline.ts";
import { getEntry, setEntry } from "../state/cache/cache-entries.ts";
import {
  configureSources,
  readSnapshotFailure,
  saveResponse,
  saveFailure,
  storedTaskIds,
} from "../state/cache/task-snapshots.ts";
import type { SnapshotKey } from "../state/cache/task-snapshots.ts";
import { readTreesInUse } from "../state/cache/sessions.ts";
import type { Sqlite } from "../state/sqlite/sqlite.ts";
import { findBlockers } from "./blockers.ts";

export interface RefreshDeps {
  db: Sqlite;
  /** The sources in their configured order. One that cannot be opened fails when it is asked. */
  sourcesOf: (scope: ProjectScope) => Promise<readonly ConfiguredSource[]>;
  now: () => number;
  timeoutMs: number;
  bySession: string | null;
  /** `sourcesOf` gives only some of the project's sources: the others keep their positions. */
  isPart?: boolean;
  /** Sources that are being asked, by `refreshingKey`, shared by refreshes: they are not asked twice at once. */
  underWay?: Set<string>;
}

export interface RefreshOptions {
  force: boolean;
  onlyFailed?: boolean;
  /** The name of the one source that is asked; null: all. The others keep their positions. */
  only?: string | null;
}

export interface RefreshResult {
  source: string;
  /** Null when it failed or was not asked. */
  tasks: number | null;
  /** The failure's code; `waiting` if a failed source is not due to be tried again, or is being asked already. */
  code: string | null;
  ms: number;
}

const maxEnded = 20;

export const refreshingKey = (
  { path }: ProjectScope,
  { name, origin }: Pick<TaskSource, "name" | "origin">,
): string => `${path}\n${name}\n${origin}`;

export function snapshotKey(source: TaskSource, project: string): SnapshotKey {
  return { project, source: source.name, origin: source.origin, subject: source.subject };
}

/** The last state of tasks that a source no longer lists, if it can look them up. */
async function findEnded(
  source: TaskSource,
  scope: ProjectScope,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Task[]> {
  const { get } = source;
  if (get === undefined || ids.length === 0) return [];
  const found = await Promise.allSettled(
    ids.slice(0, maxEnded).map((id) => get(scope, id, signal)),
  );
  return found
    .map((result) => (result.status === "fulfilled" ? result.value : null))
    .filter((task) => task !== null)
    .filter((task) => !isOpenTask(task));
}

const askedForMs = 24 * 60 * 60_000;

/** The names of the person who asks, asked for once a day; a failure gives none. */
async function namesOfMe(
  { db, now }: RefreshDeps,
  source: TaskSource,
  scope: ProjectScope,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (source.whoAmI === undefined) return [];
  const key = `who-am-i:${JSON.stringify([source.name, source.origin, source.subject])}`;
  const known = getEntry(db, key, now());
  if (known !== null) return readStrings(known);
  const value = await source.whoAmI(scope, signal).catch(() => []);
  setEntry(db, { key, kind: "free", value, ttlMs: askedForMs }, now());
  return value;
}

async function refreshSource(
  deps: RefreshDeps,
  { source, timeoutMs = 0 }: ConfiguredSource,
  scope: ProjectScope,
  others: readonly TaskSource[],
): Promise<number> {
  const key = snapshotKey(source, scope.path);
  const deadline = startDeadline(source.name, Math.max(deps.timeoutMs, timeoutMs));
  const { signal } = deadline;
  const ask = async () => {
    const { tasks, ...notes } = await source.listOpen(scope, signal);
    const listed = new Set(tasks.map((task) => task.id));
    const left = storedTaskIds(deps.db, key).filter((id) => !listed.has(id));
    if (left.length > 0 && (await source.isKnown?.(scope)) === false) {
      throw new SitrepError(
        "store-replaced",
        "tasks.db was replaced or emptied since the last refresh.",
      );
    }
    const { isCut, total } = notes;
    const about = { db: deps.db, scope, now: deps.now(), tasks, signal };
    const [ended, blockers, me] = await Promise.all([
      findEnded(source, scope, left, signal),
      findBlockers(source, others, { ...about, isCut: isCut || total !== null }),
      notes.me ?? namesOfMe(deps, source, scope, signal),
    ]);
    return { tasks, notes: { ...notes, me, blockers }, ended };
  };
  // Masks anybody's token in a response, so that it does not get into the cache and a brief.
  const given = await abortable(signal, ask).catch((error: unknown) => {
    throw deadline.failure() ?? error;
  });
  const response = mapTexts(given, maskTokens);
  saveResponse(deps.db, key, { ...response, at: deps.now(), bySession: deps.bySession });
  return response.tasks.length;
}

/** The failure's code; for a cooldown, the earlier failure's. A connection that broke off did reach the server. */
function reasonOf(
  error: unknown,
  known: Failure | null,
  { hasLogin = false, isOpen = false }: Pick<ConfiguredSource, "hasLogin" | "isOpen">,
): string {
  const code = codeOf(error);
  if (code === "source-cooldown" && known !== null) return known.code;
  if (code === "source-unreachable" && error instanceof SourceError && !error.isUnsent)
    return "source-interrupted";
  if (code !== "source-refused") return code;
  return hasLogin ? "sign-in-needed" : isOpen ? "sign-in-missing" : code;
}

/** The scope with the working trees whose files are read: the caller's, the main one, and those of sessions. */
export function withTreesInUse(db: Sqlite, scope: ProjectScope, now: number): ProjectScope {
  const used = readTreesInUse(db, scope.path, now - askedForMs);
  return { ...scope, trees: [...new Set([...(scope.trees ?? []), scope.path, ...used])] };
}

/** False for the files of two working trees. */
function isAlongside(origin: string, other: string): boolean {
  const [tree, otherTree] = [parseTreeOrigin(origin), parseTreeOrigin(other)];
  return tree === null || otherTree === null || tree === otherTree;
}

/** Refreshes a project's sources. `force`: also failed ones that are not due yet. `onlyFailed`: no others. */
export async function refreshTasks(
  deps: RefreshDeps,
  scope: ProjectScope,
  { force, onlyFailed = false, only = null }: RefreshOptions,
): Promise<RefreshResult[]> {
  const sources = await deps.sourcesOf(withTreesInUse(deps.db, scope, deps.now()));
  const places = sources.map(({ source, isFallback }) => ({
    key: snapshotKey(source, scope.path),
    isFallback,
  }));
  configureSources(deps.db, scope.path, places, deps.isPart);
  return Promise.all(
    sources.map(async (configured): Promise<RefreshResult> => {
      const { source } = configured;
      const started = deps.now();
      const key = snapshotKey(source, scope.path);
      const known = readSnapshotFailure(deps.db, key);
      const mark = refreshingKey(scope, source);
      const isCoolingDown = !force && known !== null && known.nextTryAt > started;
      const isLeftOut = only !== null && source.name !== only;
      if (
        isLeftOut ||
        isCoolingDown ||
        (onlyFailed && known === null) ||
        deps.underWay?.has(mark) === true
      ) {
        return { source: source.name, tasks: null, code: "waiting", ms: 0 };
      }
      deps.underWay?.add(mark);
      try {
        // The same list in another working tree belongs to another branch.
        const others = sources
          .map((one) => one.source)
          .filter(({ name, origin }) => name !== source.name && isAlongside(origin, source.origin));
        const tasks = await refreshSource(deps, configured, scope, others);
        return { source: source.name, tasks, code: null, ms: deps.now() - started };
      } catch (error) {
        const code = reasonOf(error, known, configured);
        const askedDelayMs = error instanceof SourceError ? (error.retryAfterMs ?? 0) : 0;
        const way = { askedDelayMs, isForced: force };
        saveFailure(deps.db, key, nextFailure(known, code, deps.now(), way));
        return { source: source.name, tasks: null, code, ms: deps.now() - started };
      } finally {
        deps.underWay?.delete(mark);
      }
    }),
  );
}
