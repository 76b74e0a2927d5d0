// What a hook notes of what it told: the words, what they were made from, and what the session knows now.

import { peerKey } from "../core/peers.ts";
import type { Delivery } from "../core/delivery.ts";
import type { Background } from "./background.ts";
import type { Reading } from "./gather.ts";
import type { Place, DeliveryNote } from "./ports.ts";

/** What the text was made from, for whoever asks later. */
export function deliveryOf(
  about: { sessionId: string; event: string; cause: string; text: string },
  place: Place,
  now: number,
  reading: Pick<Reading<unknown>, "cached" | "git">,
): Delivery {
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

export function deliveryNote(
  sessionId: string,
  place: Place,
  now: number,
  reading: Reading<Background>,
  delivery: Delivery | null,
): DeliveryNote {
  const sources: Record<string, string | null> = {};
  for (const view of reading.cached.sources) sources[view.source] = view.failure?.code ?? null;
  const git = reading.git.kind === "state" ? reading.git.state : null;
  const peers = (reading.prepared?.peers ?? []).map(peerKey);
  const delivered = { git, sources, peers };
  return { sessionId, place, at: now, seq: reading.cached.seq, delivered, delivery };
}
