import { expect, test } from "vitest";
import { exportCsv, exportedTask, exportMarkdown } from "../../../src/core/task/export-tasks.ts";
import { aTask } from "../../support/builders.ts";

test("an exported task has neither source nor project", () => {
  const task = aTask({ project: "/work/shop" });
  const { source: _source, project: _project, ...own } = task;
  expect(exportedTask(task)).toEqual(own);
});

test("Markdown has a box for each task, and what the box does not say below", () => {
  const tasks = [
    aTask({ id: "T-1", title: " One\n line ", priority: "none" }),
    aTask({
      id: "T-2",
      status: "in_progress",
      priority: "high",
      due: "2026-12-01",
      assignees: ["Ana", "Ben"],
      labels: ["ui", "web"],
      dependsOn: ["T-1", "T-9"],
    }),
    aTask({ id: "T-3", status: "completed", priority: "none" }),
    aTask({ id: "T-4", status: "cancelled", priority: "none" }),
    aTask({ id: "T-5", rawStatus: "in review", priority: "none" }),
  ];
  expect(exportMarkdown(tasks).split("\n")).toEqual([
    "- [ ] One line",
    "  T-1",
    "- [ ] Add OIDC login",
    "  T-2; in progress; high; due 2026-12-01; for Ana, Ben; labels ui, web; blocked by T-1, T-9",
    "- [x] Add OIDC login",
    "  T-3",
    "- [x] Add OIDC login",
    "  T-4; cancelled",
    "- [ ] Add OIDC login",
    "  T-5; in review",
  ]);
});

test("CSV has a column for each field, and quotes what would end a cell", () => {
  const task = aTask({
    id: "T-1",
    title: 'Say "a", b',
    assignees: ["Ana", "Ben"],
    url: "https://x",
  });
  expect(exportCsv([task]).split("\n")).toEqual([
    "id,title,status,priority,assignees,labels,due,dependsOn,branch,category,estimatedEffort,parent,url,createdAt,updatedAt,completedAt,description,completionNotes",
    'T-1,"Say ""a"", b",pending,medium,"Ana, Ben",,,,,,,,https://x,,,,,',
  ]);
});

test.each([
  ["=1+1", `"'=1+1"`],
  [" +1", `"' +1"`],
  ["-1", `"'-1"`],
  ["@x", `"'@x"`],
  ["\uff1dx", `"'\uff1dx"`],
  ["\tx", `"'\tx"`],
  ["a=1", "a=1"],
  ["it's", `"it's"`],
])("a CSV cell with %j is written as %j, so that no spreadsheet runs it", (title, cell) => {
  expect(exportCsv([aTask({ id: "T-1", title })]).split("\n")[1]).toMatch(
    new RegExp(`^T-1,${cell.replaceAll(/[+^$()*.]/g, "\\$&")},pending`),
  );
});
