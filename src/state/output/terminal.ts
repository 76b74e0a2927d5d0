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

const cancelled = (): SitrepError => new SitrepError("cancelled", "Nothing was changed.");

/** Calls `end` when a signal would end the program, which would leave the terminal as a question has set it. */
function onSignals(end: () => void): Disposable {
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, end);
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, end);
    },
  };
}

/** Asks on a terminal and gives the line that a person types. Throws `cancelled` for Ctrl-C, Ctrl-D and SIGTERM. */
export async function readAnswer(question: string): Promise<string> {
  // Of no use to a status line, which waits for it.
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  using _ = onSignals(() => lines.close());
  return await new Promise<string>((resolve, reject) => {
    const leave = (): void => {
      process.stderr.write("\n");
      reject(cancelled());
    };
    lines.once("close", leave);
    lines.question(terminalLine(question), (answer) => {
      lines.off("close", leave);
      // With listeners of its own: left out, the next question shows each letter twice.
      lines.close();
      resolve(answer);
    });
  });
}

/** `readAnswer`, of which nothing is shown. */
export async function readUnseen(question: string): Promise<string> {
  const { stdin } = process;
  const left = new AbortController();
  using _ = onSignals(() => left.abort());
  // Before the question: text that is pasted as soon as it appears must not be shown either.
  stdin.setRawMode(true);
  process.stderr.write(terminalLine(question));
  stdin.setEncoding("utf8");
  try {
    return await new Promise<string>((resolve, reject) => {
      left.signal.addEventListener("abort", () => reject(cancelled()));
      let text = "";
      stdin.on("data", (part: string) => {
        for (const letter of part) {
          if (letter === "\u0003" || (letter === "\u0004" && text === "")) return left.abort();
          if (letter === "\r" || letter === "\n" || letter === "\u0004") return resolve(text);
          text = letter === "\u007F" || letter === "\b" ? text.slice(0, -1) : text + letter;
        }
      });
      stdin.resume();
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stdin.removeAllListeners("data");
    process.stderr.write("\n");
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
