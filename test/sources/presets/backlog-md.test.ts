import { expect, test } from "vitest";
import { backlogMd } from "../../../src/sources/presets/backlog-md.ts";
import { presetWith, recorded, shop, signal } from "../../support/recorded-responses.ts";
import { aNewTask } from "../../support/builders.ts";

const response = (file: string) => () => recorded("backlog.md", file);

test("Backlog.md's columns become tasks with status, priority and due date; done ones are left out", async () => {
  const { source, calls } = presetWith(backlogMd, response("05-task_list"));
  const { tasks } = await source.listOpen(shop, signal);
  expect(tasks).toMatchObject([
    { id: "TASK-1", title: "Fix login", status: "pending", priority: "high", due: "2026-12-01" },
    { id: "TASK-2", title: "Add tests", status: "in_progress", priority: "none" },
  ]);
  expect(calls).toEqual([{ kind: "read", tool: "task_list", args: {} }]);
});

test("Backlog.md without tasks is an empty list", async () => {
  const { source } = presetWith(backlogMd, response("01-task_list"));
  expect(await source.listOpen(shop, signal)).toMatchObject({ tasks: [], total: null });
});

test("Backlog.md's search results take their status from the line", async () => {
  const { source } = presetWith(backlogMd, response("08-task_search"));
  expect(await source.search?.(shop, "login", signal)).toMatchObject([
    { id: "TASK-1", title: "Fix login", status: "pending", priority: "high", due: "2026-12-01" },
  ]);
});

test("a task of Backlog.md is completed with Backlog.md's status word", async () => {
  const { source, calls } = presetWith(backlogMd, response("10-task_edit"));
  await source.update?.(shop, "TASK-1", { status: "completed" }, signal);
  expect(calls).toEqual([
    { kind: "write", tool: "task_edit", args: { id: "TASK-1", status: "Done" } },
  ]);
});

test("a task is added to Backlog.md without fields that Backlog.md lacks", async () => {
  const { source, calls } = presetWith(backlogMd, response("10-task_edit"));
  const made = await source.create?.(shop, aNewTask({ title: "New", priority: "none" }), signal);
  expect(made).toMatchObject({ id: "TASK-1" });
  expect(calls[0]?.args).toEqual({ title: "New", description: "New", status: "To Do" });
});
