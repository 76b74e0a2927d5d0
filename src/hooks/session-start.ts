// SessionStart: gathers what the cache and git know, asks the monitor for what is stale, and renders the brief.

import { renderBrief } from "../core/brief/brief.ts";
import { createBriefInput, type BriefInput } from "../core/brief/brief-input.ts";
import { renderResumeBrief, type LastDelivered } from "../core/brief/resume-brief.ts";
import { defaultHookSettings, projectSettings } from "../core/hook-settings.ts";
import { openCount } from "../core/task/task.ts";
import { deliveryNote, createDelivery, lastDelivered } from "./session-history.ts";
import { prepareBackground, readSince, type BackgroundDeps } from "./session-history.ts";
import { gather, noMonitor, type GatherDeps, type Reading } from "./gather-brief.ts";
import type { HookInput } from "./input.ts";
import type { CacheReader } from "./cache-reader.ts";
import type { SessionLocation } from "../git/repository.ts";
import type { HookResponse, HookHandler } from "./hook-process.ts";
import type { DeliveredRecord } from "../state/cache/sessions.ts";

export interface SessionStartDeps extends GatherDeps, BackgroundDeps {
  locate: (cwd: string | null) => SessionLocation;
  isOff: (project: string) => boolean;
  /** False when another run answers the same event of the session. May throw. */
  claimEvent: (sessionId: string, event: string) => boolean;
  record: (delivered: DeliveredRecord) => void;
}

export interface GatheredBrief {
  now: number;
  reading: Reading;
  brief: BriefInput;
  last: LastDelivered | null;
}

export const readingInput = (
  { calendar }: Pick<SessionStartDeps, "calendar">,
  place: SessionLocation,
  now: number,
  { cache, sources, ended, mismatches, pull, cacheError, isMonitorAlive, git, background }: Reading,
): BriefInput =>
  createBriefInput(place, cache?.settings() ?? defaultHookSettings, {
    now,
    calendar,
    sources,
    ended,
    mismatches,
    pull,
    cacheError,
    isMonitorAlive,
    git,
    peers: background.peers,
    leftOff: background.leftOff,
  });

/** Gathers for a session as its hook does. The caller closes the cache in `reading`. */
export async function gatherBrief(
  deps: SessionStartDeps,
  input: HookInput,
  place: SessionLocation,
): Promise<GatheredBrief> {
  const reading = await gather(deps, place, (cache) =>
    prepareBackground(deps, cache, input, place),
  );
  const now = deps.now();
  const brief = readingInput(deps, place, now, reading);
  const { cache, background } = reading;
  const { known, previous } = background;
  if (cache === null || previous === null) return { now, reading, brief, last: null };
  const since = readSince(reading, cache, input, previous, place.worktree);
  const last = known === null ? null : lastDelivered(since, cache, input, known, place.worktree);
  return { now, reading, brief: { ...brief, since }, last };
}

const render = ({ brief, last }: GatheredBrief): string | null =>
  last === null ? renderBrief(brief) : renderResumeBrief(brief, last);

/** A run outside a session (the installer's check) reads what is there and starts nothing. */
const depsFor = (deps: SessionStartDeps, input: HookInput): SessionStartDeps =>
  input.sessionId === null ? { ...deps, monitor: noMonitor, maxWaitMs: 0 } : deps;

export const isSilent = (
  deps: Pick<SessionStartDeps, "isOff">,
  { project }: SessionLocation,
  cache: CacheReader | null,
): boolean =>
  deps.isOff(project) || (cache !== null && projectSettings(cache.settings(), project).off);

function isFirst(deps: SessionStartDeps, { sessionId, source }: HookInput): boolean {
  if (sessionId === null) return true;
  const isPlain = source !== null && /^[a-z]{1,20}$/.test(source);
  return deps.claimEvent(sessionId, isPlain ? source : "other");
}

/** A message to the person, once in a project: it has tasks that no source shows. Only if there are no open tasks. */
function messageOf(
  { reading: { cache, sources } }: GatheredBrief,
  { sessionId, isUnwatched }: HookInput,
  { project }: SessionLocation,
): string | null {
  if (sessionId === null || isUnwatched === true || cache === null) return null;
  return sources.some(({ counts }) => openCount(counts) > 0) ? null : cache.discoveryLine(project);
}

export const createSessionStart =
  (given: SessionStartDeps): HookHandler =>
  async (input): Promise<HookResponse> => {
    const deps = depsFor(given, input);
    const place = deps.locate(input.cwd);
    if (deps.isOff(place.project)) return { context: null };
    const gathered = await gatherBrief(deps, input, place);
    const { reading, now } = gathered;
    const { cache } = reading;
    const text = isSilent(deps, place, cache) ? null : render(gathered);
    const context = text === null || isFirst(deps, input) ? text : null;
    const message = context === null ? null : messageOf(gathered, input, place);
    return {
      context,
      message,
      afterwards: () => {
        const { sessionId } = input;
        if (sessionId !== null && cache !== null && (text === null || context !== null)) {
          const about = { sessionId, event: "SessionStart", cause: input.source ?? "unknown" };
          const delivery =
            text === null
              ? null
              : createDelivery({ ...about, text }, place, now, reading, deps.clock());
          const note = deliveryNote({ ...input, sessionId }, place, now, reading, delivery);
          deps.record(message === null ? note : { ...note, hasShownPlaces: true });
        }
        cache?.close();
      },
    };
  };
