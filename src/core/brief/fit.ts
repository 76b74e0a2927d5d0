// Chooses the lines that fit a budget: the least important go first, the order on the page stays.

export interface Line {
  text: string;
  /** Smaller is dropped earlier. */
  weight: number;
}

/** The lines joined by newlines, at most `maxCharacters` UTF-16 units; of equal weights the later goes first. */
export function fitLines(lines: readonly Line[], maxCharacters: number): string {
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
  return lines
    .filter((line) => !dropped.has(line))
    .map((line) => line.text)
    .join("\n");
}

/** The line for entries that are left out; none when all are there. */
export function moreLines(count: number): Line[] {
  return count === 0 ? [] : [{ text: `  and ${count} more`, weight: 45 }];
}

/**
 * As `fitLines`, of a list that may be cut short: as many of `most` entries as leave every other line its place.
 * `build` gives the lines for a number of entries, and can so say how many are left out.
 */
export function fitList(
  most: number,
  build: (entries: number) => readonly Line[],
  maxCharacters: number,
): string {
  for (let entries = most; entries > 0; entries -= 1) {
    const lines = build(entries);
    const length = lines.reduce((sum, line) => sum + line.text.length + 1, -1);
    if (length <= maxCharacters) return fitLines(lines, maxCharacters);
  }
  return fitLines(build(0), maxCharacters);
}
