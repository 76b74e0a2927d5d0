// Lines in columns, cut or wrapped to the width that there is. Widths are counted as terminals show text: a letter of East
// Asia takes two columns, a mark on a letter none.

import measure from "fast-string-truncated-width";
import { wrapAnsi } from "fast-wrap-ansi";
import { isVisible } from "../../core/quote.ts";
import { cellsOf, textOf, type Cell, type Line } from "../../state/output/styled.ts";
import { terminalLine } from "../../state/output/terminal.ts";

/** The library's long expressions cost a tenth of Node's start; Latin text needs none. */
export const widthOf = (text: string): number =>
  isVisible(text) ? text.length : measure(text).width;

const withText = (cell: Cell, text: string): Cell =>
  typeof cell === "string" ? text : { ...cell, text };

/** Before a mark, or the second half of a character. */
const isMidCharacter = (text: string, at: number): boolean =>
  /^[\p{M}\uDC00-\uDFFF]/u.test(text.slice(at, at + 2));

/** At most `width` columns, with an ellipsis where something is left out. */
export function cutCell(cell: Cell, width: number): Cell {
  const text = terminalLine(textOf(cell));
  if (widthOf(text) <= width) return withText(cell, text);
  if (width < 1) return withText(cell, "");
  // The library's place is too far on where a sign of another script stands between letters of East Asia.
  let end = isVisible(text) ? width : measure(text, { limit: width, ellipsis: "…" }).index;
  while (end > 0 && (isMidCharacter(text, end) || widthOf(text.slice(0, end)) >= width)) end -= 1;
  return withText(cell, `${text.slice(0, end).trimEnd()}…`);
}

/** At most `width` columns a line, broken between words. What is longer, a path, stays whole, so that it can be copied. */
function wrapCell(cell: Cell, width: number): Cell[] {
  const text = terminalLine(textOf(cell));
  if (widthOf(text) <= width) return [withText(cell, text)];
  return wrapAnsi(text, Math.max(1, width))
    .split("\n")
    .map((part) => withText(cell, part));
}

/** A line of one style or several, cut to `width`; whole where that is null. */
export function cutLine(line: Line, width: number | null): Line {
  if (width === null) return line;
  let left = width;
  return cellsOf(line).flatMap((cell) => {
    const cut = left > 0 ? cutCell(cell, left) : null;
    left -= widthOf(terminalLine(textOf(cell)));
    return cut ?? [];
  });
}

export interface TableShape {
  /** How many columns there are; null for as many as are needed. */
  width: number | null;
  /** Which column gives way where they are too few, counted from 0. The last where it is not said. */
  flexible?: number;
  /** Whether what gives way is cut, or goes on in the next line. */
  overflow?: "cut" | "wrap";
  /** Blanks before each line. */
  indent?: number;
}

const gap = 2;
/** Fewer columns tell nothing. */
const narrowest = 12;
/** Where nothing is cut, one long cell moves no other line's cells further than this. */
const widestPadding = 60;

const blanks = (count: number): string => " ".repeat(Math.max(0, count));

/** Rows with their cells below each other, each row's lines for themselves. An empty column is left out. */
export function tableRows(rows: readonly (readonly Cell[])[], shape: TableShape): Line[][] {
  const { width, overflow = "cut", indent = 0 } = shape;
  const size = Math.max(0, ...rows.map((row) => row.length));
  const flexible = shape.flexible ?? size - 1;
  const widths = Array.from({ length: size }, (_, at) =>
    Math.max(0, ...rows.map((row) => widthOf(terminalLine(textOf(row[at] ?? ""))))),
  );
  const shown = widths.flatMap((one, at) => (one > 0 ? [at] : []));
  const used = widths.reduce((sum, one) => sum + one, 0) + gap * (shown.length - 1) + indent;
  if (width !== null && used > width) {
    const own = widths[flexible] ?? 0;
    widths[flexible] = Math.max(Math.min(own, narrowest), own - (used - width));
  }
  const paddings = width === null ? widths.map((one) => Math.min(one, widestPadding)) : widths;
  return rows.map((row) => {
    const columns = shown.map((at) => {
      const [cell, most] = [row[at] ?? "", widths[at] ?? 0];
      if (at !== flexible || width === null) return [withText(cell, terminalLine(textOf(cell)))];
      return overflow === "cut" ? [cutCell(cell, most)] : wrapCell(cell, most);
    });
    const height = Math.max(1, ...columns.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line): Line => {
      const cells = columns.flatMap((lines, place): Cell[] => {
        const cell = lines[line] ?? "";
        const at = shown[place] ?? 0;
        const padding = Math.max(0, (paddings[at] ?? 0) - widthOf(textOf(cell)));
        return [cell, blanks(padding + gap)];
      });
      const last = cells.findLastIndex((cell) => textOf(cell).trim() !== "");
      return [blanks(indent), ...cells.slice(0, last + 1)];
    });
  });
}

/** `tableRows`, one line after the other. */
export const table = (...given: Parameters<typeof tableRows>): Line[] => tableRows(...given).flat();

/** A text as it is, or on in further lines as far in; a word that is longer than a line stays whole, so that it can be copied. */
export function sentenceLines(given: string, width: number | null): string[] {
  const text = terminalLine(given);
  if (width === null || widthOf(text) <= width) return [text];
  const indent = /^ */.exec(text)?.[0] ?? "";
  return wrapAnsi(text.slice(indent.length), Math.max(narrowest, width - indent.length))
    .split("\n")
    .map((line) => `${indent}${line}`);
}

/** Text that goes on in further lines, each behind `indent` blanks. */
export const wrapped = (cell: Cell, width: number | null, indent = 0): Line[] =>
  width === null
    ? [[blanks(indent), cell]]
    : wrapCell(cell, width - indent).map((line) => [blanks(indent), line]);
