// What an executable of a coverage build begins with: V8 counts every block that runs from here on, and the counts are
// written when the process ends. Nothing is taken from the environment: gates and the monitor have a fixed one.

import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { basename, join } from "node:path";

/** Baked in by the build: the folder for the counts, and the names of the files that are of interest. */
declare const SITREP_COUNTS: { folder: string; names: string[] };

const { folder, names } = SITREP_COUNTS;
const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

let isWritten = false;
/** Both calls run to their end before it returns: this session's target is its own thread. */
function writeCounts(): void {
  if (isWritten) return;
  isWritten = true;
  session.post("Profiler.takePreciseCoverage", (error, taken) => {
    if (error !== null) throw error;
    const scripts = taken.result.filter(({ url }) => names.includes(basename(url)));
    const file = join(folder, `${process.pid}-${process.hrtime.bigint()}.json`);
    writeFileSync(file, JSON.stringify(scripts));
  });
}

process.on("exit", writeCounts);
// A hook ends itself so, and no event tells of that.
const kill = process.kill.bind(process);
process.kill = (pid, signal) => {
  if (pid === process.pid && signal === "SIGKILL") writeCounts();
  return kill(pid, signal);
};
