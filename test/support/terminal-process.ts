// Runs a command on its own terminal, which `script` provides, and an emulator that displays its output.

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import xterm, { type IBufferLine, type Terminal } from "@xterm/headless";

export interface TerminalProcess {
  child: ChildProcessWithoutNullStreams;
  terminal: Terminal;
  /** The rows on the screen now. */
  rows: () => (IBufferLine | undefined)[];
  /** All bytes that the terminal received. */
  raw: () => string;
  type: (text: string) => void;
}

export interface TerminalOptions {
  cwd: string;
  env: Readonly<Record<string, string>>;
  columns: number;
  rows: number;
}

/** `command`: a line for a shell that first sets the size of the terminal. */
export function startOnTerminal(
  command: string,
  { cwd, env, columns, rows }: TerminalOptions,
): TerminalProcess {
  const sized = `stty cols ${columns} rows ${rows}; ${command}`;
  const child = spawn("script", ["-qefc", sized, "/dev/null"], {
    cwd,
    env: { TERM: "xterm-256color", ...env },
  });
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  let raw = "";
  child.stdout.on("data", (part: Buffer) => {
    raw += part.toString("latin1");
    terminal.write(part);
  });
  terminal.onData((response) => void child.stdin.write(response));
  return {
    child,
    terminal,
    rows: () => {
      const { active } = terminal.buffer;
      return Array.from({ length: terminal.rows }, (_, at) =>
        active.getLine(active.viewportY + at),
      );
    },
    raw: () => raw,
    type: (typed) => void child.stdin.write(typed),
  };
}
