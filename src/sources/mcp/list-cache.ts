// Lists that a server has promised to call out when they change. Others are asked for each time.

import type { Life } from "./life.ts";

type Kind = "tools" | "resources" | "prompts";

/** The word of a change can be lost with its stream. */
const longestMs = 300_000;

export interface ListCache {
  get<T>(kind: Kind, fetch: () => Promise<readonly T[]>): Promise<readonly T[]>;
}

export function createListCache(life: Life): ListCache {
  const kept = new Map<Kind, { at: number; list: readonly unknown[] }>();
  // A change that comes while a list is on its way must not be overwritten by that list.
  let changes = 0;
  const forget = (kind: Kind): void => {
    changes += 1;
    kept.delete(kind);
  };
  life.listeners.on("listChanged", forget);
  life.listeners.on("disconnected", () => kept.clear());
  const isAnnounced = (kind: Kind): boolean =>
    life.lastSession().client.getServerCapabilities()?.[kind]?.listChanged === true;

  return {
    get: async <T>(kind: Kind, fetch: () => Promise<readonly T[]>) => {
      const known = kept.get(kind);
      if (known !== undefined && performance.now() - known.at < longestMs) {
        return known.list as readonly T[];
      }
      const before = changes;
      const list = await fetch();
      if (isAnnounced(kind) && before === changes) {
        kept.set(kind, { at: performance.now(), list });
      }
      return list;
    },
  };
}
