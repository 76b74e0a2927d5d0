import { expect, test } from "vitest";
import { taskmaster } from "../../../src/sources/presets/taskmaster.ts";
import { presetWith, recorded, shop, signal } from "../../support/recorded-responses.ts";

const server = "task-master-ai";
const response = (file: string) => () => recorded(server, file);

test("Taskmaster gets the project's folder, and a dependent task is blocked", async () => {
  const { source, calls } = presetWith(taskmaster, response("05-get_tasks"));
  expect(await source.listOpen(shop, signal)).toMatchObject({
    tasks: [
      { id: "1", title: "Fix login", status: "pending", priority: "high" },
      { id: "2", title: "Add tests", status: "blocked", priority: "medium", dependsOn: ["1"] },
    ],
    total: null,
  });
  expect(calls[0]).toMatchObject({ tool: "get_tasks", args: { projectRoot: shop.path } });
});

test("Taskmaster without tasks is an empty list", async () => {
  const { source } = presetWith(taskmaster, response("01-get_tasks"));
  expect((await source.listOpen(shop, signal)).tasks).toEqual([]);
});

test("Taskmaster's ids become strings, whether it gives numbers or strings", async () => {
  const next = presetWith(taskmaster, response("07-next_task"));
  expect(await next.source.next?.(shop, signal)).toMatchObject({ id: "1", title: "Fix login" });
  const one = presetWith(taskmaster, response("08-get_task"));
  expect(await one.source.get?.(shop, "1", signal)).toMatchObject({ id: "1", priority: "high" });
});

test("Sitrep's statuses are written in Taskmaster's words", async () => {
  const { source, calls } = presetWith(taskmaster, response("09-set_task_status"));
  await source.update?.(shop, "1", { status: "completed" }, signal);
  await source.update?.(shop, "1", { status: "in_progress" }, signal);
  expect(calls.map(({ args }) => args["status"])).toEqual(["done", "in-progress"]);
});
