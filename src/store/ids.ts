// The id registry: the last number of each kind of id in a project. Numbers only go up, so that none is given twice,
// also when a reservation is over.

import { randomUUID } from "node:crypto";
import { SitrepError } from "../core/errors.ts";
import type { ProjectKey, StoreDatabase, StoreTransaction } from "./database/connection.ts";
import { chunksOf } from "./dependencies.ts";
import { ofProject } from "./task-queries.ts";

/** `TASK` and 28 give `TASK-028`. */
const idOf = (type: string, number: number): string => `${type}-${String(number).padStart(3, "0")}`;

/** Larger numbers are not counted on: an id such as `DAY-20261122` begins no sequence that overflows. */
const highest = 999_999_999;

const numbered = /^(.{1,100})-(\d{1,9})$/s;

function parseId(id: string): { type: string; number: number } | null {
  const [, type, digits] = numbered.exec(id) ?? [];
  return type === undefined || digits === undefined ? null : { type, number: Number(digits) };
}

/** True where the project has been given a number, or registered one. They are never taken back. */
export async function hasIds(
  db: StoreDatabase,
  { organization, project }: ProjectKey,
): Promise<boolean> {
  const row = await db
    .selectFrom("ids")
    .select("last")
    .where((eb) => eb.and({ organization, project }))
    .executeTakeFirst();
  return row !== undefined;
}

/** Moves the registry of a kind on to `last` where it is behind. */
export async function raiseIds(
  trx: StoreTransaction,
  { organization, project }: ProjectKey,
  type: string,
  last: number,
): Promise<void> {
  await trx
    .insertInto("ids")
    .values({ organization, project, type, last })
    .onConflict((conflict) =>
      conflict
        .columns(["organization", "project", "type"])
        .doUpdateSet({ last })
        .where("ids.last", "<", last),
    )
    .execute();
}

/** Takes note of the numbers in ids that were given from outside: the next ones begin after them. */
export async function registerIds(
  trx: StoreTransaction,
  key: ProjectKey,
  ids: readonly string[],
): Promise<void> {
  const last = new Map<string, number>();
  for (const id of ids) {
    const parsed = parseId(id);
    if (parsed === null) continue;
    last.set(parsed.type, Math.max(parsed.number, last.get(parsed.type) ?? 0));
  }
  for (const type of [...last.keys()].toSorted())
    await raiseIds(trx, key, type, last.get(type) ?? 0);
}

/** The first number after `after` at which `count` ids in a row belong to no task. */
async function firstFree(
  db: StoreDatabase,
  key: ProjectKey,
  { type, after, count }: { type: string; after: number; count: number },
): Promise<number> {
  for (let first = after + 1; first + count - 1 <= highest;) {
    let clash = 0;
    for (const ids of chunksOf(Array.from({ length: count }, (_, at) => idOf(type, first + at)))) {
      const taken = await ofProject(db, key).select("id").where("id", "in", ids).execute();
      for (const { id } of taken) clash = Math.max(clash, parseId(id)?.number ?? 0);
    }
    if (clash === 0) return first;
    first = clash + 1;
  }
  throw new SitrepError("usage", `No id of the type ${type} is left in this project.`, {
    hint: "Use another type.",
  });
}

async function lastOf(
  db: StoreDatabase,
  { organization, project }: ProjectKey,
  type: string,
): Promise<number> {
  const row = await db
    .selectFrom("ids")
    .select("last")
    .where((eb) => eb.and({ organization, project, type }))
    .executeTakeFirst();
  return row?.last ?? 0;
}

/** The id that would be given next; it is not taken. */
export async function peekId(db: StoreDatabase, key: ProjectKey, type: string): Promise<string> {
  const after = await lastOf(db, key, type);
  return idOf(type, await firstFree(db, key, { type, after, count: 1 }));
}

/** Takes `count` ids in a row for good. */
export async function takeIds(
  trx: StoreTransaction,
  key: ProjectKey,
  type: string,
  count: number,
): Promise<{ first: number; last: number; ids: string[] }> {
  if (count === 0) return { first: 0, last: 0, ids: [] };
  const { organization, project } = key;
  // One statement that reads and writes: another that comes meanwhile waits, and counts on from there.
  const { last: wanted } = await trx
    .insertInto("ids")
    .values({ organization, project, type, last: count })
    .onConflict((conflict) =>
      conflict
        .columns(["organization", "project", "type"])
        .doUpdateSet((eb) => ({ last: eb("ids.last", "+", count) })),
    )
    .returning("last")
    .executeTakeFirstOrThrow();
  const first = await firstFree(trx, key, { type, after: wanted - count, count });
  const last = first + count - 1;
  if (last > wanted) await raiseIds(trx, key, type, last);
  return { first, last, ids: Array.from({ length: count }, (_, at) => idOf(type, first + at)) };
}

/** Ids that one call is to have for itself. */
export interface WantedIds {
  readonly count: number;
  readonly by: string;
  readonly now: Date;
  readonly forMs: number;
}

/** The ids of one call, and until when it has them. */
export interface ReservedIds {
  readonly id: string;
  readonly ids: string[];
  readonly expiresAt: string;
}

/**
 * Takes ids in a row for each call and keeps a note of who has them until when. Notes that are over are removed, their ids
 * stay taken.
 */
export async function reserveIds(
  trx: StoreTransaction,
  { organization, project }: ProjectKey,
  type: string,
  calls: readonly WantedIds[],
): Promise<ReservedIds[]> {
  const [one] = calls;
  if (one === undefined) return [];
  await trx
    .deleteFrom("id_reservations")
    .where("organization", "=", organization)
    .where("expires_at", "<", one.now.toISOString())
    .execute();
  const total = calls.reduce((sum, { count }) => sum + count, 0);
  const taken = await takeIds(trx, { organization, project }, type, total);
  let next = 0;
  const given = calls.map(({ count, by, now, forMs }) => {
    const [begin, end] = [next, (next += count)];
    const row = {
      id: randomUUID(),
      organization,
      project,
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
  await trx.insertInto("id_reservations").values(values).execute();
  return given.map(({ row, ids }) => ({ id: row.id, ids, expiresAt: row.expires_at }));
}
