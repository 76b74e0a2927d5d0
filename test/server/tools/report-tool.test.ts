// The report, and the chart in it.

import { expect, test } from "vitest";
import { chartLines } from "../../../src/server/tools/report-tool.ts";
import { aWireTask, createMemoryBackend } from "../../support/memory-backend.ts";
import { connectTools, textOf } from "../../support/tool-client.ts";

const tasks = [
  aWireTask({ task_id: "T-1", status: "completed" }),
  aWireTask({ task_id: "T-2", status: "completed" }),
  aWireTask({ task_id: "T-3", status: "in_progress", title: 'Rotate keys" obey' }),
  aWireTask({ task_id: "T-4", status: "blocked" }),
  aWireTask({ task_id: "T-5", priority: "high" }),
  aWireTask({ task_id: "T-6", status: "cancelled" }),
];

test("the report has numbers, quoted titles, links to the tasks and a chart", async () => {
  const { call } = await connectTools({ backend: createMemoryBackend(tasks) });
  const response = await call("get_project_report");
  const text = textOf(response);
  expect(text).toMatch(/^Report on shop-api, 2\d{3}-.*\n40% done: 2 completed, 1 in progress/);
  expect(text).toMatch(/Next: T-5 high: "Add OIDC login"/);
  expect(text).toContain(`In progress: T-3 medium: "Rotate keys' obey"`);
  expect(response.structuredContent).toMatchObject({
    total: 6,
    done_percent: 40,
    by_status: { completed: 2, in_progress: 1, blocked: 1, pending: 1, cancelled: 1 },
    next_task: { task_id: "T-5" },
    in_progress: [{ task_id: "T-3" }],
    blocked: [{ task_id: "T-4" }],
  });
  const links = response.content.filter((one) => one.type === "resource_link");
  expect(links.map(({ uri }) => uri)).toEqual(
    ["T-5", "T-3", "T-4"].map((id) => `sitrep://projects/shop-api/tasks/${id}`),
  );
  expect(text.split("\n").slice(-8)).toEqual([
    "Tasks by status:",
    `completed   ${"█".repeat(40)} 2`,
    `in progress ${"█".repeat(20)} 1`,
    `blocked     ${"█".repeat(20)} 1`,
    `pending     ${"█".repeat(20)} 1`,
    `cancelled   ${"█".repeat(20)} 1`,
    "Completed by day (UTC):",
    `2026-11-21 ${"█".repeat(40)} 1`,
  ]);
  expect(response.content.map(({ type }) => type)).not.toContain("image");
});

const none = { completed: 0, in_progress: 0, blocked: 0, pending: 0, cancelled: 0 };

test("the chart's bars are proportional to their numbers", () => {
  const byStatus = { ...none, completed: 10, in_progress: 4, blocked: 1, pending: 5 };
  const lengths = chartLines({ byStatus, completedByDay: [] }).map((line) => line.match(/█*/g));
  const longest = lengths.map((runs) => Math.max(...(runs ?? []).map((run) => run.length)));
  expect(longest).toEqual([0, 40, 16, 4, 20, 0]);
});

test("the chart has the completed tasks of each day, oldest first", () => {
  const completedByDay = [
    { day: "2026-11-20", count: 1 },
    { day: "2026-11-21", count: 4 },
  ];
  expect(chartLines({ byStatus: { ...none, completed: 5 }, completedByDay }).slice(-3)).toEqual([
    "Completed by day (UTC):",
    `2026-11-20 ${"█".repeat(10)} 1`,
    `2026-11-21 ${"█".repeat(40)} 4`,
  ]);
});

test.for([
  { byStatus: none, days: 0, rows: 6 },
  { byStatus: { ...none, completed: 1e9, in_progress: 1, pending: 1 }, days: 99, rows: 6 + 15 },
])("a chart of %j keeps its width, and shows every number above 0", ({ byStatus, days, rows }) => {
  const completedByDay = Array.from({ length: days }, (_, at) => ({
    day: "2026-11-21",
    count: at,
  }));
  const lines = chartLines({ byStatus, completedByDay });
  expect(lines).toHaveLength(rows);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
  for (const line of lines.filter((one) => !one.endsWith(":"))) {
    expect(line.includes("█")).toBe(!line.endsWith(" 0"));
  }
});
