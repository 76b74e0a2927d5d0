// MCP over the standard input and output of a child process, which ends with us for sure: with its whole group, also when
// we are killed.

import type { Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { deserializeMessage, serializeMessage } from "@modelcontextprotocol/client";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { createAllowance } from "../../core/mapping/answer-bounds.ts";
import { cleanText, quoted } from "../../core/quote.ts";
import { SourceError } from "../../core/source-error.ts";
import { tooMuch } from "../../http/capped-body.ts";
import type { StdioProgram } from "./connection.ts";
import { createLineReader } from "./line-reader.ts";
import { killGroup } from "../../git/kill-group.ts";
import { startServer, type Child } from "./stdio-program.ts";

const stopWaitMs = 500;
const lastWordsMs = 50;
const endWaitMs = 200;
const keptLines = 5;
const keptStderr = 2000;
/** After each piece of standard error: a program that floods it waits, and we do not. */
const stderrPauseMs = 50;

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
  const lines = createLineReader(name, largestMessage);
  const allowance = createAllowance(largestMessage, () => performance.now());
  let child: Child | null = null;
  let stderr = "";
  let ended: SourceError | null = null;
  let isClosing = false;
  let hasSpoken = false;
  let markOver: (() => void) | undefined;
  const over = new Promise<void>((resolve) => (markOver = resolve));

  /** What follows cannot be told apart any more, or has no end: the program is not asked to end, it is ended. */
  function refuse(failure: SourceError): void {
    ended = failure;
    self.onerror?.(failure);
    if (child === null) return;
    isClosing = true;
    child.stdout.destroy();
    child.stderr.destroy();
    killGroup(child.pid);
  }

  function read(chunk: Buffer): void {
    if (ended !== null) return;
    if (!allowance.take(chunk.length)) return refuse(tooMuch(name));
    const { whole, failure } = lines(chunk);
    for (const line of whole) {
      if (ended !== null) return;
      if (!allowance.takeMessage()) return refuse(tooMuch(name));
      try {
        const message = deserializeMessage(line);
        hasSpoken = true;
        self.onmessage?.(message);
      } catch (error) {
        // Chatter of a program that takes its standard output for a log.
        if (!(error instanceof SyntaxError)) self.onerror?.(error as Error);
      }
    }
    if (failure !== null) refuse(failure);
  }

  async function onExit(running: Child, code: number | null, signal: string | null): Promise<void> {
    // What it may have started goes with it, and so does the watcher.
    killGroup(running.pid);
    // Its last words may still be on their way.
    const said = new Promise((resolve) => running.stderr.once("close", resolve));
    running.stderr.resume();
    await Promise.race([said, sleep(lastWordsMs)]);
    const words = lastLines(stderr);
    if (!isClosing) {
      ended = new SourceError(
        hasSpoken ? "source-unreachable" : "source-not-started",
        `${name}: "${program.command}" ended with ${code ?? signal ?? "an error"}.`,
        words.length === 0 ? {} : { hint: `It said last:\n${words.join("\n")}` },
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
          stderr = (stderr + chunk.subarray(-keptStderr).toString("utf8")).slice(-keptStderr);
          if (running.exitCode !== null || running.signalCode !== null) return;
          errors.pause();
          void sleep(stderrPauseMs).then(() => errors.resume());
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
      if ("method" in message) allowance.ask();
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
      killGroup(running.pid);
      await exited;
    },
  };
  return self;
}
