// A server's program as a child process: what it is given, and that its whole group ends.

import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import spawnOnWindows from "cross-spawn";
import { getDefaultEnvironment } from "@modelcontextprotocol/client/stdio";
import type { StdioProgram } from "./connection.ts";

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts a server below a shell that first starts a watcher. The watcher reads from a pipe whose other end only we hold:
 * it ends when we do, and then the group is killed. The server itself takes the place of the shell.
 */
const guardedStart =
  '( read -r _ <&3; sleep 1; kill -KILL 0 ) </dev/null >/dev/null 2>&1 & exec "$@" 3<&-';

/** Passed on beside those of the SDK (PATH, HOME, SHELL, TERM, USER, LOGNAME). */
const passedOn = ["LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"];

function environmentFor(own: StdioProgram["env"]): Record<string, string> {
  const env = getDefaultEnvironment();
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...own };
}

export function startServer({ command, args, cwd, env }: StdioProgram): Child {
  const options = { cwd, env: environmentFor(env), windowsHide: true };
  if (process.platform === "win32") {
    // By the system's shell where it is a script of npm's, with each argument as it is.
    return spawnOnWindows(command, args, { ...options, stdio: "pipe" }) as Child;
  }
  return spawn("/bin/sh", ["-c", guardedStart, "sitrep", command, ...args], {
    ...options,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    detached: true,
  }) as Child;
}
