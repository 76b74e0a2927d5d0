// Tasks that wait for each other in a ring, none of which could ever begin.

import type { Task } from "./task.ts";

/**
 * The ids of a ring that goes through one of `from`, its first again at the end; null where there is none. A task that
 * depends on itself is one.
 */
export function findCycle(
  tasks: Iterable<Pick<Task, "id" | "dependsOn">>,
  from: Iterable<string>,
): string[] | null {
  const edges = new Map<string, readonly string[]>();
  for (const { id, dependsOn } of tasks) edges.set(id, dependsOn);
  const done = new Set<string>();
  for (const start of from) {
    // By hand: a chain of ten thousand tasks is deeper than the stack.
    const path = [{ id: start, next: 0 }];
    const onPath = new Set([start]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const id = edges.get(top.id)?.[top.next];
      top.next += 1;
      if (id === undefined) {
        path.pop();
        onPath.delete(top.id);
        done.add(top.id);
      } else if (onPath.has(id)) {
        const ids = path.map((step) => step.id);
        return [...ids.slice(ids.indexOf(id)), id];
      } else if (!done.has(id)) {
        path.push({ id, next: 0 });
        onPath.add(id);
      }
    }
  }
  return null;
}
