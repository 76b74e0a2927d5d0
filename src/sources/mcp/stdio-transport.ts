// The child always ends when we do, with its whole group, even when we are killed.

import type { Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { deserializeMessage, serializeMessage } from "@modelcontextprotocol/client";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { createSizeBudget, type SizeBudget } from "../../core/mapping/response-bounds.ts";
import { cleanText, quoted } from "../../core/quote.ts";
import { SourceError } from "../../core/source-error.ts";
import { killGroup } from "../../git/kill-group.ts";
import { tooLargeError } from "../../http/capped-body.ts";
import type { StdioProgram } from "./mcp-connection.ts";
import { createLineReader, type ReadLines } from "./line-reader.ts";
import { startProgram, type Child } from "./stdio-program.ts";

const stopWaitMs = 500;
const lastWordsMs = 50;
const endWaitMs = 200;
const keptLines = 5;
const keptStderr = 2000;
/** The pause after each piece of standard error, so that a program that floods it waits for us. */
const stderrPauseMs = 50;

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

const isRunning = ({ exitCode, signalCode }: Child): boolean =>
  exitCode === null && signalCode === null;

export class StdioTransport implements Transport {
  onclose?: Transport["onclose"];
  onerror?: Transport["onerror"];
  onmessage?: Transport["onmessage"];
  readonly #name: string;
  readonly #program: StdioProgram;
  readonly #readLines: (chunk: Buffer) => ReadLines;
  readonly #allowance: SizeBudget;
  #child: Child | null = null;
  #stderr = "";
  #failure: SourceError | null = null;
  #isClosing = false;
  #hasSpoken = false;
  #onOver: () => void = () => undefined;
  readonly #over: Promise<void> = new Promise((resolve) => (this.#onOver = resolve));

  constructor(name: string, program: StdioProgram, largestMessage: number) {
    this.#name = name;
    this.#program = program;
    this.#readLines = createLineReader(name, largestMessage);
    this.#allowance = createSizeBudget(largestMessage, () => performance.now());
  }

  /** Why it ended, with the last lines of its standard error; null while it runs, and when we ended it. */
  lastFailure(): SourceError | null {
    return this.#failure;
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = startProgram(this.#program);
      this.#child = child;
      child.stderr.on("data", (chunk: Buffer) => this.#keepStderr(child, chunk));
      child.stdout.on("data", (chunk: Buffer) => this.#read(chunk));
      // A broken pipe is followed by the end of the process, which says more.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => {});
      child.on("spawn", resolve);
      child.on("error", (cause) => {
        this.#child = null;
        const hint = `Check that the folder ${this.#program.cwd} exists.`;
        const what = `${this.#name} could not be started.`;
        reject(new SourceError("source-not-started", what, { hint, cause }));
      });
      // Not "close": a grandchild may hold the pipes for as long as it likes.
      child.on("exit", (code, signal) => void this.#onExit(child, code ?? signal ?? "an error"));
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#child === null) {
      const what = `${this.#name} is not running.`;
      throw this.#failure ?? new SourceError("source-unreachable", what, { isUnsent: true });
    }
    if ("method" in message) this.#allowance.ask();
    try {
      await write(this.#child.stdin, serializeMessage(message));
    } catch (error) {
      // After a broken pipe the program is ending, and its exit says more.
      await Promise.race([this.#over, sleep(endWaitMs)]);
      throw this.#failure ?? error;
    }
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child === null || this.#isClosing) return;
    this.#isClosing = true;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.stdin.end();
    await Promise.race([exited, sleep(stopWaitMs)]);
    if (isRunning(child)) {
      child.kill("SIGTERM");
      await Promise.race([exited, sleep(stopWaitMs)]);
    }
    killGroup(child.pid);
    await exited;
  }

  #keepStderr(child: Child, chunk: Buffer): void {
    const text = chunk.subarray(-keptStderr).toString("utf8");
    this.#stderr = (this.#stderr + text).slice(-keptStderr);
    if (!isRunning(child)) return;
    child.stderr.pause();
    void sleep(stderrPauseMs).then(() => child.stderr.resume());
  }

  #read(chunk: Buffer): void {
    if (this.#failure !== null) return;
    if (!this.#allowance.take(chunk.length)) return this.#refuse(tooLargeError(this.#name));
    const { whole, failure } = this.#readLines(chunk);
    for (const line of whole) {
      if (!this.#allowance.takeMessage()) return this.#refuse(tooLargeError(this.#name));
      try {
        const message = deserializeMessage(line);
        this.#hasSpoken = true;
        this.onmessage?.(message);
      } catch (error) {
        // A SyntaxError is chatter of a program that uses its standard output as a log.
        if (!(error instanceof SyntaxError)) this.onerror?.(error as Error);
      }
    }
    if (failure !== null) this.#refuse(failure);
  }

  /** Kills the program at once: the rest of its output cannot be read, or has no end. */
  #refuse(failure: SourceError): void {
    this.#failure = failure;
    this.onerror?.(failure);
    if (this.#child === null) return;
    this.#isClosing = true;
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    killGroup(this.#child.pid);
  }

  async #onExit(child: Child, reason: number | string): Promise<void> {
    // Also what it started, and the watcher.
    killGroup(child.pid);
    // Its last output may not have arrived yet.
    const said = new Promise((resolve) => child.stderr.once("close", resolve));
    child.stderr.resume();
    await Promise.race([said, sleep(lastWordsMs)]);
    if (!this.#isClosing) {
      const words = lastLines(this.#stderr);
      this.#failure = new SourceError(
        this.#hasSpoken ? "source-unreachable" : "source-not-started",
        `${this.#name}: "${this.#program.command}" exited with ${reason}.`,
        words.length === 0 ? {} : { hint: `Its last output:\n${words.join("\n")}` },
      );
    }
    this.#child = null;
    this.#onOver();
    this.onclose?.();
  }
}
