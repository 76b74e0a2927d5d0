// How people name a task: `TASK-001`, `task-1`, `1`, `#1`, the start of its id, any of these after `SOURCE/`, or the line of
// its file (`TODO.md:14`).

import type { Task } from "./task.ts";

type Named = Pick<Task, "id" | "source" | "place">;

const numbered = /^(.*?)[-#]?0*(\d+)$/s;

/** `TASK-001`, `task-1` and `Task1` are equal; null for an id that does not end in a number. */
function numberKey(id: string): { prefix: string; number: string } | null {
  const [, prefix, number] = numbered.exec(id.toLowerCase()) ?? [];
  return prefix === undefined || number === undefined ? null : { prefix, number };
}

/** `T-1` is not the start of `T-10` or `T-1.2`. */
const begins = (id: string, beginning: string): boolean =>
  id.startsWith(beginning) && !(/\d$/.test(beginning) && /^\.?\d/.test(id.slice(beginning.length)));

const ways: readonly ((given: string) => (id: string) => boolean)[] = [
  (given) => (id) => id === given,
  (given) => (id) => id.toLowerCase() === given.toLowerCase(),
  (given) => {
    const wanted = numberKey(given);
    return (id) => {
      const own = wanted === null ? null : numberKey(id);
      const isAny = wanted?.prefix === "";
      return (
        own?.number === wanted?.number && own !== null && (isAny || own.prefix === wanted?.prefix)
      );
    };
  },
  // The part after a feature's or a tag's name: `T012` of `001-login/T012`.
  (given) => (id) => given !== "" && id.toLowerCase().endsWith(`/${given.toLowerCase()}`),
  (given) => (id) => given !== "" && begins(id.toLowerCase(), given.toLowerCase()),
];

export function tasksMatching<T extends Named>(tasks: readonly T[], given: string): T[] {
  const text = given.trim();
  const placed = tasks.filter(({ place }) => place !== undefined && place === text);
  if (placed.length > 0) return placed;
  const slash = text.indexOf("/");
  const source = text.slice(0, Math.max(0, slash)).toLowerCase();
  const ofSource = slash < 0 ? [] : tasks.filter((task) => task.source.toLowerCase() === source);
  for (const way of ways) {
    const [isIt, isItThere] = [way(text), way(text.slice(slash + 1))];
    const found = tasks.filter(({ id }) => isIt(id));
    const there = ofSource.filter(({ id }) => isItThere(id));
    const both = [...new Set([...found, ...there])];
    if (both.length > 0) return both;
  }
  return [];
}
