// MCP over the standard input and output of a child process, which ends with us for sure: with its whole group, also when
// we are killed.

import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { ReadBuffer, serializeMessage } from "@modelcontextprotocol/client";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { getDefaultEnvironment } from "@modelcontextprotocol/client/stdio";
import { cleanText, quoted } from "../../core/quote.ts";
import { SourceError } from "../../core/source-error.ts";
import type { StdioProgram } from "./connection.ts";

const stopWaitMs = 500;
const lastWordsMs = 50;
const endWaitMs = 200;
const keptStderr = 2000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Starts a server below a shell that first starts a watcher. The watcher reads from a pipe whose other end only we hold:
 * it ends when we do, and then the group is killed. The server itself takes the place of the shell.
 */
const guardedStart =
  '( read -r _ <&3; sleep 1; kill -KILL 0 ) </dev/null >/dev/null 2>&1 & exec "$@" 3<&-';

/** Passed on beside those of the SDK (PATH, HOME, SHELL, TERM, USER, LOGNAME). */
const passedOn = ["LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"];

const keptLines = 5;

function environmentFor(own: StdioProgram["env"]): Record<string, string> {
  const env = getDefaultEnvironment();
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { ...env, ...own };
}

function startServer({ command, args, cwd, env }: StdioProgram): Child {
  const options = { cwd, env: environmentFor(env), windowsHide: true };
  if (process.platform === "win32") {
    return spawn(command, [...args], { ...options, stdio: ["pipe", "pipe", "pipe"] });
  }
  return spawn("/bin/sh", ["-c", guardedStart, "sitrep", command, ...args], {
    ...options,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    detached: true,
  }) as Child;
}

function killGroup(child: Child): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

/** The last lines that it wrote to its standard error, each cleaned and short. */
function lastLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => cleanText(line, 200))
    .filter((line) => line !== "")
    .map((line) => quoted(line, 200))
    .slice(-keptLines);
}

const sleep = (ms: number): Promise<void> => setTimeout(ms, undefined, { ref: false });

const write = (stream: Writable, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });

export interface StdioTransport extends Transport {
  /** Why it is over, with the last lines of its standard error; null while it runs or when we ended it. */
  endFailure(): SourceError | null;
}

export function createStdioTransport(
  name: string,
  program: StdioProgram,
  largestMessage: number,
): StdioTransport {
  const buffer = new ReadBuffer({ maxBufferSize: largestMessage });
  let child: Child | null = null;
  let stderr = "";
  let ended: SourceError | null = null;
  let isClosing = false;
  let hasSpoken = false;
  let markOver: (() => void) | undefined;
  const over = new Promise<void>((resolve) => (markOver = resolve));

  function read(chunk: Buffer): void {
    try {
      buffer.append(chunk);
    } catch (error) {
      // Larger than the limit: what follows cannot be separated any more.
      self.onerror?.(error as Error);
      return void self.close();
    }
    for (;;) {
      try {
        const message = buffer.readMessage();
        if (message === null) return;
        hasSpoken = true;
        self.onmessage?.(message);
      } catch (error) {
        self.onerror?.(error as Error);
      }
    }
  }

  async function onExit(running: Child, code: number | null, signal: string | null): Promise<void> {
    // What it may have started goes with it, and so does the watcher.
    killGroup(running);
    // Its last words may still be on their way.
    const said = new Promise((resolve) => running.stderr.once("close", resolve));
    await Promise.race([said, sleep(lastWordsMs)]);
    const lines = lastLines(stderr);
    if (!isClosing) {
      ended = new SourceError(
        hasSpoken ? "source-unreachable" : "source-not-started",
        `${name}: "${program.command}" ended with ${code ?? signal ?? "an error"}.`,
        lines.length === 0 ? {} : { hint: `It said last:\n${lines.join("\n")}` },
      );
    }
    child = null;
    markOver?.();
    self.onclose?.();
  }

  const self: StdioTransport = {
    endFailure: () => ended,
    start: () =>
      new Promise((resolve, reject) => {
        const running = startServer(program);
        child = running;
        const { stdin, stdout, stderr: errors } = running;
        errors.on("data", (chunk: Buffer) => {
          stderr = (stderr + chunk.toString("utf8")).slice(-keptStderr);
        });
        stdout.on("data", read);
        // A pipe that breaks is followed by the end of the process, which says more.
        for (const stream of [stdin, stdout, errors]) stream.on("error", () => {});
        running.on("spawn", resolve);
        running.on("error", (cause) => {
          child = null;
          reject(
            new SourceError("source-not-started", `${name} could not be started.`, {
              hint: `Check that the folder ${program.cwd} is there.`,
              cause,
            }),
          );
        });
        // Not "close": a grandchild may hold the pipes for as long as it likes.
        running.on("exit", (code, signal) => void onExit(running, code, signal));
      }),
    send: async (message: JSONRPCMessage) => {
      if (child === null) {
        throw (
          ended ??
          new SourceError("source-unreachable", `${name} does not run.`, { isUnsent: true })
        );
      }
      try {
        await write(child.stdin, serializeMessage(message));
      } catch (error) {
        // A broken pipe: it is ending, and its end says more.
        await Promise.race([over, sleep(endWaitMs)]);
        throw ended ?? error;
      }
    },
    close: async () => {
      const running = child;
      if (running === null || isClosing) return;
      isClosing = true;
      const exited = new Promise((resolve) => running.once("exit", resolve));
      const within = (ms: number): Promise<unknown> => Promise.race([exited, sleep(ms)]);
      running.stdin.end();
      await within(stopWaitMs);
      if (running.exitCode === null && running.signalCode === null) {
        running.kill("SIGTERM");
        await within(stopWaitMs);
      }
      killGroup(running);
      await exited;
    },
  };
  return self;
}
