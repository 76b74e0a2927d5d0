// Writes transactions of a hundred tasks, one after the other, until it is killed, while many hooks run.
// Usage: node writer.ts CACHE.

import { openCache } from "../../src/state/cache/cache-file.ts";
import { saveResponse } from "../../src/state/cache/task-snapshots.ts";
import { readTask } from "../../src/core/task/task.ts";

const db = openCache(process.argv[2] ?? "");
const key = { project: "/work/busy", source: "embedded", origin: "local", subject: "", query: "" };
for (let round = 0; ; round += 1) {
  const tasks = Array.from({ length: 100 }, (_, index) =>
    readTask({
      id: `B-${index}`,
      source: "embedded",
      title: `Task ${index}, ${round}`,
      status: "pending",
    }),
  ).filter((task) => task !== null);
  saveResponse(db, key, { tasks, ended: [], notes: null, at: Date.now(), bySession: null });
  // A monitor also does other work between its transactions.
  await new Promise((resolve) => setTimeout(resolve, 5));
}
