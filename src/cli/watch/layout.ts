// Lays out groups of rows as terminal lines, in columns. Pure: the same groups and width give the same lines.

import { lineCells, cellText, type Cell, type Line } from "../../state/output/styled.ts";
import { nameStyle, strong } from "../terminal/styles.ts";
import { cutCell, cutLine, tableRows, displayWidth } from "../terminal/table.ts";
import type { Group, Row } from "./rows.ts";

/** A line, and the key of the row that a click on it selects. */
export interface Shown {
  line: Line;
  key: string | null;
}

/** If true, a group's label has its own line, and a task's urgent reason is below the task. */
export const isNarrow = (columns: number): boolean => columns < 60;
const isWide = (columns: number): boolean => columns >= 100;
const labelWidth = 9;
const marker = 2;
const spaces = (count: number): string => " ".repeat(Math.max(0, count));

const isUrgent = ({ cells: [, , reason = ""] }: Row): boolean =>
  typeof reason !== "string" && reason.style !== "dim";

/** Keeps as many whole reasons as fit; if even the first is too long, it is cut. */
function fittedReason(reason: Cell, width: number): Cell {
  const parts = cellText(reason).split(", ");
  while (parts.length > 1 && displayWidth(parts.join(", ")) > width) parts.pop();
  const text = parts.join(", ");
  return cutCell(typeof reason === "string" ? text : { ...reason, text }, width);
}

/** Lays out the lines of each task. All tasks share columns; in a narrow terminal, urgent reasons go below. */
function taskLines(rows: readonly Row[], columns: number, width: number): Line[][] {
  const most = Math.floor(width * (isWide(columns) ? 0.4 : 0.36));
  const mostOfNames = Math.floor(width / 4);
  const isShort = rows.some(({ cells: [name = ""] }) => displayWidth(cellText(name)) > mostOfNames);
  const cells = rows.map(({ cells: [name = "", title = "", reason = ""], shortName = name }) => [
    cutCell(isShort ? shortName : name, mostOfNames),
    title,
    isNarrow(columns) ? "" : fittedReason(reason, most),
  ]);
  return tableRows(cells, { width, flexible: 1 }).map((lines, at) => {
    const row = rows[at];
    if (row === undefined || !isNarrow(columns) || !isUrgent(row)) return lines;
    return [...lines, ["  ", fittedReason(row.cells[2] ?? "", width - 2)]];
  });
}

function factLines(rows: readonly Row[], width: number): Line[][] {
  const size = Math.max(0, ...rows.map(({ cells }) => cells.length));
  // The column to shrink: a session's folder may be long, and in other rows the last text.
  const flexible = size === 3 ? 1 : size - 1;
  const cells = rows.map((row) => row.cells);
  return tableRows(cells, { width, flexible }).map((lines) =>
    lines.map((line) => cutLine(line, width)),
  );
}

const chosen = (line: Line): Cell[] =>
  lineCells(line).map((cell) => (typeof cell === "string" ? strong(cell) : cell));

export interface Place {
  columns: number;
  selected: string | null;
}

export function groupLines(groups: readonly Group[], { columns, selected }: Place): Shown[][] {
  const indent = isNarrow(columns) ? 0 : labelWidth;
  const width = columns - indent - marker;
  const tasks = groups.filter(({ isTasks }) => isTasks).flatMap(({ rows }) => rows);
  const ofTasks = taskLines(tasks, columns, width);
  return groups.map(({ label, isTasks, rows, rest }): Shown[] => {
    const ofRows = isTasks
      ? rows.map((row) => ofTasks[tasks.indexOf(row)] ?? [])
      : factLines(rows, width);
    const lines = ofRows.flatMap((part, at): Shown[] => {
      const { key } = rows[at] ?? { key: null };
      return part.map((line, below) => {
        const mark: Cell = key === selected && below === 0 ? nameStyle("› ") : spaces(marker);
        return { key, line: [mark, ...(key === selected ? chosen(line) : lineCells(line))] };
      });
    });
    const all =
      rest === null ? lines : [...lines, { key: null, line: [spaces(marker), ...lineCells(rest)] }];
    if (isNarrow(columns)) return [{ key: null, line: strong(label) }, ...all];
    return all.map(({ key, line }, at) => {
      const shown = at === 0 ? label : "";
      return { key, line: [strong(shown), spaces(indent - shown.length), ...lineCells(line)] };
    });
  });
}

/** Git, sessions and sources stay together; if there is room, a blank line precedes every other group. */
const standsApart = ({ label }: Group): boolean =>
  !["Review", "Sessions", "Sources"].includes(label);

export const withBlankLines = (groups: readonly Group[], parts: readonly Shown[][]): Shown[] =>
  parts.flatMap((part, at) => {
    const group = groups[at];
    const isApart = at > 0 && group !== undefined && standsApart(group);
    return isApart ? [{ key: null, line: "" }, ...part] : part;
  });
