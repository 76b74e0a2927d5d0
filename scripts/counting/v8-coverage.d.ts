// Types for the one function that we use of a library without types.

declare module "@bcoe/v8-coverage" {
  import type { Profiler } from "node:inspector";

  /** Sums several processes' counts of one script; undefined for none. The result has the first one's URL. */
  export function mergeScriptCovs(
    scripts: readonly Profiler.ScriptCoverage[],
  ): Profiler.ScriptCoverage | undefined;
}
