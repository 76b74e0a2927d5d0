import * as z from "zod";
import { taskPriorities } from "../../core/task/task.ts";
import { NewWireTicket, WireTicket, ticketStatuses } from "../wire.ts";
import { ticketOperations } from "../operations/ticket-operations.ts";
import { defineTool, pageFields, truncateDescription, type Tool } from "./tool.ts";

export const ticketTools: readonly Tool[] = [
  defineTool({
    name: "list_tickets",
    title: "List tickets",
    description:
      "Show the organization's support tickets (issues, bug reports, requests), a page at a time, optionally by status, " +
      "category or priority.",
    kind: "read",
    group: "tickets",
    input: z.strictObject({
      ...pageFields,
      page_size: pageFields.page_size.default(10),
      // An empty text means all, as in the ticket service.
      status: z.enum(["", ...ticketStatuses]).default(""),
      category: z.string().max(200).default(""),
      priority: z.enum(["", ...taskPriorities]).default(""),
    }),
    output: ticketOperations.listTickets.response[1],
    run: async ({ page, page_size, status, category, priority }, { backend, asked }) => {
      const filter = {
        page,
        page_size,
        ...(status === "" ? {} : { status }),
        ...(category === "" ? {} : { category }),
        ...(priority === "" ? {} : { priority }),
      };
      const found = await backend.listTickets(filter, asked);
      return { structured: { ...found, tickets: found.tickets.map(truncateDescription) } };
    },
  }),

  defineTool({
    name: "get_ticket",
    title: "Get a ticket",
    description: "Read one support ticket in full by its id: title, description, status, priority.",
    kind: "read",
    group: "tickets",
    input: z.strictObject({
      ticket_id: z.string().trim().min(1).max(200).describe("Id of the ticket"),
    }),
    output: ticketOperations.getTicket.response[1],
    run: async ({ ticket_id: id }, { backend, asked }) => ({
      structured: await backend.getTicket({ id }, asked),
      bare: "ticket",
    }),
  }),

  defineTool({
    name: "search_tickets",
    title: "Search tickets",
    description:
      "Find support tickets (issues, bug reports, requests) by words in title and description.",
    kind: "read",
    group: "tickets",
    input: z.strictObject({
      query: z.string().trim().min(1).max(500).describe("Words in title and description"),
      limit: pageFields.page_size.default(10),
    }),
    output: z.object({ tickets: z.array(WireTicket) }),
    run: async ({ query: q, limit }, { backend, asked }) => {
      const { tickets } = await backend.searchTickets({ q, limit }, asked);
      return { structured: { tickets: tickets.map(truncateDescription) }, bare: "tickets" };
    },
  }),

  defineTool({
    name: "create_ticket",
    title: "Create a ticket",
    description:
      "Open a new support ticket (issue, bug report, request) with title, description, category, priority.",
    kind: "write",
    group: "tickets",
    input: NewWireTicket,
    output: ticketOperations.createTicket.response[1],
    run: async (ticket, { backend, asked }) => ({
      structured: await backend.createTicket(ticket, asked),
      bare: "ticket",
    }),
  }),
];
