// The threads in which mappings run, of all sources together: one, another while that is held up, and none while nothing is
// to be mapped. A thread of each source's own would cost ten megabytes.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { codeOf } from "../../core/errors.ts";
import type { MappedAnswer, MapReply, MapRequest } from "./worker.ts";

/** Why nothing came of it. `words`: what the expression says, or the code with which the thread broke off. */
export interface MappingFailure {
  kind: "expression" | "time" | "memory" | "broken" | "given-up";
  words: string;
}

/** One answer to be mapped; `fail` is called once where `succeed` is not. */
export interface MappingJob {
  request: MapRequest;
  /** From when a thread takes it. */
  timeoutMs: number;
  succeed(mapped: MappedAnswer | null): void;
  fail(failure: MappingFailure): void;
}

interface Thread {
  worker: Worker;
  /** Its code is loaded; on a busy machine that takes longer than a mapping may. */
  isReady: boolean;
  job: MappingJob | null;
  /** The job takes so long that what waits gets another thread. */
  isHeldUp: boolean;
  /** For the job, else for its own life. */
  timer: NodeJS.Timeout | undefined;
}

const mostThreads = 2;
/** A mapping that takes longer holds up those that wait. */
const heldUpMs = 1000;
const idleMs = 1000;
/** Enough for an answer of the largest size that a setting allows. */
const memory = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 4 };

const threads = new Set<Thread>();
const waiting: MappingJob[] = [];

/** Beside the bundles, or beside this file. */
function workerFile(): string {
  const folder = import.meta.dirname;
  const names = ["mapping-worker.cjs", "worker.js", "worker.ts"];
  const file = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) throw new Error(`no mapping worker in ${folder}`);
  return file;
}

/** Ends the thread; what it was at has failed, and what waits gets a new one. */
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

/** Starts a thread for what waits while every other is held up. */
function help(): void {
  const areHeldUp = [...threads].every(({ isHeldUp }) => isHeldUp);
  if (waiting.length > 0 && threads.size < mostThreads && areHeldUp) start();
}

function start(): void {
  const worker = new Worker(workerFile(), { resourceLimits: memory, env: {}, execArgv: [] });
  const thread: Thread = { worker, isReady: false, job: null, isHeldUp: false, timer: undefined };
  threads.add(thread);
  worker.on("message", (reply: MapReply | "ready") => {
    const { job } = thread;
    if (reply === "ready") {
      thread.isReady = true;
      // From here on a job's own timer keeps the process, and nothing else.
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
    // What waits for a thread that cannot start would wait for ever.
    if (!thread.isReady) for (const one of waiting.splice(0)) one.fail({ kind, words });
    void end(thread, { kind, words });
  });
}

/** Runs a job as soon as a thread is free. */
export function runMapping(job: MappingJob): void {
  waiting.push(job);
  const idle = [...threads].find((one) => one.isReady && one.job === null);
  if (idle !== undefined) takeNext(idle);
  else help();
}

/** Fails these jobs; the thread of one that runs is ended. */
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
