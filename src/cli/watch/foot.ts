// The last line, which shows keys or a question, and the texts that fill the terminal.

import { cleanText } from "../../core/quote.ts";
import { terminalText } from "../../state/output/terminal.ts";
import type { Cell, Line } from "../../state/output/styled.ts";
import { faint, nameStyle, strong } from "../terminal/styles.ts";
import { sentenceLines, displayWidth } from "../terminal/table.ts";
import type { Row } from "./rows.ts";
import type { Prompt } from "./view.ts";

/** The keys for the selected row come first. The last two keys are always shown, the others if there is room. */
const hints: Readonly<Record<Row["target"]["kind"], string>> = {
  task: "s start, d done, b block, Enter show, o open",
  session: "Enter what it was told",
  source: "Enter test it",
  fact: "",
};
const openHint = "o open";
const always = "/ filter, r refresh, a all, t told";
const ends = ["? help", "q quit"];
const gap = 2;

export function hintsLine(row: Row | null, columns: number): Line {
  const hasUrl = row?.target.kind === "task" && row.target.url !== null;
  const wanted = `${row === null ? "" : hints[row.target.kind]}, ${always}`
    .split(", ")
    .filter((one) => hasUrl || one !== openHint);
  let left = columns - ends.join("").length - gap;
  const shown = wanted.filter((one) => {
    const fits = one !== "" && one.length + gap <= left;
    if (fits) left -= one.length + gap;
    return fits;
  });
  return [...shown, ...ends].flatMap((one, at): Cell[] => {
    const [key = "", ...what] = one.split(" ");
    return [at === 0 ? "" : " ".repeat(gap), nameStyle(key), faint(` ${what.join(" ")}`)];
  });
}

export function promptLine({ kind, name: task, text }: Prompt): Line {
  const typed = `${cleanText(text, 100)}_`;
  if (kind === "filter") return [strong("Filter: "), typed, faint("  Enter keeps it, Esc ends it")];
  if (kind === "block")
    return [strong(`Block ${task} by: `), typed, faint("  an ID, or only Enter")];
  return [strong(`Complete ${task}? `), nameStyle("y"), faint(" yes, any other key no")];
}

export const helpText = [
  "↑ ↓ j k      select; also PgUp, PgDn, Home, End",
  "Enter        show a task; what a session was told; test a source",
  "s d b        start, complete or block the task",
  "o            open the task's URL in a browser",
  "t            what the last session was told",
  "/            show only rows with these words; Esc shows everything again",
  "a            all tasks, or as many as fit",
  "r            refresh the tasks from the sources now",
  "Ctrl-L       draw the screen again",
  "Ctrl-Z       suspend; fg continues",
  "q Ctrl-C     quit",
  "Mouse        click selects, double click shows, wheel moves",
  "             Hold Shift to select text, as usual in your terminal",
  "",
  "Now          tasks in progress",
  "Next         open tasks that nothing blocks, the first one first",
  "Waiting      blocked tasks, and why",
  "Wrong        what needs you, with the command that helps",
  "",
  "For a screen reader: sitrep watch --plain",
];

/** Wraps a line below its second column, so that a table stays aligned. */
function hanging(text: string, columns: number): string[] {
  const indent = displayWidth(/^ *(?:\S+(?: \S+)* {2,})?/.exec(text)?.[0] ?? "");
  if (indent > columns / 2) return sentenceLines(text, columns);
  const [first = "", ...rest] = sentenceLines(" ".repeat(indent) + text.slice(indent), columns);
  return [text.slice(0, indent) + first.slice(indent), ...rest];
}

export const pageLines = (lines: readonly string[], columns: number): string[] =>
  lines.flatMap((line) => terminalText(line).split("\n")).flatMap((line) => hanging(line, columns));
