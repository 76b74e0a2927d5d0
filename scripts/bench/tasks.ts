// The bench's tasks: its project's own, and those of other projects in the cache.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { saveResponse } from "../../src/state/cache/task-snapshots.ts";
import { readTask } from "../../src/core/task/task.ts";
import type { Sqlite } from "../../src/state/sqlite/sqlite.ts";

const priorities = ["urgent", "high", "medium", "low", "none"];
const statuses = ["pending", "pending", "pending", "pending", "in_progress", "blocked"];

/** A file of `count` tasks in `home`, for `sitrep task import`. Returns its path. */
export function taskFile(home: string, count: number): string {
  const tasks = Array.from({ length: count }, (_, index) => ({
    title: `Task ${index}: rotate the signing keys of the ${index}th service before they expire`,
    description: "What is to be done, in a sentence or two, as people write it. ".repeat(3),
    priority: priorities[index % priorities.length],
    status: statuses[index % statuses.length],
    labels: ["backend"],
    ...(index % 7 === 0 ? { due: "2027-01-01" } : {}),
  }));
  const file = join(home, "tasks.json");
  writeFileSync(file, JSON.stringify(tasks));
  return file;
}

/** Adds `count` other projects with 50 tasks each to the cache. */
export function addProjects(cache: Sqlite, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const project = `/work/project-${index}`;
    const tasks = Array.from({ length: 50 }, (_, task) =>
      readTask({
        id: `P${index}-${task}`,
        source: "embedded",
        title: `Task ${task}`,
        status: "pending",
      }),
    ).filter((task) => task !== null);
    const key = { project, source: "embedded", origin: "local", subject: "", query: "" };
    saveResponse(cache, key, { tasks, ended: [], notes: null, at: Date.now(), bySession: null });
  }
}
