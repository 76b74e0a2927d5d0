// Tasks of a server that wait for each other: the brief says that none of them can begin.

import { expect, test } from "vitest";
import { aWorld } from "../support/world.ts";

test("tasks that wait for each other at a server are said to be in a ring, until one of them is over", async () => {
  const world = await aWorld();
  const tracker = world.tracker("jira", [
    { key: "JIRA-1", summary: "Fix the cart", prio: "high", waitsFor: ["JIRA-2"] },
    { key: "JIRA-2", summary: "Round amounts", prio: "low", waitsFor: ["JIRA-1"] },
  ]);
  await world.refresh();
  const text = await world.start("first");
  expect(text).toContain('JIRA-1 high, blocked by JIRA-2 (dependency cycle): "Fix the cart"');
  expect(text).toContain('JIRA-2 low, blocked by JIRA-1 (dependency cycle): "Round amounts"');
  tracker.items = tracker.items.slice(0, 1);
  await world.refresh();
  expect(await world.start("second")).not.toContain("ring");
});
