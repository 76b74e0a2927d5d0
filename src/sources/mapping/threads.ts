// Threads that all mappings share, because a thread for each source would take ten megabytes each.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { codeOf } from "../../core/errors.ts";
import type { MappedResponse, MapReply, MapRequest } from "./worker.ts";

/** `words`: the expression's error, the time limit, or the code of the thread's crash. */
export interface MappingFailure {
  kind: "expression" | "time" | "memory" | "broken" | "given-up";
  words: string;
}

/** One response to be mapped. Either `succeed` or `fail` is called once. */
export interface MappingJob {
  request: MapRequest;
  /** Counted from when a thread takes it. */
  timeoutMs: number;
  succeed(mapped: MappedResponse | null): void;
  fail(failure: MappingFailure): void;
}

interface Thread {
  worker: Worker;
  /** True once its code is loaded, which on a busy machine takes longer than the time for a mapping. */
  isReady: boolean;
  job: MappingJob | null;
  /** True if the job takes so long that waiting jobs get another thread. */
  isHeldUp: boolean;
  timer: NodeJS.Timeout | undefined;
}

const maxThreads = 2;
const heldUpMs = 1000;
const idleMs = 1000;
/** Enough for the largest response that a setting allows. */
const memory = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 4 };

const threads = new Set<Thread>();
const waiting: MappingJob[] = [];

/** The worker's file: beside the bundles, or beside this file. */
function workerFile(): string {
  const folder = import.meta.dirname;
  const names = ["mapping-worker.cjs", "worker.js", "worker.ts"];
  const file = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) throw new Error(`no mapping worker in ${folder}`);
  return file;
}

/** Ends the thread: its job fails, and waiting jobs get a new thread. */
function end(thread: Thread, failure: MappingFailure): Promise<unknown> {
  if (!threads.delete(thread)) return Promise.resolve();
  clearTimeout(thread.timer);
  const ended = thread.worker.terminate();
  thread.job?.fail(failure);
  help();
  return ended;
}

function takeNext(thread: Thread): void {
  clearTimeout(thread.timer);
  const job = waiting.shift() ?? null;
  thread.job = job;
  thread.isHeldUp = false;
  if (job === null) {
    const words = "";
    thread.timer = setTimeout(() => void end(thread, { kind: "given-up", words }), idleMs).unref();
    return;
  }
  thread.timer = setTimeout(
    () => void end(thread, { kind: "time", words: `${job.timeoutMs} ms` }),
    job.timeoutMs,
  );
  setTimeout(() => {
    if (thread.job !== job) return;
    thread.isHeldUp = true;
    help();
  }, heldUpMs).unref();
  thread.worker.postMessage(job.request);
}

/** Starts a thread for waiting jobs if every other one is held up. */
function help(): void {
  const areHeldUp = [...threads].every(({ isHeldUp }) => isHeldUp);
  if (waiting.length > 0 && threads.size < maxThreads && areHeldUp) start();
}

function start(): void {
  const worker = new Worker(workerFile(), { resourceLimits: memory, env: {}, execArgv: [] });
  const thread: Thread = { worker, isReady: false, job: null, isHeldUp: false, timer: undefined };
  threads.add(thread);
  worker.on("message", (reply: MapReply | "ready") => {
    const { job } = thread;
    if (reply === "ready") {
      thread.isReady = true;
      // From now on only a job's timer keeps the process alive.
      worker.unref();
      return takeNext(thread);
    }
    if ("mapped" in reply) job?.succeed(reply.mapped);
    else job?.fail({ kind: "expression", words: reply.error });
    takeNext(thread);
  });
  worker.on("error", (error) => {
    const words = codeOf(error);
    const kind = words === "ERR_WORKER_OUT_OF_MEMORY" ? "memory" : "broken";
    // If no thread can start, waiting jobs would wait forever.
    if (!thread.isReady) for (const one of waiting.splice(0)) one.fail({ kind, words });
    void end(thread, { kind, words });
  });
}

export function runMapping(job: MappingJob): void {
  waiting.push(job);
  const idle = [...threads].find((one) => one.isReady && one.job === null);
  if (idle !== undefined) takeNext(idle);
  else help();
}

/** Fails these jobs, and ends the threads of those that run. */
export async function giveUp(jobs: ReadonlySet<MappingJob>): Promise<void> {
  const failure: MappingFailure = { kind: "given-up", words: "" };
  for (const job of jobs) {
    const at = waiting.indexOf(job);
    if (at >= 0) waiting.splice(at, 1);
    if (at >= 0) job.fail(failure);
  }
  const running = [...threads].filter(({ job }) => job !== null && jobs.has(job));
  await Promise.all(running.map((thread) => end(thread, failure)));
}
