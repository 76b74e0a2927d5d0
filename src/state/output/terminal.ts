// No byte of a text controls the terminal, and no text inside a line starts another one.

import { SitrepError } from "../../core/errors.ts";
import { visibleText } from "../../core/quote.ts";
import { hasColor, paint, type Line } from "./styled.ts";

export type Stream = "stdout" | "stderr";

/** A text of several lines, safe for a terminal. */
export const terminalText = (text: string): string => visibleText(text).replaceAll("\t", "  ");

export const terminalLine = (text: string): string => terminalText(text).replace(/\s*\n\s*/g, " ");

export function writeLines(stream: Stream, ...lines: readonly Line[]): void {
  const isColored = hasColor(process[stream], process.env);
  if (lines.length === 0) return;
  const shown = lines.map((line) => `${paint(line, terminalLine, isColored)}\n`);
  // One write for all lines, because each write is a system call.
  process[stream].write(shown.join(""));
}

/** The number of columns; null (no limit) if the stream is not a terminal. */
export const streamWidth = (stream: Stream): number | null =>
  process[stream].isTTY ? process[stream].columns || 80 : null;

export function writeText(stream: Stream, text: string): void {
  process[stream].write(`${terminalText(text)}\n`);
}

/** On a terminal: replaces the current line of standard error, and ends it or not. */
export function redraw(line: string, end: "" | "\n" = ""): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${terminalLine(line)}${end}`);
}

const cancelled = (): SitrepError => new SitrepError("cancelled", "Nothing was changed.");

/** Calls `end` when a signal would end the program and leave the terminal as a question has set it. */
function onSignals(end: () => void): Disposable {
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, end);
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, end);
    },
  };
}

/** Asks on a terminal, and returns the line that a person types. Throws `cancelled` for Ctrl-C, Ctrl-D and SIGTERM. */
export async function readAnswer(question: string): Promise<string> {
  // Loaded here: a status line, which must be fast, never asks.
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
      // Removes the listeners: otherwise the next question would show each letter twice.
      lines.close();
      resolve(answer);
    });
  });
}

export async function readUnseen(question: string): Promise<string> {
  const { stdin } = process;
  const left = new AbortController();
  using _ = onSignals(() => left.abort());
  // Before the question: text that is pasted the moment it appears must not be shown either.
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

/** When a reader such as `head` closes the pipe early, the command does all its work, and the rest of its output is dropped. */
export function ignoreBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // EIO: the terminal is gone.
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  }
}
