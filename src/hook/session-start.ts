// SessionStart: gathers what the cache and git know, asks the monitor for what is stale, and renders the brief.

import { renderBrief } from "../core/brief/brief.ts";
import type { BriefInput } from "../core/brief/brief.ts";
import type { GitView } from "../core/brief/git-lines.ts";
import { renderResumeBrief } from "../core/brief/resume-brief.ts";
import type { SourceView } from "../core/brief/source-lines.ts";
import { codeOf } from "../core/errors.ts";
import { defaultHookSettings } from "../core/hook-settings.ts";
import type { SessionRecord } from "../core/session.ts";
import { recordAfter } from "../core/told.ts";
import type { Calendar } from "../core/words.ts";
import type { HookInput } from "./input.ts";
import type { CacheReader, GitReader, MonitorPort, Place, ToldNote, ToldSheet } from "./ports.ts";
import type { HookAnswer, HookHandler } from "./runner.ts";

export interface SessionStartDeps {
  now: () => number;
  calendar: Calendar;
  /** A new fence key. */
  newKey: () => string;
  locate: (cwd: string | null) => Place;
  /** Throws when the cache cannot be used. */
  openCache: () => CacheReader;
  readGit: GitReader;
  /** What a session was told and the monitor has not noted yet. May throw. */
  toldSheets: (sessionId: string) => readonly ToldSheet[];
  monitor: MonitorPort;
  /** Writes down what a session was told. May throw. */
  note: (told: ToldNote) => void;
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

interface CacheReading {
  sources: SourceView[];
  seq: number;
}

function readCache(cache: CacheReader, place: Place, now: number): CacheReading {
  const limits = cache.settings().tasks;
  return cache.atOnce(() => ({
    sources: cache.sources({ project: place.project, branch: place.branch, now, limits }),
    seq: cache.lastSeq(),
  }));
}

/** The cache's answer, after the monitor had a moment to better it where it is stale. */
async function readFreshCache(
  deps: SessionStartDeps,
  cache: CacheReader,
  place: Place,
): Promise<CacheReading> {
  const since = deps.now();
  let reading = readCache(cache, place, since);
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
    reading = readCache(cache, place, deps.now());
    const { sources } = reading;
    if (sources.length > 0 && sources.every((view) => hasAnswered(view, since))) break;
  }
  return reading;
}

interface Reading {
  cache: CacheReader | null;
  cacheError: string | null;
  cached: CacheReading;
  git: GitView;
}

async function gather(deps: SessionStartDeps, place: Place): Promise<Reading> {
  let cache: CacheReader | null = null;
  let cacheError: string | null = null;
  try {
    cache = deps.openCache();
    const git = deps.readGit(place, cache.git(place.worktree), deps.now());
    const cached = await readFreshCache(deps, cache, place);
    return { cache, cacheError, cached, git: await git };
  } catch (error) {
    cacheError = codeOf(error);
    deps.report(cacheError);
  }
  cache?.close();
  if (!deps.monitor.isAlive()) deps.monitor.start();
  const git = await deps.readGit(place, null, deps.now());
  return { cache: null, cacheError, cached: { sources: [], seq: 0 }, git };
}

/** Sources whose old copy of the brief is still in the conversation. */
const goesOn: ReadonlySet<string | null> = new Set(["resume", "fork"]);

/** This session's record; a fork begins with what the session before it knows. */
function recordedSession(cache: CacheReader, input: HookInput, place: Place): SessionRecord | null {
  const own = input.sessionId === null ? null : cache.session(input.sessionId);
  if (own !== null || input.source !== "fork") return own;
  return cache.previousSession(place.project, input.sessionId);
}

/** What the conversation holds already; null when it begins empty. */
function knownSession(
  deps: SessionStartDeps,
  cache: CacheReader,
  input: HookInput,
  place: Place,
): SessionRecord | null {
  const record = goesOn.has(input.source) ? recordedSession(cache, input, place) : null;
  if (record === null) return null;
  return deps
    .toldSheets(record.id)
    .reduce((known, { kind, sheet }) => recordAfter(known, kind, sheet), record);
}

function render(
  deps: SessionStartDeps,
  input: HookInput,
  place: Place,
  brief: BriefInput,
  reading: Reading,
): string | null {
  const { cache } = reading;
  if (cache === null) return renderBrief(brief);
  const known = knownSession(deps, cache, input, place);
  if (known !== null) {
    const changes = cache.changesSince({
      project: place.project,
      seq: known.toldSeq,
      exceptSession: input.sessionId,
    });
    return renderResumeBrief(brief, { at: known.toldAt, git: known.told.git, changes });
  }
  const previous = cache.previousSession(place.project, input.sessionId);
  if (previous === null) return renderBrief(brief);
  const changes = cache.changesSince({
    project: place.project,
    seq: previous.toldSeq,
    exceptSession: null,
  });
  return renderBrief({ ...brief, since: { at: previous.lastSeen, changes } });
}

function toldNote(sessionId: string, place: Place, now: number, reading: Reading): ToldNote {
  const sources: Record<string, string | null> = {};
  for (const view of reading.cached.sources) sources[view.source] = view.failure?.code ?? null;
  const git = reading.git.kind === "state" ? reading.git.state : null;
  return { sessionId, place, at: now, seq: reading.cached.seq, told: { git, sources } };
}

/** Takes every request and does nothing. */
export const noMonitor: MonitorPort = {
  isAlive: () => true,
  start: () => undefined,
  requestRefresh: () => undefined,
};

/** A run that belongs to no session (the installer's check) reads what there is and sets nothing going. */
function depsFor(deps: SessionStartDeps, input: HookInput): SessionStartDeps {
  return input.sessionId === null ? { ...deps, monitor: noMonitor, longestWaitMs: 0 } : deps;
}

export function createSessionStart(given: SessionStartDeps): HookHandler {
  return async (input): Promise<HookAnswer> => {
    const deps = depsFor(given, input);
    const place = deps.locate(input.cwd);
    const reading = await gather(deps, place);
    const now = deps.now();
    const settings = reading.cache?.settings() ?? defaultHookSettings;
    const brief: BriefInput = {
      project: place.projectName,
      now,
      calendar: deps.calendar,
      key: deps.newKey(),
      sources: reading.cached.sources,
      cacheError: reading.cacheError,
      git: reading.git,
      since: null,
      options: settings.brief,
    };
    const context = render(deps, input, place, brief, reading);
    return {
      context,
      afterwards: () => {
        reading.cache?.close();
        if (input.sessionId !== null && reading.cache !== null) {
          deps.note(toldNote(input.sessionId, place, now, reading));
        }
      },
    };
  };
}
