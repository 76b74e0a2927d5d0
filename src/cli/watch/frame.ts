// Renders the whole terminal as lines. Pure: the same snapshot, view and size give the same lines.

import { cleanText } from "../../core/quote.ts";
import { dateLine } from "../../core/time.ts";
import type { Line } from "../../state/output/styled.ts";
import {
  errorStyle,
  faint,
  goodStyle,
  nameStyle,
  strong,
  warningStyle,
} from "../terminal/styles.ts";
import { cutLine, wrapped } from "../terminal/table.ts";
import { countText } from "../terminal/terminal.ts";
import { remainderText, type Screen } from "../today.ts";
import { hintsLine, pageLines, promptLine } from "./foot.ts";
import { groupLines, isNarrow, withBlankLines, type Shown } from "./layout.ts";
import { groupsOf, type Group, type Row } from "./rows.ts";
import { selectedRow, type Page, type View } from "./view.ts";

export interface Size {
  columns: number;
  rows: number;
}

export interface Frame {
  lines: readonly Line[];
  /** For each line, the key of the row that a click selects. */
  keys: readonly (string | null)[];
  /** The rows that can be selected, in order. */
  order: readonly Row[];
  top: number;
  /** The number of lines that scroll. */
  room: number;
}

type Caps = Readonly<Record<string, number>>;

/** Row limits for each group, in ascending order: the last entry that fits applies. */
const caps: readonly Caps[] = [
  { Now: 4, Next: 3, Waiting: 2, Wrong: 3, Sessions: 1, Sources: 1 },
  { Now: 5, Next: 5, Waiting: 3, Wrong: 4, Sessions: 2, Sources: 3 },
  { Now: 9, Next: 9, Waiting: 5, Wrong: 9, Sessions: 9, Sources: 9 },
];

/** Cuts each group to its limit. A line after the last task group counts the tasks that are not shown. */
function capped({ today }: Screen, groups: readonly Group[], cap: Caps): Group[] {
  const cut = groups.map((group) => {
    const most = cap[group.label] ?? Infinity;
    // Show a single extra row itself: "1 more" would need the same line.
    const isWhole = !group.isTasks && group.rows.length === most + 1;
    return isWhole ? group : { ...group, rows: group.rows.slice(0, most) };
  });
  const left = groups.map(({ rows }, at) => rows.length - (cut[at]?.rows.length ?? 0));
  const lastTasks = cut.findLastIndex(({ isTasks }) => isTasks);
  const hidden = left.reduce((sum, count, at) => sum + (cut[at]?.isTasks === true ? count : 0), 0);
  return cut.map((group, at): Group => {
    if (at === lastTasks) {
      const words = remainderText({ more: today.more + hidden, others: today.others });
      const way =
        hidden > 0 ? [nameStyle("a"), faint(" shows all")] : [nameStyle("sitrep task list")];
      return { ...group, rest: words === "" ? null : [faint(`${words}: `), ...way] };
    }
    return left[at] === 0 || group.isTasks ? group : { ...group, rest: faint(`${left[at]} more`) };
  });
}

/** Fits the groups into the room. It prefers blank lines between groups to more rows. */
function bodyOf(screen: Screen, view: View, columns: number, room: number) {
  const all = groupsOf(screen, view.filter);
  const bodyWith = (cap: Caps, isApart = !isNarrow(columns)) => {
    const groups = view.filter === "" ? capped(screen, all, cap) : all;
    const order = groups.flatMap(({ rows }) => rows);
    const selected = selectedRow(order, view)?.key ?? null;
    const parts = groupLines(groups, { columns, selected });
    return { body: isApart ? withBlankLines(groups, parts) : parts.flat(), order, selected };
  };
  if (view.isAll || view.filter !== "") return bodyWith({});
  const leftWith = (cap: Caps, isApart?: boolean) => room - bodyWith(cap, isApart).body.length;
  const apart = caps.findLast((cap) => leftWith(cap) >= 0);
  const [first = {}] = caps;
  const best = apart ?? caps.findLast((cap) => leftWith(cap, false) >= 0) ?? first;
  const isApart = apart === undefined ? false : undefined;
  const more = Math.max(0, leftWith(best, isApart));
  return bodyWith({ ...best, Next: (best["Next"] ?? 0) + more }, isApart);
}

/** Picks the first line to show, so that the selected row is visible. */
function topOf({ body, selected }: ReturnType<typeof bodyOf>, view: View, room: number): number {
  const isIt = ({ key }: Shown): boolean => key !== null && key === selected;
  const [first, last] = [body.findIndex(isIt), body.findLastIndex(isIt)];
  // Only a label precedes the first row, so show that too.
  const isFirst = first === body.findIndex(({ key }) => key !== null);
  const seen = Math.max(Math.min(view.top, isFirst ? 0 : first), last - room + 1);
  return Math.max(0, Math.min(seen, body.length - room));
}

function headLine({ project, brief }: Screen, { filter, isAll }: View, below: number): Line {
  const what = filter !== "" ? ` · only "${cleanText(filter, 40)}"` : isAll ? " · all tasks" : "";
  const when = dateLine(brief.calendar(brief.now));
  const more = below > 0 ? ` · ↓ ${below} more` : "";
  return [strong(cleanText(project, 60)), faint(` · ${when}`), warningStyle(what), faint(more)];
}

/** Shows the result of the last command, else the selected row in full. */
function aboutLines({ message }: View, row: Row | null, { columns, rows }: Size): Line[] {
  if (message !== null) {
    return wrapped((message.isBad ? errorStyle : goodStyle)(message.text), columns).slice(0, 4);
  }
  return row === null ? [] : wrapped(faint(row.detail), columns).slice(0, rows < 24 ? 1 : 2);
}

export function frameOf(screen: Screen, view: View, size: Size): Frame {
  const { columns, rows } = size;
  if (view.page !== null) return pageFrame(view.page, size);
  const gap = rows >= 20 && !isNarrow(columns) ? [""] : [];
  const row = selectedRow(
    groupsOf(screen, view.filter).flatMap((group) => group.rows),
    view,
  );
  const last = view.prompt === null ? hintsLine(row, columns) : promptLine(view.prompt);
  const foot: Line[] = [...gap, ...aboutLines(view, row, size), last];
  const room = Math.max(1, rows - 1 - gap.length - foot.length);
  const shown = bodyOf(screen, view, columns, room);
  const top = topOf(shown, view, room);
  const head: Line[] = [headLine(screen, view, shown.body.length - top - room), ...gap];
  const found: Shown[] = shown.body.slice(top, top + room);
  const none: Shown = { key: null, line: `Nothing here has "${cleanText(view.filter, 40)}".` };
  const filled = shown.body.length === 0 ? [none] : found;
  const middle = Array.from({ length: room }, (_, at) => filled[at] ?? { key: null, line: "" });
  return {
    lines: [...head, ...middle.map(({ line }) => line), ...foot].map((line) =>
      cutLine(line, columns),
    ),
    keys: [...head.map(() => null), ...middle.map(({ key }) => key)],
    order: shown.order,
    top,
    room,
  };
}

function pageFrame({ title, lines, top: wanted }: Page, { columns, rows }: Size): Frame {
  const room = Math.max(1, rows - 4);
  const all = pageLines(lines, columns);
  const top = Math.max(0, Math.min(wanted, all.length - room));
  const shown = Array.from({ length: room }, (_, at) => all[top + at] ?? "");
  const left = all.length - top - room;
  const keys: Line = [
    nameStyle("Esc"),
    faint(" back"),
    faint(left > 0 ? `  ${countText(left, "more line")}` : ""),
  ];
  const whole = [strong(title), "", ...shown, "", keys];
  return { lines: whole.map((line) => cutLine(line, columns)), keys: [], order: [], top, room };
}
