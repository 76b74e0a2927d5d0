// The beginning of each executable of a coverage build: V8 counts every block that runs from here on, and the counts are
// written when the process ends. It reads no variables, because gates and the monitor have a fixed environment.

import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { basename, join } from "node:path";

/** Set by the build: the folder for the counts, and the names of the measured files. */
declare const SITREP_COUNTS: { folder: string; names: string[] };

const { folder, names } = SITREP_COUNTS;
const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

let isWritten = false;
/** Synchronous: a session on its own thread runs the callbacks before `post` returns. */
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
// Hooks end themselves with SIGKILL, which emits no event.
const kill = process.kill.bind(process);
process.kill = (pid, signal) => {
  if (pid === process.pid && signal === "SIGKILL") writeCounts();
  return kill(pid, signal);
};
