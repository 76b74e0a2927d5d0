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

/** English prose and identifiers; four to a token is the rule of thumb, briefs hold more signs than prose. */
const asciiPerToken = 3.6;

/** An estimate, right within about a quarter. Every character outside ASCII counts as one token. */
export function estimateTokens(text: string): number {
  let ascii = 0;
  let other = 0;
  for (const character of text) {
    if (character.charCodeAt(0) < 128) ascii += 1;
    else other += 1;
  }
  return Math.ceil(ascii / asciiPerToken) + other;
}
