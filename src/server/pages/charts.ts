// Draws charts as SVG, without a script, with the page's style. Horizontal lengths are percentages, so that text keeps its size
// on every screen.

import { nice, ticks } from "d3-array";
import { line } from "d3-shape";
import { dayAndMonth, dayKey, parseDay } from "../../core/time.ts";
import { html, type Clock, type Html } from "./html.ts";

/** `21 Nov` for `2026-11-21`. */
export function dayLabel(day: string): string {
  const date = parseDay(day);
  return date === null ? day : dayAndMonth(date);
}

const share = (value: number): string => `${value.toFixed(2)}%`;

const [height, top, bottom] = [120, 8, 20];

interface Axes {
  days: readonly string[];
  /** The largest value. */
  most: number;
}

/** The scale of the vertical axis: the y of a value, and the marked values. */
function verticalScale(most: number): { y: (value: number) => number; marked: number[] } {
  const [, end] = nice(0, Math.max(1, most), 3);
  const y = (value: number): number => height - ((height - top) * value) / end;
  return { y, marked: ticks(0, end, 3) };
}

/** The middle and the width of the bar of a day, in percent. */
const middleOf = (days: readonly string[], at: number): number => ((at + 0.5) * 100) / days.length;
const barWidth = (days: readonly string[]): number => 70 / days.length;

const gridLine = (y: number): Html =>
  html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}" />`;

const bar = (days: readonly string[], at: number, y: number, length: number, style = ""): Html =>
  html`<rect
    class="bar${style}"
    x="${share(middleOf(days, at) - barWidth(days) / 2)}"
    width="${share(barWidth(days))}"
    y="${y}"
    height="${length}"
  />`;

/** A chart over days: horizontal lines with their values, some day labels, and `drawn` inside. */
function overDays({ days, most }: Axes, label: string, drawn: Html): Html {
  const { y, marked } = verticalScale(most);
  const isNamed = (at: number): boolean => (days.length - 1 - at) % 4 === 0;
  return html`<div class="chart">
    <svg width="44" height="${height + bottom}" aria-hidden="true">
      ${marked.map((value) => html`<text x="38" y="${y(value) + 4}" text-anchor="end">${value.toLocaleString("en")}</text>`)}
    </svg>
    <svg width="100%" height="${height + bottom}" role="img" aria-label="${label}">
      ${marked.map((value) => gridLine(y(value)))} ${drawn}
      ${days.map((day, at) => (isNamed(at) ? html`<text x="${share(middleOf(days, at))}" y="${height + 16}" text-anchor="middle">${dayLabel(day)}</text>` : ""))}
    </svg>
  </div>`;
}

export interface Series {
  values: readonly (number | null)[];
  /** The class of its line, which also sets its dashes. */
  style: string;
}

export function lineChart(axes: Axes, label: string, series: readonly Series[]): Html {
  const { y } = verticalScale(axes.most);
  const x = (at: number): number => middleOf(axes.days, at);
  const path = line<number | null>(
    (_, at) => x(at),
    (value) => y(value ?? 0),
  ).defined((value) => value !== null);
  const dots = series.map(({ values, style }) =>
    values.map((value, at) =>
      value === null
        ? ""
        : html`<circle class="${style}" cx="${share(x(at))}" cy="${y(value)}" r="2.5" />`,
    ),
  );
  const lines = series.map(
    ({ values, style }) =>
      html`<path class="${style}" d="${path(values) ?? ""}" vector-effect="non-scaling-stroke" />`,
  );
  const drawn = html`<svg
      width="100%"
      height="${height}"
      viewBox="0 0 100 ${height}"
      preserveAspectRatio="none"
    >
      ${lines}</svg
    >${dots}`;
  return overDays(axes, label, drawn);
}

export function barChart(axes: Axes, label: string, values: readonly number[]): Html {
  const { y } = verticalScale(axes.most);
  const bars = values.map((value, at) => bar(axes.days, at, y(value), height - y(value)));
  return overDays(axes, label, html`${bars}`);
}

const [above, below] = [22, 12];
const lengthOf = (value: number, most: number, room: number): number =>
  value === 0 ? 0 : Math.max(1.5, (room * value) / most);

/** Small bars for one line of a table: `up` above the line, `down` below it, at least a trace of each. */
export function smallBars(
  days: readonly string[],
  counts: readonly { up: number; down: number }[],
  most: { up: number; down: number },
): Html {
  const bars = counts.map(({ up, down }, at) => {
    const [high, low] = [lengthOf(up, most.up, above), lengthOf(down, most.down, below)];
    return [bar(days, at, above - high, high), bar(days, at, above + 1, low, " failed")];
  });
  return html`<svg width="100%" height="${above + below + 2}" aria-hidden="true">
    ${gridLine(above + 0.5)} ${bars}
  </svg>`;
}

export interface Span {
  from: number;
  until: number;
  marks: readonly number[];
}

const [rowHeight, minutes] = [18, 24 * 60];

/** A row for each day, the latest at the top, with the spans and marks at their time of day. */
export function dayRows(
  spans: readonly Span[],
  days: readonly string[],
  label: string,
  calendar: Clock["calendar"],
): Html {
  const timeOf = (instant: number) => {
    const time = calendar(instant);
    return { day: dayKey(time), x: ((time.hour * 60 + time.minute) / minutes) * 100 };
  };
  const placed = spans.map(({ from, until, marks }) => {
    return { first: timeOf(from), last: timeOf(until), marks: marks.map(timeOf) };
  });
  const rows = days.toReversed();
  const rowOf = (day: string, row: number): Html => {
    const y = row * rowHeight + rowHeight / 2;
    const here = placed.filter(({ first, last }) => first.day <= day && last.day >= day);
    return html`${gridLine(y)}
    ${here.map(({ first, last }) => html`<line class="span" x1="${share(first.day === day ? first.x : 0)}" x2="${share(last.day === day ? last.x : 100)}" y1="${y}" y2="${y}" />`)}
    ${here.flatMap(({ marks }) => marks.filter((mark) => mark.day === day)).map(({ x }) => html`<circle class="mark" cx="${share(x)}" cy="${y}" r="3" />`)}`;
  };
  const high = rows.length * rowHeight;
  const anchors = ["start", "middle", "middle", "middle", "end"];
  return html`<div class="chart">
    <svg width="52" height="${high + bottom}" aria-hidden="true">
      ${rows.map((day, row) => html`<text x="0" y="${row * rowHeight + 13}">${dayLabel(day)}</text>`)}
    </svg>
    <svg width="100%" height="${high + bottom}" role="img" aria-label="${label}">
      ${rows.map(rowOf)}
      ${anchors.map((anchor, at) => html`<text x="${share(at * 25)}" y="${high + 15}" text-anchor="${anchor}">${at * 6}:00</text>`)}
    </svg>
  </div>`;
}
