// What a hook notes of what it told: the words, what they were made from, and what the session knows now.

import { peerKey } from "../core/peers.ts";
import type { Telling } from "../core/telling.ts";
import type { Background } from "./background.ts";
import type { Reading } from "./gather.ts";
import type { Place, ToldNote } from "./ports.ts";

/** What the text was made from, for whoever asks later. */
export function tellingOf(
  about: { sessionId: string; event: string; cause: string; text: string },
  place: Place,
  now: number,
  reading: Pick<Reading<unknown>, "cached" | "git">,
): Telling {
  return {
    ...about,
    project: place.project,
    at: now,
    data: {
      sources: reading.cached.sources.map(({ source, fetchedAt, failure }) => ({
        source,
        fetchedAt,
        code: failure?.code ?? null,
      })),
      gitReadAt: reading.git.kind === "state" ? reading.git.readAt : null,
      foundAt: null,
    },
  };
}

export function toldNote(
  sessionId: string,
  place: Place,
  now: number,
  reading: Reading<Background>,
  telling: Telling | null,
): ToldNote {
  const sources: Record<string, string | null> = {};
  for (const view of reading.cached.sources) sources[view.source] = view.failure?.code ?? null;
  const git = reading.git.kind === "state" ? reading.git.state : null;
  const peers = (reading.prepared?.peers ?? []).map(peerKey);
  const told = { git, sources, peers };
  return { sessionId, place, at: now, seq: reading.cached.seq, told, telling };
}
