// The routes of a ticket service: `/api/v1/tickets`.

import * as z from "zod";
import { SitrepError } from "../../core/errors.ts";
import { taskPriorities, titleOf } from "../../core/task/task.ts";
import { NewWireTicket, WireTicket, ticketStatuses } from "../wire.ts";
import { operation, pageNumber, pageOfItems, sizeUpTo, type RestOperation } from "./operation.ts";

const base = "/api/v1/tickets";

const listTickets = operation({
  id: "listTickets",
  method: "get",
  path: base,
  permission: "list_tickets",
  summary: "Tickets, newest first",
  query: z.object({
    page: pageNumber,
    page_size: sizeUpTo(100, 10),
    status: z.enum(ticketStatuses).exactOptional(),
    category: z.string().max(200).exactOptional(),
    priority: z.enum(taskPriorities).exactOptional(),
  }),
  answer: ["TicketPage", z.object({ tickets: z.array(WireTicket), ...pageOfItems })],
  run: async (backend, { query: { page_size: pageSize, ...filter } }, asked) => {
    const { items, total, page } = await backend.listTickets({ ...filter, pageSize }, asked);
    return { tickets: [...items], total, page, page_size: pageSize };
  },
});

const searchTickets = operation({
  id: "searchTickets",
  method: "get",
  path: `${base}/search`,
  permission: "search_tickets",
  summary: "The newest tickets that have every word in title or description",
  query: z.object({
    q: z.string().trim().min(1).max(500).describe("Words, in any case; parts of words are found"),
    limit: sizeUpTo(100, 10),
  }),
  answer: ["FoundTickets", z.object({ tickets: z.array(WireTicket), total: z.int() })],
  run: async (backend, { query: { q, limit } }, asked) => {
    const tickets = await backend.searchTickets(q, limit, asked);
    return { tickets: [...tickets], total: tickets.length };
  },
});

const getTicket = operation({
  id: "getTicket",
  method: "get",
  path: `${base}/{id}`,
  permission: "get_ticket",
  summary: "One ticket",
  failures: [404],
  answer: ["FoundTicket", z.object({ ticket: WireTicket })],
  run: async (backend, { id }, asked) => {
    const ticket = await backend.getTicket(id, asked);
    if (ticket === null) throw new SitrepError("ticket-not-found", `Ticket not found: ${id}`);
    return { ticket };
  },
});

const createdTicket = z.object({ success: z.literal(true), ticket: WireTicket });

const createTicket = operation({
  id: "createTicket",
  method: "post",
  path: base,
  permission: "create_ticket",
  summary: "Creates a ticket",
  status: 201,
  body: NewWireTicket,
  answer: ["CreatedTicket", createdTicket],
  run: async (backend, { body }, asked) => ({
    success: true as const,
    ticket: await backend.createTicket(body, asked),
  }),
});

const createTicketByAssistant = operation({
  id: "createTicketByAssistant",
  method: "post",
  path: `${base}/ai-create`,
  permission: "create_ticket",
  summary: "Creates a ticket from what an assistant was given",
  description: "Without a title the first line of the description becomes one.",
  status: 201,
  body: NewWireTicket.extend({ title: z.string().trim().max(1000).default("") }).refine(
    ({ title, description }) => titleOf(title, description, "") !== "",
    {
      message: "title and description are empty",
    },
  ),
  answer: ["CreatedTicket", createdTicket],
  run: async (backend, { body }, asked) => {
    const title = titleOf(body.title, body.description, "").slice(0, 1000);
    const ticket = await backend.createTicket({ ...body, title }, asked);
    return { success: true as const, ticket };
  },
});

export const ticketOperations: readonly RestOperation[] = [
  listTickets,
  searchTickets,
  createTicket,
  createTicketByAssistant,
  getTicket,
];
