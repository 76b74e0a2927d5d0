// Tickets: requests from people that are not tasks yet. They belong to an organization, not to a project.

import { sql, type Selectable } from "kysely";
import type { StoreConnection, StoreDatabase, TicketTable } from "./database/connection.ts";
import { writeInProject } from "./database/connection.ts";
import { reserveNextIds } from "./ids.ts";

export type TicketRow = Selectable<TicketTable>;

export type NewTicketRow = Pick<
  TicketTable,
  "title" | "description" | "status" | "category" | "priority"
> & { createdBy: string };

const idType = "TICKET";
/** No project has the empty key: the server requires at least one character. */
const noProject = "";
const searchedLength = 8192;

export const insertTicket = (
  store: StoreConnection,
  organization: string,
  { createdBy, ...fields }: NewTicketRow,
  now: string,
): Promise<TicketRow> =>
  writeInProject(store, { organization, project: noProject }, async (scope) => {
    const [id = ""] = (await reserveNextIds(scope, idType, 1)).ids;
    const searched = `${fields.title}\n${fields.description.slice(0, searchedLength)}`;
    const row = {
      ...fields,
      organization,
      id,
      created_by: createdBy,
      created_at: now,
      updated_at: now,
      search_text: searched.toLowerCase(),
    };
    return await scope.db
      .insertInto("tickets")
      .values(row)
      .returningAll()
      .executeTakeFirstOrThrow();
  });

export async function findTicket(
  db: StoreDatabase,
  organization: string,
  id: string,
): Promise<TicketRow | null> {
  const row = await db
    .selectFrom("tickets")
    .selectAll()
    .where((eb) => eb.and({ organization, id }))
    .executeTakeFirst();
  return row ?? null;
}

const filters = ["status", "category", "priority"] as const;
export type TicketSelection = { readonly [K in (typeof filters)[number]]?: string | undefined };

const selected = (db: StoreDatabase, organization: string, selection: TicketSelection) => {
  let query = db.selectFrom("tickets").where("organization", "=", organization);
  for (const name of filters) {
    const value = selection[name];
    if (value !== undefined) query = query.where(name, "=", value);
  }
  return query;
};

export async function selectTickets(
  db: StoreDatabase,
  organization: string,
  selection: TicketSelection,
  { limit, offset }: { limit: number; offset: number },
): Promise<TicketRow[]> {
  return await selected(db, organization, selection)
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .offset(offset)
    .execute();
}

export async function countTickets(
  db: StoreDatabase,
  organization: string,
  selection: TicketSelection,
): Promise<number> {
  const { count } = await selected(db, organization, selection)
    .select((eb) => eb.fn.countAll<number | string>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

const maxWords = 10;

/** The newest tickets with every word of `text` in the title or description: in any case, also as part of a word. */
export async function searchTickets(
  db: StoreDatabase,
  organization: string,
  text: string,
  limit: number,
): Promise<TicketRow[]> {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return [];
  let query = selected(db, organization, {}).selectAll();
  for (const word of words.slice(0, maxWords)) {
    const pattern = `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    query = query.where(sql<boolean>`search_text like ${pattern} escape '\\'`);
  }
  return await query.orderBy("created_at", "desc").orderBy("id", "desc").limit(limit).execute();
}
