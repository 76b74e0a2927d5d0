// Styled text for a terminal. The writer cleans each text before it is styled, so that other people's text cannot bring styles.

import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

export interface Span {
  readonly text: string;
  readonly style: Style;
}
export type Cell = string | Span;
export type Line = Cell | readonly Cell[];

export const cellText = (cell: Cell): string => (typeof cell === "string" ? cell : cell.text);
export const lineCells = (line: Line): readonly Cell[] =>
  typeof line === "string" || "style" in line ? [line] : line;
export const plainLine = (line: Line): string => lineCells(line).map(cellText).join("");

type Environment = Readonly<Record<string, string | undefined>>;

/** True to color a stream: by FORCE_COLOR, else not with NO_COLOR (no-color.org), else on a terminal that is not dumb. */
export function hasColor({ isTTY = false }: { isTTY?: boolean }, env: Environment): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none = "", TERM: term } = env;
  if (forced !== undefined) return !["0", "false"].includes(forced);
  return none === "" && isTTY && term !== "dumb";
}

export const paint = (line: Line, clean: (text: string) => string, isColored: boolean): string =>
  lineCells(line)
    .map((cell) => {
      const text = clean(cellText(cell));
      return typeof cell === "string" || !isColored || text === ""
        ? text
        : styleText(cell.style, text, { validateStream: false });
    })
    .join("");
