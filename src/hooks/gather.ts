// Gathers what the cache and git know of a place, and gives the monitor a moment to better what is stale.

import type { GitView } from "../core/brief/git-lines.ts";
import type { SourceView } from "../core/brief/source-view.ts";
import type { TaskChange } from "../core/news/changes.ts";
import { codeOf } from "../core/errors.ts";
import { belongsToBranch } from "../core/task/branch-tasks.ts";
import { projectSettings } from "../core/hook-settings.ts";
import type { CacheReader } from "./cache-reader.ts";
import type { GitReader } from "./git-reader.ts";
import type { Place } from "../git/repository.ts";
import { dayOf, type Calendar } from "../core/time.ts";
import type { MonitorStarter } from "../monitor/launch.ts";

export interface MonitorPort extends MonitorStarter {
  /** Asks for this project's tasks. Never throws. */
  requestRefresh(project: string): void;
}

export interface GatherDeps {
  now: () => number;
  calendar: Calendar;
  /** Throws when the cache cannot be used. */
  openCache: () => CacheReader;
  readGit: GitReader;
  monitor: MonitorPort;
  /** Notes a failure by its code. */
  report: (code: string) => void;
  sleep: (ms: number) => Promise<void>;
  /** Monotonic milliseconds. */
  clock: () => number;
  /** How long the monitor may take to better what is stale. */
  longestWaitMs: number;
}

/** A failure younger than this is not tried again while a session waits. */
const knownFailingMs = 5 * 60_000;
const pollMs = 15;

/** True when asking now may help: something is not fresh, and is not known to be failing. */
export function needsRefresh(sources: readonly SourceView[], now: number): boolean {
  if (sources.length === 0) return true;
  return sources.some(
    (view) =>
      view.freshness !== "fresh" &&
      (view.failure === null || now - view.failure.at > knownFailingMs),
  );
}

const hasAnswered = (view: SourceView, since: number): boolean =>
  (view.fetchedAt ?? 0) >= since || (view.failure?.at ?? 0) >= since;

export interface CacheReading {
  sources: SourceView[];
  /** The tasks that the branch checked out names and that are over. */
  ended: TaskChange[];
  seq: number;
}

function readCache(
  { calendar }: Pick<GatherDeps, "calendar">,
  cache: CacheReader,
  place: Place,
  now: number,
): CacheReading {
  const { project, branch: checkedOut, leftBranch = null } = place;
  const branch = checkedOut ?? leftBranch;
  const settings = cache.settings();
  const { me, tasks: limits } = settings;
  const most = projectSettings(settings, project).brief.maxTasks + 1;
  const today = dayOf(calendar(now), now);
  return cache.atOnce(() => {
    const sources = cache.sources({ project, branch, now, limits, most, me, today });
    // A branch whose task is open needs no look at what is over.
    const isOpen = sources.some(({ tasks }) => tasks.some((task) => belongsToBranch(task, branch)));
    const ended = branch === null || isOpen ? [] : cache.endedOfBranch(project, branch);
    return { sources, ended, seq: cache.lastSeq() };
  });
}

/** The cache's answer, after the monitor had a moment to better it where it is stale. */
async function readFreshCache(
  deps: GatherDeps,
  cache: CacheReader,
  place: Place,
): Promise<CacheReading> {
  const since = deps.now();
  let reading = readCache(deps, cache, place, since);
  const isAlive = deps.monitor.isAlive();
  if (!needsRefresh(reading.sources, since)) {
    if (!isAlive) deps.monitor.start();
    return reading;
  }
  deps.monitor.requestRefresh(place.project);
  if (!isAlive) deps.monitor.start();
  const end = deps.clock() + deps.longestWaitMs;
  while (deps.clock() < end) {
    await deps.sleep(pollMs);
    reading = readCache(deps, cache, place, deps.now());
    const { sources } = reading;
    if (sources.length > 0 && sources.every((view) => hasAnswered(view, since))) break;
  }
  return reading;
}

/** `cache` stays open where it could be read; `cacheError` is set where not. */
export interface Reading<T> {
  cache: CacheReader | null;
  cacheError: string | null;
  cached: CacheReading;
  git: GitView;
  /** Null where the cache could not be read. */
  prepared: T | null;
  /** False when no monitor was running as the hook began. */
  isMonitorAlive: boolean;
}

/** `prepare`: what else is to be made of the cache while git and the monitor are at work. */
export async function gather<T>(
  deps: GatherDeps,
  place: Place,
  prepare: (cache: CacheReader) => Promise<T>,
): Promise<Reading<T>> {
  const isMonitorAlive = deps.monitor.isAlive();
  let cache: CacheReader | null = null;
  try {
    cache = deps.openCache();
    const git = deps.readGit(place, cache.git(place.worktree), deps.now());
    const prepared = prepare(cache);
    // Awaited last; a failure of it must not be unhandled meanwhile.
    prepared.catch(() => undefined);
    const cached = await readFreshCache(deps, cache, place);
    const [view, ready] = [await git, await prepared];
    return { cache, cacheError: null, cached, git: view, prepared: ready, isMonitorAlive };
  } catch (error) {
    const cacheError = codeOf(error);
    deps.report(cacheError);
    cache?.close();
    if (!deps.monitor.isAlive()) deps.monitor.start();
    const git = await deps.readGit(place, null, deps.now());
    const cached = { sources: [], ended: [], seq: 0 };
    return { cache: null, cacheError, cached, git, prepared: null, isMonitorAlive };
  }
}
