// The writes of a server's clients. Writes to one project that arrive together are grouped.

import { withStoreError, writeInProject } from "./database/connection.ts";
import type { ProjectKey, StoreConnection, StoreScope } from "./database/connection.ts";
import { inGroups, type Outcome } from "./database/write-batches.ts";
import { reserveIds, type ReservedIds, type RequestedIds } from "./ids.ts";
import { writeStatuses, type StatusWrite } from "./status-writes.ts";
import type { TaskRow } from "./task-queries.ts";
import { insertTasks, type NewTasks } from "./task-writes.ts";

/** Most tasks or ids in a group. A call with more is a separate group. */
const most = 200;

const fulfilled = <T>(values: readonly T[]): Outcome<T>[] =>
  values.map((value) => ({ status: "fulfilled", value }));

interface Call<T> {
  readonly key: ProjectKey;
  readonly call: T;
}

export interface GroupedWrites {
  /** Adds all tasks of a call or none, in order. Throws `task-invalid` for an id in use. */
  readonly add: (item: Call<NewTasks>) => Promise<TaskRow[]>;
  /** Throws what the status change's `check` throws. */
  readonly move: (item: Call<StatusWrite>) => Promise<TaskRow>;
  readonly reserve: (item: Call<RequestedIds>) => Promise<ReservedIds>;
}

export function createGroupedWrites(store: StoreConnection): GroupedWrites {
  /** Calls for one project and `part` form a group. */
  const grouped = <C, T>(
    work: (scope: StoreScope, calls: readonly C[]) => Promise<readonly Outcome<T>[]>,
    sizeOf: (call: C) => number = () => 1,
    partOf: (call: C) => string = () => "",
  ) =>
    inGroups<Call<C>, T>({
      keyOf: ({ key: { organization, project }, call }) =>
        JSON.stringify([organization, project, partOf(call)]),
      sizeOf: ({ call }) => sizeOf(call),
      most,
      write: async (items) => {
        const [first] = items;
        const calls = items.map(({ call }) => call);
        if (first === undefined) return [];
        return await withStoreError(
          store,
          writeInProject(store, first.key, (scope) => work(scope, calls)),
        );
      },
    });
  return {
    add: grouped<NewTasks, TaskRow[]>(
      async (scope, calls) => fulfilled(await insertTasks(scope, calls)),
      ({ tasks }) => tasks.length,
    ),
    move: grouped(writeStatuses),
    reserve: grouped<RequestedIds, ReservedIds>(
      async (scope, calls) => fulfilled(await reserveIds(scope, calls)),
      ({ count }) => count,
      ({ type }) => type,
    ),
  };
}
