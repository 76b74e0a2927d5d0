// Runs mappings in a thread of their own, within a time and a memory that have a limit: an expression that loops, or a
// regular expression that does not come back, delays nobody but its own source.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { codeOf } from "../../core/errors.ts";
import { SourceError } from "../../core/source-error.ts";
import type { ToolAnswer } from "../../core/tool-answer.ts";
import { quoted } from "../../core/quote.ts";
import type { MappedAnswer, MapReply, MapRequest } from "./worker.ts";

export interface Mapper extends AsyncDisposable {
  /**
   * What the mapping finds in an answer; null when the answer has another shape. Throws `source-invalid-answer` when
   * the mapping fails on it, and `source-timeout` when it takes too long: that the machine is busy says nothing of the
   * answer.
   */
  map(
    map: MapRequest["map"],
    answer: ToolAnswer,
    settings: MapRequest["settings"],
  ): Promise<MappedAnswer | null>;
}

/** Enough for an answer of the largest size that a setting allows. */
const memory = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 4 };

/** Beside the bundles, or beside this file. */
function workerFile(): string {
  const folder = import.meta.dirname;
  const names = ["mapping-worker.cjs", "worker.js", "worker.ts"];
  const file = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) throw new Error(`no mapping worker in ${folder}`);
  return file;
}

interface Waiting {
  resolve: (mapped: MappedAnswer | null) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** `name`: the server's, for messages. `timeoutMs`: for one answer. */
export function createMapper(name: string, timeoutMs: number): Mapper {
  let worker: Worker | null = null;
  let lastId = 0;
  const waiting = new Map<number, Waiting>();

  const failure = (
    what: string,
    code: "source-invalid-answer" | "source-timeout" = "source-invalid-answer",
  ): SourceError =>
    new SourceError(code, `${name}: the mapping ${what}.`, {
      hint: `"sitrep source test ${name}" shows the step and the answer.`,
    });
  const take = (id: number): Waiting | undefined => {
    const one = waiting.get(id);
    waiting.delete(id);
    clearTimeout(one?.timer);
    return one;
  };
  /** Ends the thread; whatever it was at has failed. The next answer gets a new one. */
  const end = async (error: SourceError): Promise<void> => {
    const ended = worker;
    worker = null;
    for (const id of waiting.keys()) take(id)?.reject(error);
    await ended?.terminate();
  };
  const start = (): Worker => {
    const started = new Worker(workerFile(), { resourceLimits: memory, env: {}, execArgv: [] });
    started.unref();
    started.on("message", (reply: MapReply) => {
      const one = take(reply.id);
      if ("mapped" in reply) one?.resolve(reply.mapped);
      else one?.reject(failure(`failed: ${quoted(reply.error, 160)}`));
    });
    started.on("error", (error) => {
      const isMemory = codeOf(error) === "ERR_WORKER_OUT_OF_MEMORY";
      const why = isMemory ? "needs more memory than it may have" : `broke off (${codeOf(error)})`;
      if (worker === started) void end(failure(why));
    });
    return started;
  };

  return {
    // An answer of a tool may bring more than what is read of it here, and all of it would be copied.
    map: (map, { isError, structured, texts }, settings) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        const id = (lastId += 1);
        const timer = setTimeout(
          () => void end(failure(`took longer than ${timeoutMs} ms`, "source-timeout")),
          timeoutMs,
        );
        waiting.set(id, { resolve, reject, timer });
        const answer = { isError, structured, texts };
        worker.postMessage({ id, map, answer, settings } satisfies MapRequest);
      }),
    [Symbol.asyncDispose]: () => end(failure("was given up")),
  };
}
