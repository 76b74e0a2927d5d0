// The writes of a server's clients, those to one project in groups.

import {
  orStoreError,
  type ProjectKey,
  type StoreConnection,
  type StoreTransaction,
} from "./database/connection.ts";
import { reserveIds, type ReservedIds, type WantedIds } from "./ids.ts";
import { inGroups, type Outcome } from "./database/write-batches.ts";
import { moveTasks, type Move } from "./task-moves.ts";
import type { TaskRow } from "./task-queries.ts";
import { insertTasks, type NewTasks } from "./task-writes.ts";

/** As many tasks or ids are written at once, where one call does not bring more. */
const most = 200;

const fulfilled = <T>(values: readonly T[]): Outcome<T>[] =>
  values.map((value) => ({ status: "fulfilled", value }));

/** A call, and what it writes in. */
interface Call<T> {
  readonly key: ProjectKey;
  readonly call: T;
}

export interface GroupedWrites {
  /** Adds all tasks of a call or none, in order. Throws `task-invalid` for an id in use. */
  readonly add: (item: Call<NewTasks>) => Promise<TaskRow[]>;
  /** Throws what its `check` throws. */
  readonly move: (item: Call<Move>) => Promise<TaskRow>;
  readonly reserve: (item: Call<WantedIds> & { readonly type: string }) => Promise<ReservedIds>;
}

const partsOf = ({ organization, project }: ProjectKey): readonly string[] => [
  organization,
  project,
];

/** They throw the store's errors. */
export function createGroupedWrites(store: StoreConnection): GroupedWrites {
  /** All of one key, which is the first one's. */
  const writing =
    <Item extends { readonly key: ProjectKey }, T>(
      work: (trx: StoreTransaction, first: Item, items: readonly Item[]) => Promise<Outcome<T>[]>,
    ) =>
    async (items: readonly Item[]): Promise<readonly Outcome<T>[]> => {
      const [first] = items;
      if (first === undefined) return [];
      return orStoreError(
        store,
        store.write((trx) => work(trx, first, items)),
      );
    };
  return {
    add: inGroups({
      keyOf: ({ key }) => JSON.stringify(partsOf(key)),
      sizeOf: ({ call }) => call.tasks.length,
      most,
      write: writing(async (trx, { key }, items) => {
        const calls = items.map(({ call }) => call);
        return fulfilled(await insertTasks(store, trx, key, calls));
      }),
    }),
    move: inGroups({
      keyOf: ({ key }) => JSON.stringify(partsOf(key)),
      sizeOf: () => 1,
      most,
      write: writing((trx, { key }, items) => {
        const moves = items.map(({ call }) => call);
        return moveTasks(store, trx, key, moves);
      }),
    }),
    reserve: inGroups({
      keyOf: ({ key, type }) => JSON.stringify([...partsOf(key), type]),
      sizeOf: ({ call }) => call.count,
      most,
      write: writing(async (trx, { key, type }, items) => {
        const calls = items.map(({ call }) => call);
        return fulfilled(await reserveIds(trx, key, type, calls));
      }),
    }),
  };
}
