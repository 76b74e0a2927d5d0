// The last number of each type of id in a project never decreases, so that no id is given out twice.

import { randomUUID } from "node:crypto";
import { SitrepError } from "../core/errors.ts";
import type { StoreScope } from "./database/connection.ts";
import { chunks } from "./dependencies.ts";
import { ofProject } from "./task-queries.ts";

/** `TASK` and 28 give `TASK-028`. */
const idOf = (type: string, number: number): string => `${type}-${String(number).padStart(3, "0")}`;

/** Ids with longer numbers, such as `DAY-20261122153000`, are not registered, so that no sequence overflows. */
const highest = 999_999_999;

const numbered = /^(.{1,100})-(\d{1,9})$/s;

function parseId(id: string): { type: string; number: number } | null {
  const [, type, digits] = numbered.exec(id) ?? [];
  return type === undefined || digits === undefined ? null : { type, number: Number(digits) };
}

/** True if the project has ever been given or registered an id. */
export async function hasIds({ db, key }: StoreScope): Promise<boolean> {
  const ids = db.selectFrom("ids").where((eb) => eb.and({ ...key }));
  return (await ids.select("last").executeTakeFirst()) !== undefined;
}

export async function raiseIds({ db, key }: StoreScope, type: string, last: number): Promise<void> {
  await db
    .insertInto("ids")
    .values({ ...key, type, last })
    .onConflict((conflict) =>
      conflict
        .columns(["organization", "project", "type"])
        .doUpdateSet({ last })
        .where("ids.last", "<", last),
    )
    .execute();
}

/** Registers the numbers of ids that were given from outside: the next ones continue after them. */
export async function registerIds(scope: StoreScope, ids: readonly string[]): Promise<void> {
  const last = new Map<string, number>();
  for (const id of ids) {
    const { type, number } = parseId(id) ?? {};
    if (type !== undefined && number !== undefined)
      last.set(type, Math.max(number, last.get(type) ?? 0));
  }
  for (const type of [...last.keys()].toSorted()) await raiseIds(scope, type, last.get(type) ?? 0);
}

/** The first number after `after` at which `count` ids in a row belong to no task. */
async function firstFree(
  scope: StoreScope,
  { type, after, count }: { type: string; after: number; count: number },
): Promise<number> {
  for (let first = after + 1; first + count - 1 <= highest;) {
    let clash = 0;
    for (const ids of chunks(Array.from({ length: count }, (_, at) => idOf(type, first + at)))) {
      const taken = await ofProject(scope).select("id").where("id", "in", ids).execute();
      for (const { id } of taken) clash = Math.max(clash, parseId(id)?.number ?? 0);
    }
    if (clash === 0) return first;
    first = clash + 1;
  }
  throw new SitrepError("usage", `This project has no ${type} ids left.`, {
    hint: "Use another type.",
  });
}

export async function nextFreeId(scope: StoreScope, type: string): Promise<string> {
  const row = await scope.db
    .selectFrom("ids")
    .select("last")
    .where((eb) => eb.and({ ...scope.key, type }))
    .executeTakeFirst();
  return idOf(type, await firstFree(scope, { type, after: row?.last ?? 0, count: 1 }));
}

export async function reserveNextIds(
  scope: StoreScope,
  type: string,
  count: number,
): Promise<{ first: number; ids: string[] }> {
  if (count === 0) return { first: 0, ids: [] };
  // One statement reads and writes, so a concurrent one waits and continues after these numbers.
  const { last: wanted } = await scope.db
    .insertInto("ids")
    .values({ ...scope.key, type, last: count })
    .onConflict((conflict) =>
      conflict
        .columns(["organization", "project", "type"])
        .doUpdateSet((eb) => ({ last: eb("ids.last", "+", count) })),
    )
    .returning("last")
    .executeTakeFirstOrThrow();
  const first = await firstFree(scope, { type, after: wanted - count, count });
  const last = first + count - 1;
  if (last > wanted) await raiseIds(scope, type, last);
  return { first, ids: Array.from({ length: count }, (_, at) => idOf(type, first + at)) };
}

export interface RequestedIds {
  readonly type: string;
  readonly count: number;
  readonly by: string;
  readonly now: Date;
  readonly forMs: number;
}

export interface ReservedIds {
  readonly id: string;
  readonly ids: string[];
  readonly expiresAt: string;
}

/** Takes ids in a row for each call, all of one type, and notes who has them until when. Removes expired reservations. */
export async function reserveIds(
  scope: StoreScope,
  calls: readonly RequestedIds[],
): Promise<ReservedIds[]> {
  const { db, key } = scope;
  const [one] = calls;
  if (one === undefined) return [];
  await db
    .deleteFrom("id_reservations")
    .where("organization", "=", key.organization)
    .where("expires_at", "<", one.now.toISOString())
    .execute();
  const total = calls.reduce((sum, { count }) => sum + count, 0);
  const taken = await reserveNextIds(scope, one.type, total);
  let next = 0;
  const given = calls.map(({ type, count, by, now, forMs }) => {
    const [begin, end] = [next, (next += count)];
    const row = {
      ...key,
      id: randomUUID(),
      type,
      first: taken.first + begin,
      last: taken.first + end - 1,
      reserved_by: by,
      created_at: now.toISOString(),
      expires_at: new Date(now.getTime() + forMs).toISOString(),
    };
    return { row, ids: taken.ids.slice(begin, end) };
  });
  const values = given.map(({ row }) => row);
  await db.insertInto("id_reservations").values(values).execute();
  return given.map(({ row, ids }) => ({ id: row.id, ids, expiresAt: row.expires_at }));
}
