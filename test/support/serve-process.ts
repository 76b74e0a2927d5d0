// Runs `sitrep serve` from the built files as a process.

import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { parseObject } from "../../src/core/read.ts";
import { builtFolder } from "./built.ts";
import { temporaryFolder } from "./temporary.ts";

const program = join(builtFolder, "cli.cjs");

export interface ServeFixture {
  /** The `SITREP_HOME` of the server and its verbs. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

export function createServeFixture(env: Record<string, string> = {}): ServeFixture {
  return { home: temporaryFolder(), env };
}

const environmentOf = ({ home, env }: ServeFixture): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home,
  SITREP_HOME: home,
  ...env,
});

export interface OutboxEntry {
  code: number | null;
  out: string;
  err: string;
}

/** Runs `sitrep serve …` until it exits. */
export function runVerb(context: ServeFixture, args: readonly string[], input = ""): OutboxEntry {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "serve", ...args], {
    env: environmentOf(context),
    cwd: context.home,
    encoding: "utf8",
    input,
    timeout: 60_000,
  });
  return { code: status, out: stdout.trim(), err: stderr.trim() };
}

/** Adds a key and returns it. Throws the command's error output. */
export function addKeyTo(context: ServeFixture, name: string, ...args: string[]): string {
  const { code, out, err } = runVerb(context, ["key", "add", name, ...args]);
  if (code !== 0) throw new Error(err);
  return out;
}

export interface ServeProcess {
  readonly url: string;
  readonly pid: number;
  /** The server's output: the first key, if it created one. */
  printed(): string;
  /** The log's lines so far, parsed. */
  readonly log: readonly Record<string, unknown>[];
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the process has ended, to the exit code or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

/** Starts a server on a free loopback port and kills it after the test. `command`: Node's arguments; default: built. */
export async function startServeProcess(
  context: ServeFixture,
  args: readonly string[] = [],
  command: readonly string[] = [program],
): Promise<ServeProcess> {
  const child = spawn(process.execPath, [...command, "serve", "--port", "0", ...args], {
    env: environmentOf(context),
    cwd: context.home,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString("utf8")));
  const ended = new Promise<number | string | null>((resolve) =>
    // At `close`, not at `exit`: its last output may still be in the pipe.
    child.once("close", (code, signal) => resolve(code ?? signal)),
  );
  const log: Record<string, unknown>[] = [];
  const other: string[] = [];
  const started = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      const entry = parseObject(line);
      if (entry === null) return void other.push(line);
      log.push(entry);
      if (entry["msg"] === "started") resolve(String(entry["address"]));
    });
    child.once("close", () => reject(new Error(`it did not start: ${other.join("\n")}`)));
  });
  return {
    url: await started,
    pid: child.pid ?? 0,
    printed: () => printed.trim(),
    log,
    signal: (signal) => void child.kill(signal),
    ended,
  };
}
