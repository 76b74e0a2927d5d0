import { expect, test } from "vitest";
import { fourgenthub } from "../../../src/sources/presets/fourgenthub.ts";
import {
  jsonAnswer,
  presetWith,
  shop,
  signal,
  textAnswer,
} from "../../support/recorded-responses.ts";

const tasks = [
  { id: "t-1", title: "Fix login", status: "todo", priority: "critical", assignees: "ana, @ben" },
  { task_id: "t-2", title: "Add tests", status: "review", priority: "low", due_date: "2026-12-01" },
  { id: "t-3", title: "Write docs", status: "done", priority: "low" },
];

test.each([
  ["below data", { success: true, data: { tasks } }],
  ["at the top", { success: true, tasks }],
])("4genthub's tasks are found %s of the response", async (_, response) => {
  const { source, calls } = presetWith(fourgenthub, () => jsonAnswer(response), {
    branchId: "b-1",
  });
  expect((await source.listOpen(shop, signal)).tasks).toMatchObject([
    { id: "t-1", status: "pending", priority: "urgent", assignees: ["ana", "@ben"] },
    { id: "t-2", status: "pending", rawStatus: "review", due: "2026-12-01" },
  ]);
  expect(calls[0]?.args).toEqual({ action: "list", limit: 100, git_branch_id: "b-1" });
});

test("4genthub's failures are recognized as an object and as plain text", async () => {
  const failed = { success: false, error: { message: "Branch not found", code: "NOT_FOUND" } };
  for (const [response, code] of [
    [jsonAnswer(failed), "source-failed"],
    [textAnswer("Error: branch not found"), "source-invalid-response"],
  ] as const) {
    const { source } = presetWith(fourgenthub, () => response);
    await expect(source.listOpen(shop, signal)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/branch not found/i),
    });
  }
});

test("4genthub recommends a task, or none", async () => {
  const some = presetWith(fourgenthub, () =>
    jsonAnswer({ success: true, data: { task: tasks[0] } }),
  );
  expect(await some.source.next?.(shop, signal)).toMatchObject({ id: "t-1" });
  const none = presetWith(fourgenthub, () => jsonAnswer({ success: true, data: { task: null } }));
  expect(await none.source.next?.(shop, signal)).toBeNull();
});
