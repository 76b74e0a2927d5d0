// The one function that is used of a library that comes without types.

declare module "@bcoe/v8-coverage" {
  import type { Profiler } from "node:inspector";

  /** The sum of what several processes counted in one script; undefined when there are none. Takes the first one's URL. */
  export function mergeScriptCovs(
    scripts: readonly Profiler.ScriptCoverage[],
  ): Profiler.ScriptCoverage | undefined;
}
