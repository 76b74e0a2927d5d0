// The adapters, each against a real server on loopback.

import { describe, expect, test } from "vitest";
import { capabilities } from "../../src/core/ports.ts";
import type { Capability } from "../../src/core/ports.ts";
import { describeTaskSource } from "../contracts/task-source.ts";
import { aNewTask } from "../support/builders.ts";
import { shop, signal } from "../support/recorded-responses.ts";
import {
  manageTask,
  manageTaskTool,
  mapped,
  requests,
  taskTracking,
  tickets,
} from "../support/sources.ts";
import type { ServedSource } from "../support/sources.ts";

interface Adapter {
  name: string;
  create: () => Promise<ServedSource>;
  capabilities: readonly Capability[];
  /** Of three tasks where the server gives two at a time: how many are listed, and how many it says there are. */
  capped: { listed: number; total: number | null };
}

const twoOfThree = { listed: 2, total: 3 };
const adapters: readonly Adapter[] = [
  {
    name: "task tracking over REST",
    create: taskTracking,
    capabilities: ["list", "next", "get", "create", "update"],
    capped: twoOfThree,
  },
  {
    name: "tickets over REST",
    create: tickets,
    capabilities: ["list", "get", "create"],
    // It reads every page.
    capped: { listed: 3, total: null },
  },
  { name: "manage_task over REST", create: manageTask, capabilities, capped: twoOfThree },
  { name: "manage_task as a tool", create: manageTaskTool, capabilities, capped: twoOfThree },
  {
    name: "an MCP server by a mapping",
    create: mapped,
    capabilities,
    capped: twoOfThree,
  },
  { name: "requests by a mapping", create: requests, capabilities, capped: twoOfThree },
];

describe.each(adapters)("$name", ({ create, capabilities: expected, capped }) => {
  describeTaskSource(() => create(), expected);

  test("reports a capped list as such, with the total if the server gives one", async () => {
    const { source, server, add } = await create();
    server.cap = 2;
    await add(
      shop.path,
      [1, 2, 3].map((id) => aNewTask({ id: `T${id}` })),
    );
    const { tasks, total } = await source.listOpen(shop, signal);
    expect({ listed: tasks.length, total }).toEqual(capped);
  });

  test.each([
    ["rejects the sign-in", { status: 401 }, "source-refused"],
    ["reports an error of its own", { status: 500 }, "source-failed"],
    ["sends a page with 200", "page", "source-invalid-response"],
    ["breaks off", "truncated", "source-invalid-response"],
  ] as const)("fails with a code when the server %s", async (_what, fault, code) => {
    const { source, server } = await create();
    server.fault = fault;
    await expect(source.listOpen(shop, signal)).rejects.toMatchObject({
      code: expect.stringMatching(new RegExp(`${code}|source-unreachable`)),
    });
  });

  test("ends a call when its signal is aborted", async () => {
    const { source, server } = await create();
    server.fault = "hang";
    const abort = AbortSignal.timeout(200);
    await expect(source.listOpen(shop, abort)).rejects.toMatchObject({
      code: expect.stringMatching(/cancelled|source-timeout/),
    });
  });
});

describe("task tracking over REST", () => {
  test("task tracking is asked for the configured project, not for the project's name", async () => {
    const { source, server } = await taskTracking({ project: "ai-agent" });
    await server.add("ai-agent", [aNewTask({ id: "TASK-051" })]);
    expect((await source.listOpen(shop, signal)).tasks).toMatchObject([{ id: "TASK-051" }]);
    expect(server.requests.map(({ path }) => path)).toContain(
      "/tasks?project=ai-agent&status=pending",
    );
  });

  test("without a list, task tracking gives the next task and says that it cannot list", async () => {
    const { source, server, add } = await taskTracking();
    server.canList = false;
    await add(shop.path, [aNewTask({ id: "A" }), aNewTask({ id: "B" })]);
    expect(await source.listOpen(shop, signal)).toMatchObject({
      tasks: [{ id: "A" }],
      isNextOnly: true,
    });
    server.tasks.length = 0;
    expect(await source.listOpen(shop, signal)).toMatchObject({ tasks: [], isNextOnly: true });
  });

  test("task tracking completes a task with notes, in the service's own terms", async () => {
    const { source, server, add } = await taskTracking();
    await add(shop.path, [aNewTask({ id: "TASK/1 %" })]);
    await source.update?.(shop, "TASK/1 %", { status: "completed", notes: "Done" }, signal);
    expect(server.requests.at(-1)).toMatchObject({
      method: "PUT",
      path: "/tasks/TASK%2F1%20%25/status",
      body: '{"status":"completed","completion_notes":"Done"}',
    });
  });

  test("changing a missing task of task tracking says that it does not exist", async () => {
    const { source } = await taskTracking();
    const change = { status: "completed" } as const;
    await expect(source.update?.(shop, "TASK-999", change, signal)).rejects.toMatchObject({
      code: "source-failed",
      status: 404,
    });
  });
});

describe("tickets over REST", () => {
  test("a ticket service gets the principal in headers, and all its pages are read", async () => {
    const headers = { "X-User-ID": "alice", "X-Organization-ID": "dev-org" };
    const { source, server, add } = await tickets({}, headers);
    await add(
      "",
      Array.from({ length: 230 }, (_, id) => aNewTask({ id: `K-${id}` })),
    );
    const { tasks, total } = await source.listOpen(shop, signal);
    expect([tasks.length, total]).toEqual([230, null]);
    expect(server.requests).toHaveLength(3);
    expect(server.requests[0]?.headers).toMatchObject({
      "x-user-id": "alice",
      "x-organization-id": "dev-org",
    });
  });
});

describe.each([
  ["manage_task over REST", manageTask],
  ["manage_task as a tool", manageTaskTool],
])("%s", (_, create) => {
  const bodies = (server: ServedSource["server"]): string[] =>
    server.requests.map(({ path, body }) => `${path} ${body}`);

  test("manage_task asks for the next task by the branch's id, looked up once", async () => {
    const { source, server, add } = await create();
    await add("", [aNewTask({ id: "A" })]);
    const onBranch = { ...shop, branch: "feature/login" };
    expect(await source.next?.(onBranch, signal)).toMatchObject({ id: "A" });
    await source.next?.(onBranch, signal);
    const delivered = bodies(server).join("\n");
    expect(delivered.match(/branch-7/g)).toHaveLength(2);
    expect(delivered.match(/"action":"list"/g)).toHaveLength(1);
  });

  test("manage_task takes the branch's id from its setting", async () => {
    const { source, server } = await create({ branchId: "branch-9" });
    await source.next?.({ ...shop, branch: "feature/login" }, signal);
    expect(bodies(server).join("\n")).toContain('"git_branch_id":"branch-9"');
  });

  test("manage_task gives the project's context as one line, if the project is set", async () => {
    const without = await create();
    expect((await without.source.listOpen(shop, signal)).context).toBeNull();
    const { source } = await create({ projectId: "p-1" });
    expect((await source.listOpen(shop, signal)).context).toBe("Shop: the API");
  });

  test("manage_task tests the connection without asking for tasks", async () => {
    const { source, server } = await create();
    await source.check?.(shop, signal);
    expect(bodies(server).join("\n")).toContain("manage_connection");
    expect(bodies(server).join("\n")).not.toContain("manage_task");
    server.fault = { status: 401 };
    await expect(source.check?.(shop, signal)).rejects.toMatchObject({ code: "source-refused" });
  });
});
