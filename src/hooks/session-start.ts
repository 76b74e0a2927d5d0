// SessionStart: gathers what the cache and git know, asks the monitor for what is stale, and renders the brief.

import { renderBrief, type BriefInput } from "../core/brief/brief.ts";
import { renderResumeBrief, type LastDelivered } from "../core/brief/resume-brief.ts";
import { defaultHookSettings, projectSettings } from "../core/hook-settings.ts";
import { deliveryNote, deliveryOf, lastDelivered } from "./session-history.ts";
import { prepareBackground, sinceOf } from "./session-history.ts";
import type { Background, BackgroundDeps } from "./session-history.ts";
import { gather, type GatherDeps, type MonitorPort, type Reading } from "./gather.ts";
import type { HookInput } from "./input.ts";
import type { CacheReader } from "./cache-reader.ts";
import type { Place } from "../git/repository.ts";
import type { HookAnswer, HookHandler } from "./hook-process.ts";
import type { DeliveredRecord } from "../state/cache/sessions.ts";

export interface SessionStartDeps extends GatherDeps, BackgroundDeps {
  locate: (cwd: string | null) => Place;
  /** True for a project that was switched off by a command. */
  isOff: (project: string) => boolean;
  /** False when a run beside this one writes for the same event of the session. May throw. */
  claimEvent: (sessionId: string, event: string) => boolean;
  /** Records what was delivered to a session. May throw. */
  record: (delivered: DeliveredRecord) => void;
}

/** Everything that a brief is made from. `last`: what a conversation that goes on holds already. */
export interface GatheredBrief {
  now: number;
  reading: Reading<Background>;
  brief: BriefInput;
  last: LastDelivered | null;
}

/** Gathers for a session as its hook does. The caller closes the cache in `reading`. */
export async function gatherBrief(
  deps: SessionStartDeps,
  input: HookInput,
  place: Place,
): Promise<GatheredBrief> {
  const reading = await gather(deps, place, (cache) =>
    prepareBackground(deps, cache, input, place),
  );
  const now = deps.now();
  const brief = briefInputOf(deps, place, now, reading);
  const { cache, prepared } = reading;
  const record = prepared?.previous ?? null;
  if (cache === null || record === null) return { now, reading, brief, last: null };
  const since = sinceOf(reading, cache, input, record);
  const last = prepared?.known == null ? null : lastDelivered(since, cache, input, prepared.known);
  return { now, reading, brief: { ...brief, since }, last };
}

const render = ({ brief, last }: GatheredBrief): string | null =>
  last === null ? renderBrief(brief) : renderResumeBrief(brief, last);

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

/** The input of every kind of brief, from what was gathered. */
export function briefInputOf(
  deps: Pick<SessionStartDeps, "calendar">,
  place: Place,
  now: number,
  reading: Reading<Pick<Background, "peers"> & Partial<Background>>,
): BriefInput {
  const settings = reading.cache?.settings() ?? defaultHookSettings;
  return {
    now,
    calendar: deps.calendar,
    sources: reading.cached.sources,
    ended: reading.cached.ended,
    cacheError: reading.cacheError,
    isMonitorAlive: reading.isMonitorAlive,
    git: reading.git,
    since: null,
    peers: reading.prepared?.peers ?? [],
    leftOff: reading.prepared?.leftOff ?? null,
    place: place.branch ?? place.leftBranch ?? place.worktree,
    me: settings.me,
    options: projectSettings(settings, place.project).brief,
  };
}

/** True when the project's settings or a command have silenced the hooks there. */
export function isSilent(
  deps: Pick<SessionStartDeps, "isOff">,
  place: Place,
  cache: CacheReader | null,
): boolean {
  if (deps.isOff(place.project)) return true;
  return cache !== null && projectSettings(cache.settings(), place.project).off;
}

/** False when another run of the same hook writes for this event. */
function isFirst(deps: SessionStartDeps, input: HookInput): boolean {
  if (input.sessionId === null) return true;
  const event = /^[a-z]{1,20}$/.test(input.source ?? "") ? input.source : "other";
  return deps.claimEvent(input.sessionId, event ?? "other");
}

export function createSessionStart(given: SessionStartDeps): HookHandler {
  return async (input): Promise<HookAnswer> => {
    const deps = depsFor(given, input);
    const place = deps.locate(input.cwd);
    if (deps.isOff(place.project)) return { context: null };
    const gathered = await gatherBrief(deps, input, place);
    const { reading, now } = gathered;
    const { cache } = reading;
    const text = isSilent(deps, place, cache) ? null : render(gathered);
    const context = text === null || isFirst(deps, input) ? text : null;
    return {
      context,
      afterwards: () => {
        const { sessionId } = input;
        if (sessionId !== null && cache !== null && (text === null || context !== null)) {
          const about = { sessionId, event: "SessionStart", cause: input.source ?? "unknown" };
          const delivery =
            text === null ? null : deliveryOf({ ...about, text }, place, now, reading);
          deps.record(deliveryNote({ ...input, sessionId }, place, now, reading, delivery));
        }
        cache?.close();
      },
    };
  };
}
