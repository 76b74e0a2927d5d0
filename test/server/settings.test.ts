// The settings of `sitrep serve` from environment variables.

import { describe, expect, test } from "vitest";
import { serveSettings } from "../../src/server/settings.ts";
import { listTools } from "../../src/server/tools/tool-server.ts";

const tools = listTools(null).map(({ name }) => name);

const cacheOf = (seconds: string, hearsOfWrites = true) =>
  serveSettings({}, { SITREP_TOOL_CACHE_SECONDS: seconds }, tools, hearsOfWrites).toolCacheMs;

describe("SITREP_TOOL_CACHE_SECONDS", () => {
  test.for([
    ["", true, 1000, {}],
    ["", false, 0, {}],
    ["5", false, 5000, {}],
    ["list_tasks=30", true, 1000, { list_tasks: 30_000 }],
    [
      "0, list_tasks=0.5, get_project_report = 300",
      true,
      0,
      { list_tasks: 500, get_project_report: 300_000 },
    ],
  ] as const)(
    "of %j (all writes noticed: %s) sets the time for all and for single tools",
    ([text, hearsOfWrites, all, byTool]) => {
      expect(cacheOf(text, hearsOfWrites)).toEqual({
        all,
        byTool: new Map(Object.entries(byTool)),
      });
    },
  );

  test.for(["list_task=5", "list_tasks=", "soon", "-1", "list_tasks=90000"])(
    "refuses %j",
    (text) => {
      expect(() => cacheOf(text)).toThrow(/^SITREP_TOOL_CACHE_SECONDS /);
    },
  );
});

test("--tools and SITREP_TOOLS say which tools are listed, all by default", () => {
  const of = (given: string | undefined, env: Record<string, string> = {}) =>
    serveSettings(given === undefined ? {} : { tools: given }, env, tools, false).tools;
  expect(of(undefined)).toBeUndefined();
  expect(of(undefined, { SITREP_TOOLS: "tasks" })).toEqual(["tasks"]);
  expect(of("ids, tickets", { SITREP_TOOLS: "tasks" })).toEqual(["ids", "tickets"]);
  expect(() => of("ticket")).toThrow(
    /^--tools must be one or more of tasks, ids, .*, not "?ticket/,
  );
  expect(() => of(undefined, { SITREP_TOOLS: "x" })).toThrow(
    /^SITREP_TOOLS must be one or more of tasks/,
  );
});

test("variables set the ping interval and the largest message of WebSockets", () => {
  const of = (env: Record<string, string>) => serveSettings({}, env, tools, false).webSocket;
  expect(of({})).toEqual({ pingMs: 30_000, largestMessageBytes: 4 * 1024 * 1024 });
  const given = { SITREP_WEBSOCKET_PING_SECONDS: "20", SITREP_WEBSOCKET_MAX_MIB: "10" };
  expect(of(given)).toEqual({ pingMs: 20_000, largestMessageBytes: 10 * 1024 * 1024 });
  expect(() => of({ SITREP_WEBSOCKET_PING_SECONDS: "0" })).toThrow(/from 1 to 3600/);
});

test("the board's OIDC client needs an issuer, and its access tokens are for this server's audience", () => {
  const client = { SITREP_BOARD_CLIENT_ID: "board", SITREP_BOARD_SESSION_HOURS: "2" };
  expect(() => serveSettings({}, client, [], true)).toThrow("needs SITREP_ISSUER");
  const issuer = {
    SITREP_ISSUER: "https://login.example",
    SITREP_PUBLIC_URL: "https://tasks.example",
  };
  expect(serveSettings({}, { ...client, ...issuer }, [], true).board).toEqual({
    identity: {
      issuer: "https://login.example",
      clientId: "board",
      clientSecret: null,
      scope: "openid mcp.tools mcp.resources",
      resource: "https://tasks.example/mcp",
    },
    sessionMs: 2 * 60 * 60 * 1000,
  });
  expect(serveSettings({}, issuer, [], true).board.identity).toBeNull();
});

test("SITREP_METRICS_ADDRESS is a host and a port, and SITREP_DRAIN_SECONDS the time to drain", () => {
  const of = (env: Record<string, string>) => serveSettings({}, env, tools, false);
  expect(of({})).toMatchObject({ metricsAddress: null, drainMs: 0 });
  const given = { SITREP_METRICS_ADDRESS: "0.0.0.0:9464", SITREP_DRAIN_SECONDS: "5" };
  expect(of(given)).toMatchObject({
    metricsAddress: { host: "0.0.0.0", port: 9464 },
    drainMs: 5000,
  });
  expect(of({ SITREP_METRICS_ADDRESS: "[::1]:9464" }).metricsAddress?.host).toBe("::1");
  for (const text of ["9464", "localhost", "http://localhost:1", "localhost:99999", "a b:1"]) {
    expect(() => of({ SITREP_METRICS_ADDRESS: text })).toThrow(
      /^SITREP_METRICS_ADDRESS must be an address with a port, such as 127\.0\.0\.1:9464, not "/,
    );
  }
});
