// Items that arrive during a write are then written together, so that one round of statements serves many.

import { setImmediate } from "node:timers/promises";
import { codeOf } from "../../core/errors.ts";

export type Outcome<T> = PromiseSettledResult<T>;

interface Waiting<Item, T> {
  readonly item: Item;
  readonly settle: (outcome: Outcome<T>) => void;
}

export async function toOutcome<T>(work: Promise<T>): Promise<Outcome<T>> {
  const [outcome] = await Promise.allSettled([work]);
  return outcome;
}

/** Failures of the store, not of one item. After `store-interrupted` the whole group may be stored, so none is written again. */
const storeFailures = new Set([
  "store-interrupted",
  "store-unreachable",
  "store-busy",
  "disk-full",
  "file-denied",
  "too-many-files",
]);

export interface GroupOptions<Item, T> {
  /** Items with one key are written together; those with different keys are written at the same time. */
  readonly keyOf?: (item: Item) => string;
  /** The size of an item; usually 1. A group has at most `most`, or is one larger item. */
  readonly sizeOf?: (item: Item) => number;
  readonly most?: number;
  /** Writes all items, or none if it throws. Returns their outcomes in order. */
  readonly write: (items: readonly Item[]) => Promise<readonly Outcome<T>[]>;
}

/** Each item has its own outcome: if one makes its whole group fail, each is written separately. */
export function inGroups<Item, T>(options: GroupOptions<Item, T>): (item: Item) => Promise<T> {
  const { keyOf = () => "", sizeOf = () => 1, most = Infinity, write } = options;
  const lines = new Map<string, Waiting<Item, T>[]>();

  function nextOf(line: Waiting<Item, T>[]): Waiting<Item, T>[] {
    let size = 0;
    const end = line.findIndex(({ item }, at) => (size += sizeOf(item)) > most && at > 0);
    return line.splice(0, end < 0 ? line.length : end);
  }

  async function writeGroup(group: readonly Waiting<Item, T>[]): Promise<void> {
    const written = await toOutcome(write(group.map(({ item }) => item)));
    if (written.status === "fulfilled") {
      for (const [at, outcome] of written.value.entries()) group[at]?.settle(outcome);
    } else if (group.length === 1 || storeFailures.has(codeOf(written.reason) ?? "")) {
      for (const { settle } of group) settle(written);
    } else {
      await Promise.all(group.map((one) => writeGroup([one])));
    }
  }

  async function writeLine(key: string, line: Waiting<Item, T>[]): Promise<void> {
    // oxlint-disable no-await-in-loop -- one group after the other
    while (line.length > 0) {
      // Lets requests that have already arrived join the group.
      await setImmediate();
      await writeGroup(nextOf(line));
    }
    // oxlint-enable no-await-in-loop
    lines.delete(key);
  }

  return (item) =>
    new Promise<T>((resolve, reject) => {
      const settle = (outcome: Outcome<T>): void => {
        if (outcome.status === "fulfilled") resolve(outcome.value);
        else reject(outcome.reason as Error);
      };
      const key = keyOf(item);
      const line = lines.get(key) ?? [];
      line.push({ item, settle });
      if (lines.has(key)) return;
      lines.set(key, line);
      void writeLine(key, line);
    });
}
