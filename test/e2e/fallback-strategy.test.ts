// What is shown of a server that fails, has nothing or not all. The built command, a real server.

import { expect, test } from "vitest";
import { aNewTask } from "../support/builders.ts";
import { prepareSources } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";

test("FALLBACK_STRATEGY=skip shows no cached tasks of a failing server, and says so", async () => {
  const [context, server] = [prepareSources(), await startTaskServer()];
  await server.add("shop-api", [aNewTask({ id: "LIN-1" })]);
  context.configure({ name: "team", type: "task-tracking", url: server.origin });
  await context.refresh();
  server.fault = { status: 500 };
  const skip = { FALLBACK_STRATEGY: "skip" };
  expect((await context.run(["refresh"], skip)).code).toBe(1);
  const brief = await context.good(["brief"], skip);
  expect(brief).not.toContain("LIN-1");
  expect(brief).toMatch(
    /Tasks: team reports an error; next attempt \d\d:\d\d\. Its cached tasks are not listed\./,
  );
  await context.run(["refresh"], { FALLBACK_STRATEGY: "cache_then_skip" });
  expect(await context.good(["brief"])).toContain("LIN-1");
});

test("an empty list from a healthy server removes its tasks", async () => {
  const [context, server] = [prepareSources(), await startTaskServer()];
  await server.add("shop-api", [aNewTask({ id: "LIN-1" })]);
  context.configure({ name: "team", type: "task-tracking", url: server.origin });
  await context.refresh();
  server.tasks.length = 0;
  await context.good(["refresh"]);
  expect(await context.brief()).not.toContain("LIN-1");
});

test("a capped list is reported as incomplete", async () => {
  const [context, server] = [prepareSources(), await startTaskServer()];
  server.cap = 2;
  await server.add(
    "shop-api",
    [1, 2, 3, 4].map((id) => aNewTask({ id: `LIN-${id}` })),
  );
  context.configure({ name: "team", type: "task-tracking", url: server.origin });
  await context.refresh();
  expect(await context.brief()).toMatch(/\(team, incomplete: the server has 4\)/);
});

test("FALLBACK_STRATEGY=cache_then_error shows cached tasks and fails the command with a code", async () => {
  const [context, server] = [prepareSources(), await startTaskServer()];
  await server.add("shop-api", [aNewTask({ id: "LIN-1" })]);
  context.configure({ name: "team", type: "task-tracking", url: server.origin });
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
