// Tickets through the service that has them: the built `sitrep mcp` before a ticket service that tells little of a ticket,
// and some things that we do not know.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allowWrites } from "../support/allow-writes.ts";
import { aMcpContext, startMcp, type McpContext } from "../support/mcp-program.ts";
import { startMisbehavingServer, type MisbehavingServer } from "../support/misbehaving-server.ts";
import { textOf } from "../support/tool-client.ts";

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
const token = [
  encoded({ alg: "HS256", typ: "JWT" }),
  encoded({ sub: "ana", organization_id: "acme" }),
  "signed",
].join(".");

const short = { id: "T-1", title: "Login fails", status: "waiting_for_vendor", sla: "gold" };

/** Lists may be bare or wrapped, and a created ticket may be told by its id alone. */
const ticketService = (): Promise<MisbehavingServer> =>
  startMisbehavingServer((request, response) => {
    const path = (request.url ?? "").split("?", 1)[0];
    const responses: Record<string, unknown> = {
      "/api/v1/tickets": { tickets: [short], total: 31 },
      "/api/v1/tickets/search": [short],
      "/api/v1/tickets/T-1": short,
      "/api/v1/tickets/ai-create": { success: true, ticket_id: "T-2" },
    };
    const reply = responses[path ?? ""];
    response.writeHead(reply === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(reply ?? { error: "not here" }));
  });

function withSource({ env }: McpContext, url: string, more: object = {}): void {
  const folder = env["SITREP_HOME"] ?? "";
  mkdirSync(folder, { recursive: true });
  const auth = { type: "bearer", secret: "${env:DESK_TOKEN}" };
  const source = { name: "desk", type: "tickets", url, auth, ...more };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ sources: [source] }));
}

const known = {
  description: "",
  category: "",
  priority: "none",
  created_by: "",
  created_at: "",
  updated_at: "",
};
const whole = { ...known, id: "T-1", title: "Login fails", status: "waiting_for_vendor" };

/** All four tools, and what the service was asked by them. */
async function useTickets(service: MisbehavingServer, context: McpContext, args: string[] = []) {
  const { call } = await startMcp(context, args);
  const listed = await call("list_tickets", { page_size: 1 });
  expect(listed.structuredContent).toEqual({ tickets: [whole], total: 31, page: 1, page_size: 1 });
  expect((await call("get_ticket", { ticket_id: "T-1" })).structuredContent).toEqual({
    ticket: whole,
  });
  expect((await call("search_tickets", { query: "login" })).structuredContent).toEqual({
    tickets: [whole],
  });
  const created = await call("create_ticket", { title: "Slow", description: "Since noon" });
  expect(created.structuredContent).toEqual({
    success: true,
    ticket: {
      ...known,
      id: "T-2",
      title: "Slow",
      description: "Since noon",
      status: "open",
      category: "general",
      priority: "medium",
    },
  });
  expect(service.requests.slice(0, 4).map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /api/v1/tickets?page=1&page_size=1",
    "GET /api/v1/tickets/T-1",
    "GET /api/v1/tickets/search?q=login&limit=10",
    "POST /api/v1/tickets/ai-create",
  ]);
  return { call, headers: service.requests.slice(0, 4).map(({ headers }) => headers) };
}

const asAna = { authorization: `Bearer ${token}`, "x-user-id": "ana", "x-organization-id": "acme" };

describe("the ticket tools use", () => {
  test("the source given by --source, with its token's user and organization", async () => {
    const service = await ticketService();
    const context = aMcpContext({ DESK_TOKEN: token });
    withSource(context, service.origin);
    allowWrites(context.env, context.folder, "desk");
    const { headers } = await useTickets(service, context, ["--source", "desk"]);
    for (const one of headers) expect(one).toMatchObject(asAna);
  });

  test("the project's ticket source, with its configured user, when tasks are stored elsewhere", async () => {
    const service = await ticketService();
    const context = aMcpContext({ DESK_TOKEN: "opaque" });
    withSource(context, service.origin, { with: { userId: "ben", organizationId: "initech" } });
    allowWrites(context.env, context.folder, "desk");
    const { call, headers } = await useTickets(service, context);
    const asBen = { "x-user-id": "ben", "x-organization-id": "initech" };
    for (const one of headers) expect(one).toMatchObject(asBen);
    await call("list_tasks");
  });

  test("the service from the environment, for tickets only", async () => {
    const service = await ticketService();
    const env = { API_BASE_URL: service.origin, FASTMCP_TOKEN: token };
    const { call, headers } = await useTickets(service, aMcpContext(env));
    for (const one of headers) expect(one).toMatchObject(asAna);
    // Tasks stay where they were.
    await call("add_task", { tasks: [{ title: "A" }] });
    expect((await call("list_tasks")).structuredContent).toMatchObject({ total: 1 });
    expect(service.requests).toHaveLength(4);
  });

  test("the task tracking service with --backend rest", async () => {
    const service = await ticketService();
    const env = { TASK_TRACKING_URL: service.origin, TASK_TRACKING_API_KEY: "k" };
    const { headers } = await useTickets(service, aMcpContext(env), [
      "--backend",
      "rest",
      "--tools",
      "tickets",
    ]);
    for (const one of headers) expect(one).toMatchObject({ authorization: "Bearer k" });
  });

  test("the embedded store without a token, or with --backend embedded", async () => {
    const service = await ticketService();
    const env = { API_BASE_URL: service.origin };
    const alone = await startMcp(aMcpContext(env), ["--tools", "tickets"]);
    const named = await startMcp(aMcpContext({ ...env, FASTMCP_TOKEN: "t" }), [
      "--backend",
      "embedded",
      "--tools",
      "tickets",
    ]);
    for (const { call } of [alone, named]) {
      await call("create_ticket", { title: "A" });
      expect((await call("list_tickets")).structuredContent).toMatchObject({ total: 1 });
    }
    expect(service.requests).toEqual([]);
  });
});

test("an error names the ticket service, and a ticket that may exist is not reported as failed", async () => {
  const service = await ticketService();
  const env = { API_BASE_URL: service.origin, FASTMCP_TOKEN: "t" };
  const { call } = await startMcp(aMcpContext(env));
  service.nextFaults.push({ status: 401 });
  expect(textOf(await call("list_tickets"))).toMatch(/^Ticket API error: 401 - Unauthorized\n/);
  service.nextFaults.push({ status: 201, body: "{}" });
  const doubtful = await call("create_ticket", { title: "A" });
  expect(textOf(doubtful)).toBe(
    "The service response lacks a ticket with an id\n" +
      "Code: source-invalid-response. It may have been done anyway: check with a read-only tool before you retry.",
  );
  await service.stop();
  expect(textOf(await call("list_tickets"))).toMatch(/^Ticket microservice unavailable: Conn/);
});
