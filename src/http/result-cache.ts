// Results of reads for a short time, by key. What is given back is shared: nobody may change it.

const mostEntries = 500;

export interface ResultCache {
  /** Null when there is none that is young enough. */
  get(key: string): { readonly value: unknown } | null;
  /** `forMs`: how long it is kept, if not as long as all. */
  set(key: string, value: unknown, forMs?: number): void;
  forget(keyPrefix: string): void;
  /** Changes with every `forget`: a result that was asked for before one must not be kept after it. */
  readonly generation: number;
}

/** `now` is monotonic milliseconds; `keepMs` 0 keeps nothing. */
export function createResultCache(keepMs: number, now: () => number): ResultCache {
  const entries = new Map<string, { until: number; value: unknown }>();
  let generation = 0;
  return {
    get generation() {
      return generation;
    },
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      if (now() < entry.until) return entry;
      entries.delete(key);
      return null;
    },
    set: (key, value, forMs = keepMs) => {
      if (forMs <= 0) return;
      entries.delete(key);
      entries.set(key, { until: now() + forMs, value });
      const [oldest] = entries.keys();
      if (entries.size > mostEntries && oldest !== undefined) entries.delete(oldest);
    },
    forget: (keyPrefix) => {
      generation += 1;
      for (const key of entries.keys()) if (key.startsWith(keyPrefix)) entries.delete(key);
    },
  };
}
