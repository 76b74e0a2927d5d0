// Starts `store-worker.ts`, many real processes at once.

import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { onTestFinished } from "vitest";
import { parseObject } from "../../src/core/read.ts";
import { openTaskStore, type TaskStore } from "../../src/store/task-store.ts";

const program = import.meta.resolve("./store-worker.ts").replace("file://", "");

export type WorkerVerb =
  | "add-tasks"
  | "add-for-ever"
  | "count-tasks"
  | "hold-lock"
  | "hold-writing"
  | "migrate"
  | "open-for-reading"
  | "open-for-writing";

export interface WorkerOutcome {
  /** `ok`, or the code of the error. */
  code: string;
  value: unknown;
}

export interface Worker {
  pid: number;
  /** Lets the worker begin. */
  go: () => void;
  /** The next line that the worker prints; null if it has ended. */
  nextLine: () => Promise<string | null>;
  /** The worker's outcome; `silent` if it ended without one. */
  outcome: () => Promise<WorkerOutcome>;
  /** Sends SIGKILL. Resolves when the worker has ended. */
  kill: () => Promise<void>;
}

/** Opens the embedded store in this process and closes it at the end of the test. */
export async function openStore(file: string): Promise<TaskStore> {
  const store = await openTaskStore(file, {
    source: "embedded",
    clock: () => new Date(),
    author: null,
  });
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

function workerOf(child: Child): Worker {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gone = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const nextLine = async (): Promise<string | null> => {
    const { value, done } = await lines.next();
    return done === true ? null : value;
  };
  return {
    pid: child.pid ?? 0,
    go: () => void child.stdin.write("go\n"),
    nextLine,
    outcome: async () => {
      const said = parseObject((await nextLine()) ?? "");
      return { code: String(said?.["code"] ?? "silent"), value: said?.["value"] ?? null };
    },
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Starts a process that waits for `go`. It is killed at the end of the test. */
export async function startWorker(verb: WorkerVerb, ...args: string[]): Promise<Worker> {
  const child = spawn(process.execPath, [program, verb, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => undefined);
  onTestFinished(() => void child.kill("SIGKILL"));
  const worker = workerOf(child);
  const said = await worker.nextLine();
  if (said !== "ready") throw new Error(`the worker said ${String(said)}`);
  return worker;
}

/** Starts processes, lets them begin together once all are ready, and returns their outcomes. */
export async function runTogether(
  count: number,
  verb: WorkerVerb,
  ...args: string[]
): Promise<{ workers: Worker[]; outcomes: WorkerOutcome[] }> {
  const workers = await Promise.all(
    Array.from({ length: count }, () => startWorker(verb, ...args)),
  );
  for (const { go } of workers) go();
  return { workers, outcomes: await Promise.all(workers.map(({ outcome }) => outcome())) };
}
