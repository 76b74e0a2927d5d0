// To a terminal: the lines of commands on standard output, their remarks and questions on standard error. Whoever wrote what
// stands in them, no byte of it steers the terminal, and no text within a line begins another.

import { SitrepError } from "../../core/errors.ts";
import { visibleText } from "../../core/quote.ts";
import { hasColour, paint, type Line } from "./styled.ts";

export type Stream = "stdout" | "stderr";

/** A text with lines of its own, as a terminal may show it. */
export const terminalText = (text: string): string => visibleText(text).replaceAll("\t", "  ");

/** The same in one line. */
export const terminalLine = (text: string): string => terminalText(text).replace(/\s*\n\s*/g, " ");

/** Each is one line, whatever is in it. */
export function writeLines(stream: Stream, ...lines: readonly Line[]): void {
  const isColoured = hasColour(process[stream], process.env);
  if (lines.length === 0) return;
  const shown = lines.map((line) => `${paint(line, terminalLine, isColoured)}\n`);
  // At once: each write is a call of the system.
  process[stream].write(shown.join(""));
}

/** How many columns a line has; null where it is no terminal, and a line as long as it wants. */
export const columnsOf = (stream: Stream): number | null =>
  process[stream].isTTY ? process[stream].columns || 80 : null;

/** A text with lines of its own. */
export function writeText(stream: Stream, text: string): void {
  process[stream].write(`${terminalText(text)}\n`);
}

/** Where there is a terminal: shows a line on standard error in place of the one that is there, and ends it or not. */
export function redraw(line: string, end: "" | "\n" = ""): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${terminalLine(line)}${end}`);
}

/** Shows a prompt on standard error, whose answer follows in the same line. */
export function writePrompt(question: string): void {
  process.stderr.write(terminalLine(question));
}

/** Asks on a terminal and gives the line that a person types. Throws `cancelled` for Ctrl-C and Ctrl-D. */
export async function readAnswer(question: string): Promise<string> {
  // Of no use to a status line, which waits for it.
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve, reject) => {
      // Also where a signal closes it.
      lines.once("close", () => {
        process.stderr.write("\n");
        reject(new SitrepError("cancelled", "Nothing was changed."));
      });
      lines.question(terminalLine(question), resolve);
    });
  } finally {
    lines.removeAllListeners("close");
    lines.close();
  }
}

/**
 * A reader that closes the pipe early, such as `head`, is no failure: the command does its work to the end, and the rest of
 * its output is dropped.
 */
export function passOverClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}
