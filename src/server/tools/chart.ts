// The chart of a project's progress: a bar of its tasks by status, their numbers, and what was completed by day. It holds
// no text of others, so that nobody can write into it.

import { taskStatuses } from "../../core/task.ts";
import type { TaskStatus } from "../../core/task.ts";
import { mostDays } from "../backend.ts";
import type { ProjectCounts } from "../backend.ts";
import { dotsOf, glyphHeight, glyphWidth } from "./glyphs.ts";
import type { Colour, Picture } from "./png.ts";

const [white, ink, grey] = [0, 1, 2];
const statusColour: Record<TaskStatus, number> = {
  completed: 3,
  in_progress: 4,
  blocked: 5,
  pending: 6,
  cancelled: 7,
};
const palette: readonly Colour[] = [
  [255, 255, 255],
  [38, 50, 56],
  [207, 216, 220],
  [46, 125, 50],
  [21, 101, 192],
  [198, 40, 40],
  [249, 168, 37],
  [144, 164, 174],
];
/** Left to right: what is over, what goes on, what waits. */
const order: readonly TaskStatus[] = [
  "completed",
  "in_progress",
  "blocked",
  "pending",
  "cancelled",
];

const [width, height, margin] = [640, 300, 24];
const inner = width - 2 * margin;
const scale = 2;

/** Draws on a sheet of pixels. */
function createPendingNews() {
  const pixels = new Uint8Array(width * height).fill(white);
  const rectangle = (x: number, y: number, w: number, h: number, colour: number): void => {
    for (let row = Math.max(0, y); row < Math.min(height, y + h); row += 1) {
      const start = row * width;
      pixels.fill(colour, start + Math.max(0, x), start + Math.min(width, x + w));
    }
  };
  const text = (x: number, y: number, words: string, colour: number, size: number): void => {
    for (const [at, character] of [...words.toUpperCase()].entries()) {
      const left = x + at * (glyphWidth + 1) * size;
      for (const [dx, dy] of dotsOf(character)) {
        rectangle(left + dx * size, y + dy * size, size, size, colour);
      }
    }
  };
  return { pixels, rectangle, text };
}
type Sheet = ReturnType<typeof createPendingNews>;

const textWidth = (words: string, size: number): number =>
  words.length * (glyphWidth + 1) * size - size;

/** Widths that add up to the whole; each status that has tasks is seen. */
function segments(counts: ProjectCounts["byStatus"], total: number): [TaskStatus, number][] {
  let [done, used] = [0, 0];
  return order.map((status) => {
    done += counts[status];
    const end = total === 0 ? 0 : Math.round((done / total) * inner);
    const own = counts[status] === 0 ? 0 : Math.max(2, end - used);
    used += own;
    return [status, own];
  });
}

function drawBar(sheet: Sheet, counts: ProjectCounts["byStatus"], total: number): void {
  let x = margin;
  sheet.rectangle(margin, 56, inner, 32, grey);
  for (const [status, own] of segments(counts, total)) {
    sheet.rectangle(x, 56, own, 32, statusColour[status]);
    x += own;
  }
}

function drawLegend(sheet: Sheet, counts: ProjectCounts["byStatus"]): void {
  const step = Math.floor(inner / order.length);
  for (const [at, status] of order.entries()) {
    const x = margin + at * step;
    sheet.rectangle(x, 100, 10, 10, statusColour[status]);
    sheet.text(x + 14, 98, String(counts[status]), ink, scale);
    sheet.text(x, 118, status.replace("_", " "), ink, 1);
  }
}

function drawDays(sheet: Sheet, days: ProjectCounts["completedByDay"]): void {
  const shown = days.slice(-mostDays);
  const [top, base] = [172, 268];
  const most = Math.max(1, ...shown.map(({ count }) => count));
  sheet.text(margin, 146, "completed by day", ink, 1);
  sheet.rectangle(margin, base, inner, 1, ink);
  const step = Math.floor(inner / mostDays);
  for (const [at, { day, count }] of shown.entries()) {
    const x = margin + at * step;
    const tall = Math.round((count / most) * (base - top));
    sheet.rectangle(x + 4, base - tall, step - 8, tall, statusColour.completed);
    const label = day.slice(5);
    sheet.text(x + Math.floor((step - textWidth(label, 1)) / 2), base + 6, label, ink, 1);
    const number = String(count);
    const above = base - tall - glyphHeight - 3;
    sheet.text(x + Math.floor((step - textWidth(number, 1)) / 2), above, number, ink, 1);
  }
}

/** `donePercent`: of what is not cancelled. */
export function drawChart(
  { byStatus, completedByDay }: ProjectCounts,
  donePercent: number,
): Picture {
  const sheet = createPendingNews();
  const total = taskStatuses.reduce((sum, status) => sum + byStatus[status], 0);
  sheet.text(margin, 20, `${donePercent}% done of ${total - byStatus.cancelled} tasks`, ink, 3);
  drawBar(sheet, byStatus, total);
  drawLegend(sheet, byStatus);
  drawDays(sheet, completedByDay);
  return { width, height, palette, pixels: sheet.pixels };
}
