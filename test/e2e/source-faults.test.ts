// A server that goes wrong, in every way: the last good tasks are shown with their age and the reason, and nothing is
// wiped. The built command, a real server.

import { describe, expect, test } from "vitest";
import { aNewTask } from "../support/builders.ts";
import type { Fault } from "../support/misbehaving-server.ts";
import { prepareSources } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";

const inThreeHours = (): string => new Date(Date.now() + 3 * 3_600_000).toISOString();

const services = [
  ["a REST service", "task-tracking", "/"],
  ["an MCP server", "manage-task", "/mcp"],
] as const;

interface Case {
  what: string;
  fault: Fault | "stopped";
  reason: RegExp;
  /** Requests at most, of one refresh. */
  most: number;
}

const cases: Case[] = [
  { what: "is stopped", fault: "stopped", reason: /cannot be reached/, most: 0 },
  { what: "hangs", fault: "hang", reason: /does not answer \(timeout\)/, most: 12 },
  {
    what: "drips a byte every 200 ms",
    fault: "drip",
    reason: /does not answer \(timeout\)/,
    most: 12,
  },
  {
    what: "answers HTML with 200",
    fault: "page",
    reason: /makes no sense|reports an error/,
    most: 4,
  },
  {
    what: "refuses the sign-in",
    fault: { status: 401 },
    reason: /refuses the sign-in; sign-in needed/,
    most: 4,
  },
  {
    what: "asks to wait",
    fault: { status: 429, headers: { "retry-after": "600" } },
    reason: /asks to be left alone for a while/,
    most: 2,
  },
  {
    what: "reports an error of its own",
    fault: { status: 500 },
    reason: /reports an error/,
    most: 12,
  },
  { what: "breaks off", fault: "truncated", reason: /makes no sense|cannot be reached/, most: 12 },
  { what: "sends 200 MB", fault: "huge", reason: /makes no sense|reports an error/, most: 4 },
];

describe.each(services)("when %s", (_, type, path) => {
  test.each(cases)(
    "$what, its last good tasks stay, with age and reason",
    async ({ fault, reason, most }) => {
      const [context, server] = [prepareSources(), await startTaskServer()];
      const url = `${server.origin}${path}`;
      const transport = type === "manage-task" ? ["--transport", "http"] : [];
      await server.add("shop-api", [aNewTask({ id: "LIN-1", title: "Add OIDC login" })]);
      await context.good([
        "source",
        "add",
        "team",
        "--type",
        type,
        "--url",
        url,
        "--timeout",
        "1",
        ...transport,
      ]);
      await context.good(["refresh"]);
      server.requests.length = 0;
      if (fault === "stopped") await server.stop();
      else server.fault = fault;
      const refreshed = await context.run(["refresh"]);
      expect(refreshed.code).toBe(1);
      expect(server.requests.length).toBeLessThanOrEqual(most);
      const brief = await context.brief("--now", inThreeHours());
      expect(brief).toContain("LIN-1");
      expect(brief).toMatch(/Tasks as of [^\n]+, 3 h ago: team/);
      expect(brief).toMatch(reason);

      server.fault = null;
      if (fault === "stopped") await server.start();
      await context.good(["refresh"]);
      expect(await context.brief()).toMatch(/Tasks live \d+ s ago \(team, embedded\)/);
    },
  );
});

test("FALLBACK_STRATEGY=skip shows nothing cached of a server that fails, and says so", async () => {
  const [context, server] = [prepareSources(), await startTaskServer()];
  await server.add("shop-api", [aNewTask({ id: "LIN-1" })]);
  const args = ["source", "add", "team", "--type", "task-tracking", "--url", server.origin];
  await context.good(args);
  await context.good(["refresh"]);
  server.fault = { status: 500 };
  const skip = { FALLBACK_STRATEGY: "skip" };
  expect((await context.run(["refresh"], skip)).code).toBe(1);
  const brief = await context.good(["brief"], skip);
  expect(brief).not.toContain("LIN-1");
  expect(brief).toContain("Tasks: team reports an error. Cached ones are not listed.");
  await context.run(["refresh"], { FALLBACK_STRATEGY: "cache_then_skip" });
  expect(await context.good(["brief"])).toContain("LIN-1");
});

test("an empty list of a healthy server is an answer: the tasks are gone", async () => {
  const [context, server] = [prepareSources(), await startTaskServer()];
  await server.add("shop-api", [aNewTask({ id: "LIN-1" })]);
  await context.good(["source", "add", "team", "--type", "task-tracking", "--url", server.origin]);
  await context.good(["refresh"]);
  server.tasks.length = 0;
  await context.good(["refresh"]);
  expect(await context.brief()).not.toContain("LIN-1");
});

test("a capped list is said to be not all", async () => {
  const [context, server] = [prepareSources(), await startTaskServer()];
  server.cap = 2;
  await server.add(
    "shop-api",
    [1, 2, 3, 4].map((id) => aNewTask({ id: `LIN-${id}` })),
  );
  await context.good(["source", "add", "team", "--type", "task-tracking", "--url", server.origin]);
  await context.good(["refresh"]);
  expect(await context.brief()).toMatch(/\(team, not all: the server has 4\)/);
});

test("FALLBACK_STRATEGY=cache_then_error shows what is cached, and fails the command with a code", async () => {
  const [context, server] = [prepareSources(), await startTaskServer()];
  await server.add("shop-api", [aNewTask({ id: "LIN-1" })]);
  await context.good(["source", "add", "team", "--type", "task-tracking", "--url", server.origin]);
  const strict = { FALLBACK_STRATEGY: "cache_then_error" };
  await context.good(["refresh"], strict);
  await context.good(["brief"], strict);
  await server.stop();
  await context.run(["refresh"], strict);
  const brief = await context.run(["brief"], strict);
  expect(brief.stdout).toContain("LIN-1");
  expect(brief).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("team cannot be reached"),
  });
  const asJson = await context.run(["brief", "--json"], strict);
  expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: "source-unreachable" } });
});
