// Starts a server's program as a child process, so that its whole group ends with us.

import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import spawnOnWindows from "cross-spawn";
import { getDefaultEnvironment } from "@modelcontextprotocol/client/stdio";
import type { StdioProgram } from "./mcp-connection.ts";

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** A watcher reads from a pipe whose other end only we hold: when we end, it kills the group. */
const watchedStart =
  '( read -r _ <&3; sleep 1; kill -KILL 0 ) </dev/null >/dev/null 2>&1 & exec "$@" 3<&-';

/** Passed on in addition to the SDK's (PATH, HOME, SHELL, TERM, USER, LOGNAME). */
const passedOn = ["LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"];

function environmentFor(own: StdioProgram["env"]): Record<string, string> {
  const env = getDefaultEnvironment();
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...own };
}

export function startProgram({ command, args, cwd, env }: StdioProgram): Child {
  const options = { cwd, env: environmentFor(env), windowsHide: true };
  if (process.platform === "win32") {
    // A script of npm's needs the system's shell; this escapes each argument for it.
    return spawnOnWindows(command, args, { ...options, stdio: "pipe" }) as Child;
  }
  return spawn("/bin/sh", ["-c", watchedStart, "sitrep", command, ...args], {
    ...options,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    detached: true,
  }) as Child;
}
