// Gathers what the cache and git know of a session's working folder, and gives the monitor a moment to refresh what is stale.

import type { GitView } from "../core/brief/git-lines.ts";
import type { RefUpdate } from "../core/brief/since-lines.ts";
import type { SourceView } from "../core/brief/source-view.ts";
import { noCurrentMismatches } from "../core/task/mismatch.ts";
import { codeOf } from "../core/errors.ts";
import type { LastHandoff } from "../core/handoff/handoff.ts";
import type { Peer } from "../core/news/peers.ts";
import type { SessionRecord } from "../core/session.ts";
import type { CacheReader } from "./cache-reader.ts";
import type { GitReader } from "./git-reader.ts";
import type { SessionLocation } from "../git/repository.ts";
import type { BriefFacts } from "../state/cache/brief-facts.ts";
import type { Calendar } from "../core/time.ts";
import type { MonitorStarter } from "../monitor/launch.ts";

export interface MonitorPort extends MonitorStarter {
  /** Asks for the tasks of the project of this working tree. Never throws. */
  requestRefresh(worktree: string): void;
}

export const noMonitor: MonitorPort = {
  isAlive: () => true,
  start: () => undefined,
  requestRefresh: () => undefined,
};

export interface GatherDeps {
  now: () => number;
  calendar: Calendar;
  /** Throws when the cache cannot be used. */
  openCache: () => CacheReader;
  readGit: GitReader;
  monitor: MonitorPort;
  report: (code: string) => void;
  sleep: (ms: number) => Promise<void>;
  clock: () => number;
  /** How long the monitor may take to refresh what is stale. */
  maxWaitMs: number;
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

/** What the cache knows, after the monitor had a moment to refresh it where it is stale. */
async function freshFacts(
  { monitor, ...deps }: GatherDeps,
  cache: CacheReader,
  place: SessionLocation,
): Promise<BriefFacts> {
  const since = deps.now();
  let facts = cache.facts(place, since, deps.calendar);
  const isStale = needsRefresh(facts.sources, since);
  if (isStale) monitor.requestRefresh(place.worktree);
  if (!monitor.isAlive()) monitor.start();
  const end = deps.clock() + (isStale ? deps.maxWaitMs : 0);
  while (deps.clock() < end) {
    await deps.sleep(pollMs);
    facts = cache.facts(place, deps.now(), deps.calendar);
    const { sources } = facts;
    if (sources.length > 0 && sources.every((view) => hasAnswered(view, since))) break;
  }
  return facts;
}

export interface Background {
  known: SessionRecord | null;
  previous: SessionRecord | null;
  refUpdates: readonly RefUpdate[];
  peers: readonly Peer[];
  /** The handoff left here; null if the conversation holds it. */
  leftOff: LastHandoff | null;
}

export const noBackground: Background = {
  known: null,
  previous: null,
  refUpdates: [],
  peers: [],
  leftOff: null,
};

export interface Reading extends BriefFacts {
  /** Open if it could be read; else `cacheError` is set. */
  cache: CacheReader | null;
  cacheError: string | null;
  git: GitView;
  background: Background;
  /** False if no monitor was running when the hook began. */
  isMonitorAlive: boolean;
}

export async function gather(
  deps: GatherDeps,
  place: SessionLocation,
  prepare: (cache: CacheReader) => Promise<Background>,
): Promise<Reading> {
  const isMonitorAlive = deps.monitor.isAlive();
  let cache: CacheReader | null = null;
  try {
    cache = deps.openCache();
    const git = deps.readGit(place, cache.git(place.worktree), deps.now());
    const background = prepare(cache);
    // Awaited last; its failure must not be unhandled meanwhile.
    background.catch(() => undefined);
    const facts = await freshFacts(deps, cache, place);
    const found = { git: await git, background: await background };
    return { ...facts, ...found, cache, cacheError: null, isMonitorAlive };
  } catch (error) {
    const cacheError = codeOf(error);
    deps.report(cacheError);
    cache?.close();
    if (!deps.monitor.isAlive()) deps.monitor.start();
    const git = await deps.readGit(place, null, deps.now());
    const noFacts = { sources: [], ended: [], mismatches: noCurrentMismatches, pull: null, seq: 0 };
    const nothing = { ...noFacts, background: noBackground, cache: null };
    return { ...nothing, git, cacheError, isMonitorAlive };
  }
}
