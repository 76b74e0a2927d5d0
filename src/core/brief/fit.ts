// Chooses the lines that fit a budget: the least important go first, the order on the page stays.

export interface BriefLine {
  text: string;
  weight: number;
}

export interface Fitted {
  text: string;
  entries: number;
  dropped: readonly BriefLine[];
}

export const briefLines = (weight: number, texts: readonly string[]): BriefLine[] =>
  texts.map((text) => ({ text, weight }));

const lengthOf = (lines: readonly BriefLine[]): number =>
  lines.reduce((sum, line) => sum + line.text.length + 1, -1);

function dropLightest(lines: readonly BriefLine[], entries: number, maxCharacters: number): Fitted {
  let length = lengthOf(lines);
  const dropped = new Set<BriefLine>();
  const lightestFirst = lines.toReversed().toSorted((left, right) => left.weight - right.weight);
  for (const line of lightestFirst) {
    if (length <= maxCharacters) break;
    dropped.add(line);
    length -= line.text.length + 1;
  }
  const kept = lines.filter((line) => !dropped.has(line));
  return { text: kept.map(({ text }) => text).join("\n"), entries, dropped: [...dropped] };
}

export const moreLines = (count: number): BriefLine[] =>
  count === 0 ? [] : [{ text: ` and ${count} more`, weight: 45 }];

/** At most `maxCharacters` UTF-16 units: as many entries as leave room for every other line. */
export function fit(
  most: number,
  build: (entries: number) => readonly BriefLine[],
  maxCharacters: number,
): Fitted {
  for (let entries = most; entries > 0; entries -= 1) {
    const lines = build(entries);
    if (lengthOf(lines) <= maxCharacters) return dropLightest(lines, entries, maxCharacters);
  }
  return dropLightest(build(0), 0, maxCharacters);
}
