// Dependency cycles: tasks that wait for each other, none of which can ever start.

import type { Task } from "./task.ts";

/** A cycle through one of `from`, with its first id again at the end; null if there is none. */
export function findCycle(
  tasks: Iterable<Pick<Task, "id" | "dependsOn">>,
  from: Iterable<string>,
): string[] | null {
  const edges = new Map<string, readonly string[]>();
  for (const { id, dependsOn } of tasks) edges.set(id, dependsOn);
  const done = new Set<string>();
  for (const start of from) {
    // Not recursive: a chain of ten thousand tasks overflows the stack.
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

export function findStuck(blockers: ReadonlyMap<string, readonly string[]>): Set<string> {
  const waiting = new Map<string, string[]>();
  const left = new Map<string, number>();
  for (const [key, keys] of blockers) {
    const known = [...new Set(keys)].filter((one) => blockers.has(one));
    left.set(key, known.length);
    for (const one of known) {
      const others = waiting.get(one);
      if (others === undefined) waiting.set(one, [key]);
      else others.push(key);
    }
  }
  const free = [...left].flatMap(([key, count]) => (count === 0 ? [key] : []));
  for (let key = free.pop(); key !== undefined; key = free.pop()) {
    left.delete(key);
    for (const other of waiting.get(key) ?? []) {
      const count = (left.get(other) ?? 0) - 1;
      left.set(other, count);
      if (count === 0) free.push(other);
    }
  }
  return new Set(left.keys());
}
