// Reads the phases in GSD's `ROADMAP.md`: their sections and their boxes.

import { markdownItems } from "./markdown.ts";

const phaseHeading = /^#{2,4}\s+Phase\s+(\d+(?:\.\d+)*[A-Z]?)\s*:\s*(\S.*)$/i;
const phaseBox = /^Phase\s+(\d+(?:\.\d+)*[A-Z]?)\s*:/i;
const planBox = /^\s*[-*]\s+\[([ xX])\]\s+\S*PLAN/;
const dependsOn = /\*\*Depends on:?\*\*:?(.*)$/i;
/** `✅ **v1.0 Name** - Phases 1-5 (shipped …)`. */
const shippedRange = /^\s*[-*]\s+✅.*\bPhases?\s+(\d+)\s*[-–]\s*(\d+)/u;

export interface Phase {
  number: string;
  title: string;
  line: number;
  dependsOn: string[];
  /** True if its own box or all boxes of its plans are ticked, or it has shipped. */
  isTicked: boolean;
}

/** `3` and `03` are the same number. */
export const plainNumber = (number: string): string => number.replace(/^0+(?=\d)/, "");

/** The lines of each phase's section. Shipped milestones stay in the file, inside `<details>`. */
function sectionsIn(lines: readonly string[]) {
  const found: { number: string; title: string; line: number; isFolded: boolean; own: string[] }[] =
    [];
  let isFolded = false;
  for (const [at, line] of lines.entries()) {
    if (/<\/?details/i.test(line)) isFolded = !/<\/details/i.test(line);
    const [, number, title = ""] = phaseHeading.exec(line) ?? [];
    if (number === undefined) found.at(-1)?.own.push(line);
    else found.push({ number: plainNumber(number), title, line: at + 1, isFolded, own: [] });
  }
  return found;
}

/** The phases of a roadmap in their order. */
export function phasesIn(text: string): Phase[] {
  const lines = text.split(/\r?\n/);
  const ticked = new Set(
    markdownItems(text).flatMap(({ mark, text: words }) => {
      const number = phaseBox.exec(words)?.[1];
      return number !== undefined && /x/i.test(mark ?? "") ? [plainNumber(number)] : [];
    }),
  );
  const shipped = lines
    .map((line) => shippedRange.exec(line))
    .flatMap((found) => (found === null ? [] : [[Number(found[1]), Number(found[2])] as const]));
  const isShipped = (number: string): boolean =>
    shipped.some(([from, to]) => parseFloat(number) >= from && parseFloat(number) < to + 1);
  return sectionsIn(lines).map(({ number, title, line, isFolded, own }) => {
    const boxes = own.map((one) => planBox.exec(one)?.[1]).filter((mark) => mark !== undefined);
    const named = own.map((one) => dependsOn.exec(one)?.[1]).find((one) => one !== undefined);
    return {
      number,
      title,
      line,
      dependsOn: (named?.match(/\d+(?:\.\d+)*[A-Z]?/g) ?? []).map(plainNumber),
      isTicked:
        ticked.has(number) ||
        isFolded ||
        isShipped(number) ||
        (boxes.length > 0 && boxes.every((mark) => mark !== " ")),
    };
  });
}
