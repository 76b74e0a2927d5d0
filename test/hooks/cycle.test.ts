// Tasks of a server that wait for each other.

import { expect, test } from "vitest";
import { aWorld } from "../support/world.ts";

test("a dependency cycle on a server is named in the brief until one of its tasks is closed", async () => {
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
  const after = await world.start("second");
  expect(after).toContain('JIRA-1 high: "Fix the cart"');
  expect(after).not.toContain("cycle");
});
