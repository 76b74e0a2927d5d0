// Chooses the lines that fit a budget: the least important go first, the order on the page stays.

export interface Line {
  text: string;
  /** Smaller is dropped earlier. */
  weight: number;
}

/** What fitted, and which lines did not. */
export interface Fitted {
  text: string;
  /** How many entries of a list are there. */
  entries: number;
  dropped: readonly Line[];
}

function fitAll(lines: readonly Line[], entries: number, maxCharacters: number): Fitted {
  let length = lines.reduce((sum, line) => sum + line.text.length + 1, -1);
  const dropped = new Set<Line>();
  const leastFirst = lines
    .map((line, index) => ({ line, index }))
    .toSorted((left, right) => left.line.weight - right.line.weight || right.index - left.index);
  for (const { line } of leastFirst) {
    if (length <= maxCharacters) break;
    dropped.add(line);
    length -= line.text.length + 1;
  }
  const text = lines
    .filter((line) => !dropped.has(line))
    .map((line) => line.text)
    .join("\n");
  return { text, entries, dropped: [...dropped] };
}

/** The lines joined by newlines, at most `maxCharacters` UTF-16 units; of equal weights the later goes first. */
export function fitLines(lines: readonly Line[], maxCharacters: number): string {
  return fitAll(lines, 0, maxCharacters).text;
}

/** The line for entries that are left out; none when all are there. */
export function moreLines(count: number): Line[] {
  return count === 0 ? [] : [{ text: ` and ${count} more`, weight: 45 }];
}

/**
 * As `fitLines`, of a list that may be cut short: as many of `most` entries as leave every other line its place.
 * `build` gives the lines for a number of entries, and can so say how many are left out.
 */
export function fit(
  most: number,
  build: (entries: number) => readonly Line[],
  maxCharacters: number,
): Fitted {
  for (let entries = most; entries > 0; entries -= 1) {
    const lines = build(entries);
    const length = lines.reduce((sum, line) => sum + line.text.length + 1, -1);
    if (length <= maxCharacters) return fitAll(lines, entries, maxCharacters);
  }
  return fitAll(build(0), 0, maxCharacters);
}

/** The text alone of `fit`. */
export const fitList = (
  most: number,
  build: (entries: number) => readonly Line[],
  maxCharacters: number,
): string => fit(most, build, maxCharacters).text;

// A function, because V8 takes its time to make the expression, and no hook counts tokens.
/** The pieces that o200k parts a text into before it looks them up: words with the sign before them, threes of digits, signs. */
const pieces = (): RegExp =>
  /[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?:'(?:s|t|re|ve|m|ll|d))?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s+/gu;

/** Most short words are one token; what is not ASCII takes more, by its script and its marks. Weights fitted to the texts. */
function tokensOf(piece: string): number {
  let weight = (piece.match(/\p{M}/gu)?.length ?? 0) * 1.5;
  for (const one of piece.trim()) {
    weight += one <= "~" ? 0.19 : one <= "\u024f" ? 0.6 : one <= "\u07ff" ? 0.4 : 0.9;
  }
  return Math.max(1, weight);
}

/** An estimate of o200k tokens, within a tenth for what Sitrep says. */
export const estimateTokens = (text: string): number =>
  Math.round((text.match(pieces()) ?? []).reduce((sum, piece) => sum + tokensOf(piece), 0));
