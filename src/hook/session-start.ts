// SessionStart: gathers what the cache and git know, asks the monitor for what is stale, and renders the brief.

import { renderBrief } from "../core/brief/brief.ts";
import type { BriefInput } from "../core/brief/brief.ts";
import { renderResumeBrief } from "../core/brief/resume-brief.ts";
import { defaultHookSettings } from "../core/hook-settings.ts";
import type { SessionRecord } from "../core/session.ts";
import { recordAfter } from "../core/told.ts";
import type { Calendar } from "../core/words.ts";
import { gather } from "./gather.ts";
import type { GatherDeps, Reading } from "./gather.ts";
import type { HookInput } from "./input.ts";
import type { CacheReader, MonitorPort, Place, ToldNote, ToldSheet } from "./ports.ts";
import type { HookAnswer, HookHandler } from "./runner.ts";

export interface SessionStartDeps extends GatherDeps {
  calendar: Calendar;
  /** A new fence key. */
  newKey: () => string;
  locate: (cwd: string | null) => Place;
  /** What a session was told and the monitor has not noted yet. May throw. */
  toldSheets: (sessionId: string) => readonly ToldSheet[];
  /** Writes down what a session was told. May throw. */
  note: (told: ToldNote) => void;
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
