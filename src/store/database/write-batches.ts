// What comes while others are written waits, and is then written together with all that came meanwhile: under load one round of
// statements serves many. Who comes alone is written at once.

import { setImmediate } from "node:timers/promises";
import { codeOf } from "../../core/errors.ts";

export type Outcome<T> = PromiseSettledResult<T>;

interface Waiting<Item, T> {
  readonly item: Item;
  readonly settle: (outcome: Outcome<T>) => void;
}

export async function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  const [outcome] = await Promise.allSettled([work]);
  return outcome;
}

/** Of the store and not of one of them; after `store-interrupted` all of it may be there, and none is written again. */
const ofAll = new Set([
  "store-interrupted",
  "store-unreachable",
  "store-busy",
  "disk-full",
  "file-denied",
  "too-many-files",
]);

export interface GroupOptions<Item, T> {
  /** Items of one key are written together, those of others beside them. */
  readonly keyOf: (item: Item) => string;
  /** How much there is in an item; of more than `most` a group is of one. */
  readonly sizeOf: (item: Item) => number;
  readonly most: number;
  /** Writes all of them, or none where it throws. Gives their outcomes in order. */
  readonly write: (items: readonly Item[]) => Promise<readonly Outcome<T>[]>;
}

/** Each has its own outcome: where all of a group fail for one, each is written by itself. */
export function inGroups<Item, T>(options: GroupOptions<Item, T>): (item: Item) => Promise<T> {
  const { keyOf, sizeOf, most, write } = options;
  const lines = new Map<string, Waiting<Item, T>[]>();

  function nextOf(line: Waiting<Item, T>[]): Waiting<Item, T>[] {
    let size = 0;
    const end = line.findIndex(({ item }, at) => (size += sizeOf(item)) > most && at > 0);
    return line.splice(0, end < 0 ? line.length : end);
  }

  async function writeGroup(group: readonly Waiting<Item, T>[]): Promise<void> {
    const written = await outcomeOf(write(group.map(({ item }) => item)));
    if (written.status === "fulfilled") {
      for (const [at, outcome] of written.value.entries()) group[at]?.settle(outcome);
    } else if (group.length === 1 || ofAll.has(codeOf(written.reason) ?? "")) {
      for (const { settle } of group) settle(written);
    } else {
      await Promise.all(group.map((one) => writeGroup([one])));
    }
  }

  async function writeLine(key: string, line: Waiting<Item, T>[]): Promise<void> {
    // oxlint-disable no-await-in-loop -- one group after the other
    while (line.length > 0) {
      // Whoever has asked by now is read and heard first.
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
      const known = lines.get(key);
      const line = known ?? [];
      line.push({ item, settle });
      if (known !== undefined) return;
      lines.set(key, line);
      void writeLine(key, line);
    });
}
