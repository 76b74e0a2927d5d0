// A child process that ends with us for sure: with its whole group, also when we are killed.

import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { getDefaultEnvironment } from "@modelcontextprotocol/client/stdio";
import { cleanText } from "../../core/fence.ts";

export interface StdioProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts a server below a shell that first starts a watcher. The watcher reads from a pipe whose other end only we hold:
 * it ends when we do, and then the group is killed. The server itself takes the place of the shell.
 */
const guardedStart =
  '( read -r _ <&3; sleep 1; kill -KILL 0 ) </dev/null >/dev/null 2>&1 & exec "$@" 3<&-';

/** Passed on beside those of the SDK (PATH, HOME, SHELL, TERM, USER, LOGNAME). */
const passedOn = ["LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"];

const keptLines = 5;

function environmentFor(program: StdioProgram): Record<string, string> {
  const env = getDefaultEnvironment();
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...program.env };
}

export function startServer(program: StdioProgram): Child {
  const options = { cwd: program.cwd, env: environmentFor(program), windowsHide: true };
  if (process.platform === "win32") {
    return spawn(program.command, [...program.args], {
      ...options,
      stdio: ["pipe", "pipe", "pipe"],
    });
  }
  return spawn("/bin/sh", ["-c", guardedStart, "sitrep", program.command, ...program.args], {
    ...options,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    detached: true,
  }) as Child;
}

export function killGroup(child: Child): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

/** The last lines that it wrote to its standard error, each cleaned and short. */
export function lastLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => cleanText(line, 200))
    .filter((line) => line !== "")
    .slice(-keptLines);
}
