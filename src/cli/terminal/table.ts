// Wraps and aligns text by columns: an East Asian letter takes two, a combining mark takes none.

import measure from "fast-string-truncated-width";
import { wrapAnsi } from "fast-wrap-ansi";
import { isVisible } from "../../core/quote.ts";
import { lineCells, cellText, type Cell, type Line } from "../../state/output/styled.ts";
import { terminalLine } from "../../state/output/terminal.ts";

/** Skips the library for Latin text: its regular expressions cost a tenth of Node's start. */
export const displayWidth = (text: string): number =>
  isVisible(text) ? text.length : measure(text).width;

const withText = (cell: Cell, text: string): Cell =>
  typeof cell === "string" ? text : { ...cell, text };

/** True before a combining mark and before the second half of a character. */
const isMidCharacter = (text: string, at: number): boolean =>
  /^[\p{M}\uDC00-\uDFFF]/u.test(text.slice(at, at + 2));

export function cutCell(cell: Cell, width: number): Cell {
  const text = terminalLine(cellText(cell));
  if (displayWidth(text) <= width) return withText(cell, text);
  if (width < 1) return withText(cell, "");
  // The library's index is too large when a text mixes East Asian letters with other characters.
  let end = isVisible(text) ? width : measure(text, { limit: width, ellipsis: "…" }).index;
  while (end > 0 && (isMidCharacter(text, end) || displayWidth(text.slice(0, end)) >= width))
    end -= 1;
  return withText(cell, `${text.slice(0, end).trimEnd()}…`);
}

/** Wraps between words at `width` columns. A longer word, such as a path, stays whole so that it can be copied. */
function wrapCell(cell: Cell, width: number): Cell[] {
  const text = terminalLine(cellText(cell));
  if (displayWidth(text) <= width) return [withText(cell, text)];
  return wrapAnsi(text, Math.max(1, width))
    .split("\n")
    .map((part) => withText(cell, part));
}

export function cutLine(line: Line, width: number | null): Line {
  if (width === null) return line;
  let left = width;
  return lineCells(line).flatMap((cell) => {
    const cut = left > 0 ? cutCell(cell, left) : null;
    left -= displayWidth(terminalLine(cellText(cell)));
    return cut ?? [];
  });
}

export interface TableShape {
  width: number | null;
  /** The index of the column that shrinks; by default the last. */
  flexible?: number;
  /** The treatment of text that does not fit; the default is `cut`. */
  overflow?: "cut" | "wrap";
  indent?: number;
}

const gap = 2;
const narrowest = 12;
/** Without a width, the most padding that one long cell adds to the cells of other lines. */
const widestPadding = 60;

const spaces = (count: number): string => " ".repeat(Math.max(0, count));

/** Lays out the lines of each row in columns. It omits empty columns. */
export function tableRows(rows: readonly (readonly Cell[])[], shape: TableShape): Line[][] {
  const { width, overflow = "cut", indent = 0 } = shape;
  const size = Math.max(0, ...rows.map((row) => row.length));
  const flexible = shape.flexible ?? size - 1;
  const widths = Array.from({ length: size }, (_, at) =>
    Math.max(0, ...rows.map((row) => displayWidth(terminalLine(cellText(row[at] ?? ""))))),
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
      if (at !== flexible || width === null) return [withText(cell, terminalLine(cellText(cell)))];
      return overflow === "cut" ? [cutCell(cell, most)] : wrapCell(cell, most);
    });
    const height = Math.max(1, ...columns.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line): Line => {
      const cells = columns.flatMap((lines, place): Cell[] => {
        const cell = lines[line] ?? "";
        const at = shown[place] ?? 0;
        const padding = Math.max(0, (paddings[at] ?? 0) - displayWidth(cellText(cell)));
        return [cell, spaces(padding + gap)];
      });
      const last = cells.findLastIndex((cell) => cellText(cell).trim() !== "");
      return [spaces(indent), ...cells.slice(0, last + 1)];
    });
  });
}

export const table = (...given: Parameters<typeof tableRows>): Line[] => tableRows(...given).flat();

/** Wraps a text between words and keeps its indent. A longer word stays whole so that it can be copied. */
export function sentenceLines(given: string, width: number | null): string[] {
  const text = terminalLine(given);
  if (width === null || displayWidth(text) <= width) return [text];
  const indent = /^ */.exec(text)?.[0] ?? "";
  return wrapAnsi(text.slice(indent.length), Math.max(narrowest, width - indent.length))
    .split("\n")
    .map((line) => `${indent}${line}`);
}

export const wrapped = (cell: Cell, width: number | null, indent = 0): Line[] =>
  width === null
    ? [[spaces(indent), cell]]
    : wrapCell(cell, width - indent).map((line) => [spaces(indent), line]);
