// Caches results of reads by key for a short time. Results are shared, so callers must not change them.

const maxEntries = 500;

export interface ResultCache {
  /** Null if no result is recent enough. */
  get(key: string): { readonly value: unknown } | null;
  /**
   * The result of `ask`, cached for `keepMs` if `isKept` allows. It is not cached if `forget` was called meanwhile, because
   * it may be outdated.
   */
  keep<T>(key: string, ask: () => Promise<T>, how?: KeepOptions<T>): Promise<T>;
  forget(keyPrefix: string): void;
}

export interface KeepOptions<T> {
  /** Default: the cache's usual time. */
  readonly keepMs?: number;
  readonly isKept?: (value: T) => boolean;
}

/** `now` is monotonic milliseconds; `defaultMs` 0 keeps nothing. */
export function createResultCache(defaultMs: number, now: () => number): ResultCache {
  const entries = new Map<string, { until: number; value: unknown }>();
  let generation = 0;

  return {
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      if (now() < entry.until) return entry;
      entries.delete(key);
      return null;
    },
    keep: async (key, ask, { keepMs = defaultMs, isKept = () => true } = {}) => {
      const before = generation;
      const value = await ask();
      if (keepMs <= 0 || before !== generation || !isKept(value)) return value;
      entries.delete(key);
      entries.set(key, { until: now() + keepMs, value });
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
      return value;
    },
    forget: (keyPrefix) => {
      generation += 1;
      for (const key of entries.keys()) if (key.startsWith(keyPrefix)) entries.delete(key);
    },
  };
}
