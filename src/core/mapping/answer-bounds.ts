// How much of a server's answer is read: bytes, depth and messages, all known before anything is parsed.

export const mebibyte: number = 1024 * 1024;
/** Of one answer, in MiB. */
export const usualAnswerMiB = 1;
export const mostAnswerMiB = 10;

/** Bytes, roughly, of a list that comes in pages: after so many no further page is asked for. */
const largestList = 1.5 * mebibyte;

function weightOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  // Arrays and objects alike; they are as shallow as the answer that they came in.
  return Object.values(value).reduce((sum: number, one) => sum + 8 + weightOf(one), 16);
}

/** Takes a page; true while there is room for one more. */
export type PageRoom = (page: readonly unknown[]) => boolean;

export function createPageRoom(): PageRoom {
  let weight = 0;
  return (page) => (weight += weightOf(page)) < largestList;
}

/** Levels of brackets. No task server needs more, and each costs a parser far more than its byte. */
export const deepestAnswer = 32;
/** Lists and objects in a MiB: of 5,000 tasks each may have ten. */
export const mostNodes = 50_000;

/**
 * Follows the brackets of JSON over the chunks of one text: true once they nest deeper than `deepestAnswer`, or are more
 * than a text of `largest` bytes may have. Bytes of UTF-8 and UTF-16 units do equally, since every byte of a longer
 * character is above 127. A line end ends a string: JSON has none inside, so a parser stops there.
 */
export function createStructureScan(largest: number): (chunk: Uint8Array | string) => boolean {
  const most = mostNodes * Math.max(1, largest / mebibyte);
  let nodes = 0;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  const isOver = (): boolean => depth > deepestAnswer || nodes > most;
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

/** True for JSON that costs too much to parse. Linear, and without parsing. */
export const isTooComplex = (text: Uint8Array | string): boolean =>
  createStructureScan(text.length)(text);

/** What a message costs at least, in bytes: so there is an end to small ones too. */
const leastCost = 2048;
/** Answers that may be under way at once. */
const mostAwaited = 24;

/** What a connection may still send us. */
export interface Allowance {
  /** A request was sent: one more answer may come. */
  ask(): void;
  /** Takes so many bytes off; false when they are more than may come. */
  take(bytes: number): boolean;
  /** Takes a whole message off whose bytes were taken already. */
  takeMessage(): boolean;
}

/**
 * One answer of `largest` bytes for each request, and as much for what nobody asked for, which is renewed within a minute:
 * a connection may be kept for days, and a flood has an end. `now` is monotonic milliseconds.
 */
export function createAllowance(largest: number, now: () => number): Allowance {
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
    ask: () => (left = Math.min(Math.max(left, 0) + largest, mostAwaited * largest)),
    take,
    takeMessage: () => take(leastCost),
  };
}
