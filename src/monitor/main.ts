// The monitor's executable: `node monitor.cjs monitor --state DIR`.

import { runMonitor } from "./monitor-process.ts";

const state = process.argv[process.argv.indexOf("--state") + 1];
if (state !== undefined && process.argv.includes("--state")) void runMonitor(state);
