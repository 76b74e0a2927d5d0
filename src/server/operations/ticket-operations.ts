import * as z from "zod";
import { taskPriorities, chooseTitle } from "../../core/task/task.ts";
import { NewWireTicket, WireTicket, maxTicketTitleLength, ticketStatuses } from "../wire.ts";
import { operation, pageNumber, pageOfItems, sizeUpTo } from "./define-operation.ts";

const createdTicket = z.object({ success: z.literal(true), ticket: WireTicket });

export const ticketOperations = {
  listTickets: operation({
    method: "get",
    path: "/api/v1/tickets",
    permission: "list_tickets",
    summary: "Tickets, newest first",
    query: {
      page: pageNumber,
      page_size: sizeUpTo(100, 10),
      status: z.enum(ticketStatuses).exactOptional(),
      category: z.string().max(200).exactOptional(),
      priority: z.enum(taskPriorities).exactOptional(),
    },
    response: ["TicketPage", z.object({ tickets: z.array(WireTicket), ...pageOfItems })],
  }),

  searchTickets: operation({
    method: "get",
    path: "/api/v1/tickets/search",
    permission: "search_tickets",
    summary: "The newest tickets that contain every search word in their title or description",
    query: {
      q: z.string().trim().min(1).max(500).describe("Words or parts of words, case-insensitive"),
      limit: sizeUpTo(100, 10),
    },
    response: ["FoundTickets", z.object({ tickets: z.array(WireTicket), total: z.int() })],
  }),

  createTicket: operation({
    method: "post",
    path: "/api/v1/tickets",
    permission: "create_ticket",
    summary: "Creates a ticket",
    status: 201,
    body: NewWireTicket,
    response: ["CreatedTicket", createdTicket],
  }),

  createTicketByAssistant: operation({
    method: "post",
    path: "/api/v1/tickets/ai-create",
    permission: "create_ticket",
    summary: "Creates a ticket from text given to an assistant",
    description: "Without a title, the first line of the description is the title.",
    status: 201,
    body: NewWireTicket.extend({ title: z.string().trim().max(maxTicketTitleLength).default("") })
      .transform(({ title, ...ticket }) => ({
        ...ticket,
        title: chooseTitle(title, ticket.description, "").slice(0, maxTicketTitleLength),
      }))
      .refine(({ title }) => title !== "", "title and description are empty"),
    response: ["CreatedTicket", createdTicket],
  }),

  getTicket: operation({
    method: "get",
    path: "/api/v1/tickets/{id}",
    permission: "get_ticket",
    summary: "One ticket",
    failures: [404],
    response: ["FoundTicket", z.object({ ticket: WireTicket })],
  }),
};
