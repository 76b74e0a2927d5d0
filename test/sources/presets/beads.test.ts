import { expect, test } from "vitest";
import { beads } from "../../../src/sources/presets/beads.ts";
import {
  jsonAnswer,
  presetWith,
  shop,
  signal,
  structuredAnswer,
} from "../../support/recorded-responses.ts";

const issues = [
  { id: "bd-1", title: "Fix login", status: "open", priority: 0, assignee: "ana" },
  { id: "bd-2", title: "Add tests", status: "in_progress", priority: 3 },
  { id: "bd-3", title: "Write docs", status: "closed", priority: 1 },
  { id: "bd-4", title: "Some day", status: "blocked", priority: 4 },
];

test.each([
  ["structured below result", structuredAnswer({ result: issues })],
  ["an array in a text block", jsonAnswer(issues)],
])("beads counts priorities from 0, the highest: %s", async (_, response) => {
  const { source } = presetWith(beads, () => response);
  expect((await source.listOpen(shop, signal)).tasks).toMatchObject([
    { id: "bd-1", status: "pending", priority: "urgent", assignees: ["ana"] },
    { id: "bd-2", status: "in_progress", priority: "low" },
    { id: "bd-4", status: "blocked", priority: "none" },
  ]);
});

test("beads' compacted answer gives the tasks of its preview, and the total", async () => {
  const compacted = { compacted: true, preview: issues.slice(0, 2), total_count: 60, hint: "…" };
  const { source } = presetWith(beads, () => structuredAnswer({ result: compacted }));
  const { tasks, total } = await source.listOpen(shop, signal);
  expect(tasks.map(({ id }) => id)).toEqual(["bd-1", "bd-2"]);
  expect(total).toBe(60);
});

test("beads without issues is an empty list", async () => {
  const { source } = presetWith(beads, () => structuredAnswer({ result: [] }));
  expect((await source.listOpen(shop, signal)).tasks).toEqual([]);
});
