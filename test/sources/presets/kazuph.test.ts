import { expect, test } from "vitest";
import { kazuph } from "../../../src/sources/presets/kazuph.ts";
import {
  jsonAnswer,
  presetWith,
  recorded,
  shop,
  signal,
} from "../../support/recorded-responses.ts";

const server = "kazuph-mcp-taskmanager";

test("all tasks of each open request of kazuph's task manager are read, request by request", async () => {
  const { source, calls } = presetWith(kazuph, (tool) =>
    recorded(server, tool === "list_requests" ? "02-list_requests" : "03-get_next_task"),
  );
  const { tasks } = await source.listOpen(shop, signal);
  expect(tasks).toMatchObject([
    { id: "task-1", title: "Fix login", description: "redirect loop", status: "pending" },
    { id: "task-2", title: "Add tests", description: "cover login", status: "pending" },
  ]);
  expect(calls.map(({ tool, args }) => [tool, args])).toEqual([
    ["list_requests", {}],
    ["get_next_task", { requestId: "req-1" }],
  ]);
});

test("a done task of kazuph's task manager is left out", async () => {
  const { source } = presetWith(kazuph, (tool) =>
    recorded(server, tool === "list_requests" ? "02-list_requests" : "06-get_next_task"),
  );
  const { tasks } = await source.listOpen(shop, signal);
  expect(tasks.map(({ id }) => id)).toEqual(["task-2"]);
});

test("kazuph's task manager without open requests is an empty list", async () => {
  const requests = [{ requestId: "req-1", totalTasks: 2, completedTasks: 2 }];
  for (const list of [[], requests]) {
    const { source } = presetWith(kazuph, () => jsonAnswer({ requests: list }));
    expect((await source.listOpen(shop, signal)).tasks).toEqual([]);
  }
});

test("kazuph's requests without progress count as open, and an unknown status is an error", async () => {
  const { source } = presetWith(kazuph, (tool) =>
    jsonAnswer(tool === "list_requests" ? { requests: [{ requestId: "req-1" }] } : { status: "?" }),
  );
  const failure = { code: "source-invalid-response" };
  await expect(source.listOpen(shop, signal)).rejects.toMatchObject(failure);
  const { source: none } = presetWith(kazuph, () => jsonAnswer({ status: "task_not_found" }));
  expect(await none.get?.(shop, "task-9", signal)).toBeNull();
});

test.each(["07-get_next_task", "08-get_next_task"])(
  "an error of kazuph's task manager is recognized with isError and without: %s",
  async (file) => {
    const { source } = presetWith(kazuph, (tool) =>
      recorded(server, tool === "list_requests" ? "02-list_requests" : file),
    );
    await expect(source.listOpen(shop, signal)).rejects.toMatchObject({
      code: "source-failed",
      message: expect.stringMatching(/get_next_task reports: .*(Request not found|Invalid)/),
    });
  },
);
