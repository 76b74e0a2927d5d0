// The tools for tickets.

import * as z from "zod";
import { taskPriorities } from "../../core/task/task.ts";
import { NewWireTicket, WireTicket, ticketStatuses } from "../wire.ts";
import { pageOfItems } from "../operations/operation.ts";
import { defineTool, pageFields, short, type Tool } from "./tool.ts";

const listTickets: Tool = defineTool({
  name: "list_tickets",
  title: "List tickets",
  description:
    "Show the support tickets (issues, bug reports, requests) of the organisation, a page at a time, also by status, " +
    "category or priority.",
  kind: "read",
  input: z.strictObject({
    ...pageFields,
    page_size: pageFields.page_size.default(10),
    // An empty text stands for "all", as in the ticket service.
    status: z.enum(["", ...ticketStatuses]).default(""),
    category: z.string().max(200).default(""),
    priority: z.enum(["", ...taskPriorities]).default(""),
  }),
  output: z.object({ tickets: z.array(WireTicket), ...pageOfItems }),
  run: async ({ page, page_size, status, category, priority }, { backend, asked }) => {
    const filter = {
      page,
      page_size,
      ...(status === "" ? {} : { status }),
      ...(category === "" ? {} : { category }),
      ...(priority === "" ? {} : { priority }),
    };
    const found = await backend.listTickets(filter, asked);
    return { structured: { ...found, tickets: found.tickets.map(short) } };
  },
});

const getTicket: Tool = defineTool({
  name: "get_ticket",
  title: "Get a ticket",
  description: "Read one support ticket whole, by its id: title, description, status, priority.",
  kind: "read",
  input: z.strictObject({
    ticket_id: z.string().trim().min(1).max(200).describe("Id of the ticket"),
  }),
  output: z.object({ ticket: WireTicket }),
  run: async ({ ticket_id: id }, { backend, asked }) => ({
    structured: await backend.getTicket({ id }, asked),
    bare: "ticket",
  }),
});

const searchTickets: Tool = defineTool({
  name: "search_tickets",
  title: "Search tickets",
  description:
    "Find support tickets (issues, bug reports, requests) by words in title and description.",
  kind: "read",
  input: z.strictObject({
    query: z.string().trim().min(1).max(500).describe("Words to look for in title and description"),
    limit: z.number().int().min(1).max(100).default(10),
  }),
  output: z.object({ tickets: z.array(WireTicket) }),
  run: async ({ query: q, limit }, { backend, asked }) => {
    const { tickets } = await backend.searchTickets({ q, limit }, asked);
    return { structured: { tickets: tickets.map(short) }, bare: "tickets" };
  },
});

const createTicket: Tool = defineTool({
  name: "create_ticket",
  title: "Create a ticket",
  description:
    "Open a new support ticket (issue, bug report, request) with title, description, category, priority.",
  kind: "write",
  input: NewWireTicket,
  output: z.object({ success: z.boolean(), ticket: WireTicket }),
  run: async (ticket, { backend, asked }) => ({
    structured: await backend.createTicket(ticket, asked),
    bare: "ticket",
  }),
});

export const ticketTools: readonly Tool[] = [listTickets, getTicket, searchTickets, createTicket];
