// The tickets of a task store behind the tools and the routes.

import {
  countTickets,
  findTicket,
  insertTicket,
  searchTickets,
  selectTickets,
} from "../../store/tickets.ts";
import { wireTicket } from "../wire-task.ts";
import type { Guard, Parts, StoreBackendOptions } from "./store-parts.ts";

export function ticketMethods(
  { store, clock }: StoreBackendOptions,
  guarded: Guard,
): Pick<Parts, "listTickets" | "getTicket" | "searchTickets" | "createTicket"> {
  const { db } = store;
  return {
    listTickets: (filter, { as, signal }) =>
      guarded(signal, async () => {
        const { page, pageSize } = filter;
        const window = { limit: pageSize, offset: (page - 1) * pageSize };
        const rows = await selectTickets(db, as.organization, filter, window);
        const total = await countTickets(db, as.organization, filter);
        return { items: rows.map(wireTicket), total, page, pageSize };
      }),
    getTicket: (id, { as, signal }) =>
      guarded(signal, async () => {
        const row = await findTicket(db, as.organization, id);
        return row === null ? null : wireTicket(row);
      }),
    searchTickets: (text, limit, { as, signal }) =>
      guarded(signal, async () =>
        (await searchTickets(db, as.organization, text, limit)).map(wireTicket),
      ),
    createTicket: (ticket, { as, signal }) =>
      guarded(signal, async () => {
        const fields = { ...ticket, status: "open", createdBy: as.user };
        const now = clock().toISOString();
        return wireTicket(
          await store.write((trx) => insertTicket(trx, as.organization, fields, now)),
        );
      }),
  };
}
