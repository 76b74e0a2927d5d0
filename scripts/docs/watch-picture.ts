// Draws docs/watch.svg: the screen of the built `sitrep watch` in a project made for it, with a stopped clock. Run it after a
// build (`npm run docs`). Needs `script`.

import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { IBufferCell, IBufferLine } from "@xterm/headless";
import { builtFolder } from "../../test/support/built.ts";
import { makeReportedProject } from "../../test/support/reported-project.ts";
import { startOnTerminal } from "../../test/support/terminal-process.ts";
import { pictureTime, stillClock } from "./still-clock.ts";
import { drawTerminal, type Run, type Style } from "./terminal-svg.ts";

const size = { columns: 106, rows: 27 };
const patienceMs = 30_000;

/** Styles by the terminal's color number. */
const colors: Readonly<Record<number, Style>> = { 1: "bad", 2: "good", 3: "warning", 6: "name" };

const styleOf = (cell: IBufferCell): Style =>
  (cell.isFgPalette() ? colors[cell.getFgColor()] : undefined) ??
  (cell.isBold() ? "strong" : cell.isDim() ? "faint" : "text");

/** Joins adjacent cells of one style into runs. */
function runsOf(line: IBufferLine | undefined): Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < size.columns; column += 1) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const [text, style] = [cell.getChars() || " ", styleOf(cell)];
    const last = runs.at(-1);
    if (last?.style === style) last.text += text;
    else runs.push({ column, text, style });
  }
  return runs;
}

const textOf = (lines: readonly (IBufferLine | undefined)[]): string =>
  lines.map((line) => line?.translateToString(true) ?? "").join("\n");

/** The screen of `sitrep watch` once it shows everything. Removes all files that it made. */
export async function watchScreen(): Promise<Run[][]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "sitrep-picture-")));
  try {
    const { folder, env } = await makeReportedProject(root, pictureTime, stillClock);
    const command = `exec '${process.execPath}' '${join(builtFolder, "cli.cjs")}' watch`;
    const { child, rows, type } = startOnTerminal(command, { cwd: folder, env, ...size });
    const gone = once(child, "close");
    const end = Date.now() + patienceMs;
    let [before, now] = ["", ""];
    while (!now.includes("q quit") || now !== before) {
      if (Date.now() > end) throw new Error(`sitrep watch shows:\n${now}`);
      // oxlint-disable-next-line no-await-in-loop -- until nothing changes
      await sleep(500);
      [before, now] = [now, textOf(rows())];
    }
    const shown = rows().map(runsOf);
    type("q");
    await gone;
    return shown;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function drawWatch(lines: readonly (readonly Run[])[]): string {
  const said = lines.map((runs) =>
    runs
      .map(({ text }) => text)
      .join("")
      .trimEnd(),
  );
  const description = said.map((line) => line.replaceAll(/ {2,}/g, "  ")).join("\n");
  return drawTerminal({
    title: "sitrep watch in a terminal",
    description,
    caption: "sitrep watch",
    lines,
  });
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, "../../docs/watch.svg"), drawWatch(await watchScreen()));
}
