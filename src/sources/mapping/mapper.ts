// Runs a source's mappings in a thread with limits of time and memory: an expression that never ends delays only its own source.

import { SourceError } from "../../core/source-error.ts";
import type { ToolResponse } from "../../core/mapping/tool-response.ts";
import { quoted } from "../../core/quote.ts";
import { giveUp, runMapping, type MappingFailure, type MappingJob } from "./threads.ts";
import type { MappedResponse, MapRequest } from "./worker.ts";

export interface Mapper extends AsyncDisposable {
  /** Null for another shape. Throws `source-invalid-response` or `source-timeout` (a busy machine). */
  map(
    map: MapRequest["map"],
    response: ToolResponse,
    settings: MapRequest["settings"],
  ): Promise<MappedResponse | null>;
}

function wordsOf({ kind, words }: MappingFailure): string {
  if (kind === "expression") return `failed: ${quoted(words, 160)}`;
  if (kind === "time") return `took longer than ${words}`;
  if (kind === "memory") return "exceeded its memory limit";
  return kind === "broken" ? `crashed (${words})` : "was cancelled";
}

export function createMapper(name: string, timeoutMs: number): Mapper {
  const jobs = new Set<MappingJob>();
  const failureOf = (failure: MappingFailure): SourceError =>
    new SourceError(
      failure.kind === "time" ? "source-timeout" : "source-invalid-response",
      `${name}: the mapping ${wordsOf(failure)}.`,
      { hint: `"sitrep source test ${name}" shows the step and the response.` },
    );
  return {
    // Only the fields that are read: a tool's response may have more, and all of it would be copied to the thread.
    map: (map, { isError, structured, texts }, settings) =>
      new Promise((resolve, reject) => {
        const job: MappingJob = {
          request: { map, response: { isError, structured, texts }, settings },
          timeoutMs,
          succeed: (mapped) => {
            jobs.delete(job);
            resolve(mapped);
          },
          fail: (failure) => {
            jobs.delete(job);
            reject(failureOf(failure));
          },
        };
        jobs.add(job);
        runMapping(job);
      }),
    [Symbol.asyncDispose]: () => giveUp(jobs),
  };
}
