// How much of a server's response is read: bytes, depth and messages, checked before anything is parsed.

export const mebibyte: number = 1024 * 1024;
export const defaultResponseMiB = 1;
export const responseLimitMiB = 10;

/** Roughly in bytes, over all pages: then no further page is requested. */
const largestList = 1.5 * mebibyte;

function weightOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  return Object.values(value).reduce((sum: number, one) => sum + 8 + weightOf(one), 16);
}

export type PageRoom = (page: readonly unknown[]) => boolean;

export function createPageRoom(): PageRoom {
  let weight = 0;
  return (page) => (weight += weightOf(page)) < largestList;
}

/** No task server needs more, and each level costs a parser far more than its byte. */
export const deepestResponse = 32;
/** Lists and objects in a MiB: ten for each of 5,000 tasks. */
export const maxNodes = 50_000;

/** Bytes and UTF-16 units are alike here: every byte of a longer character is above 127. */
export function createStructureScan(largest: number): (chunk: Uint8Array | string) => boolean {
  const most = maxNodes * Math.max(1, largest / mebibyte);
  let nodes = 0;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  const isOver = (): boolean => depth > deepestResponse || nodes > most;
  return (chunk) => {
    for (let at = 0; at < chunk.length && !isOver(); at += 1) {
      const unit = typeof chunk === "string" ? chunk.charCodeAt(at) : chunk[at];
      if (unit === 0x0a || unit === 0x0d) isInString = isEscaped = false;
      else if (isEscaped) isEscaped = false;
      else if (unit === 0x22) isInString = !isInString;
      else if (isInString) isEscaped = unit === 0x5c;
      else if (unit === 0x5b || unit === 0x7b) {
        depth += 1;
        nodes += 1;
      } else if (unit === 0x5d || unit === 0x7d) depth = Math.max(0, depth - 1);
    }
    return isOver();
  };
}

export const isTooComplex = (text: Uint8Array | string): boolean =>
  createStructureScan(text.length)(text);

/** Each message costs at least this many bytes, which limits small ones too. */
const minCost = 2048;
const maxAwaited = 24;

export interface SizeBudget {
  ask(): void;
  take(bytes: number): boolean;
  takeMessage(): boolean;
}

/** Allows `largest` bytes of unrequested messages a minute: a flood must end. */
export function createSizeBudget(largest: number, now: () => number): SizeBudget {
  let left = largest;
  let renewedAt = now();
  const take = (bytes: number): boolean => {
    const at = now();
    if (left < largest) left = Math.min(largest, left + (largest * (at - renewedAt)) / 60_000);
    renewedAt = at;
    left -= bytes;
    return left >= 0;
  };
  return {
    ask: () => (left = Math.min(Math.max(left, 0) + largest, maxAwaited * largest)),
    take,
    takeMessage: () => take(minCost),
  };
}
