// Guessing how a server lists tasks, over answers of real servers. The expected tasks were read off the raw responses by hand.

import { describe, expect, test } from "vitest";
import type { Mapping } from "../../../src/core/mapping/mapping.ts";
import type { ToolResponse } from "../../../src/core/mapping/tool-response.ts";
import type { Guessed } from "../../../src/sources/mapping/guess-mapping.ts";
import type { McpTool } from "../../../src/sources/mcp/mcp-connection.ts";
import {
  guessOf,
  jsonAnswer,
  recorded,
  recordedToolList,
  shop,
  signal,
  sourceWith,
  structuredAnswer,
  textAnswer,
} from "../../support/recorded-responses.ts";

type Responses = (tool: string, args: Readonly<Record<string, unknown>>) => ToolResponse;

const mappingIn = ({ guess, tried }: Guessed): Mapping => {
  if (guess === null) throw new Error(JSON.stringify(tried.map(({ tool, why }) => [tool, why])));
  return guess.mapping;
};
const linesIn = ({ guess }: Guessed): Record<string, string> =>
  Object.fromEntries((guess?.lines ?? []).map(({ what, is }) => [what, is]));

async function guessedTasks(
  server: string,
  responses: Responses,
  given: Readonly<Record<string, string>> = {},
) {
  const { guessed, calls } = await guessOf(recordedToolList(server), responses, { given });
  const { source } = sourceWith(mappingIn(guessed), responses);
  const { tasks, unreadable, total } = await source.listOpen(shop, signal);
  return { guessed, calls, tasks, unreadable, total };
}

const listTasks = { name: "list_tasks" };
const schema = (properties: object, ...required: string[]): Partial<McpTool> => ({
  inputSchema: { type: "object", properties, required },
});
const lists = (response: ToolResponse) => guessOf([listTasks], () => response);

describe("a mapping guessed from a real server's tools", () => {
  test("reads the Markdown records of Shrimp Task Manager, one status at a time", async () => {
    const server = "mcp-shrimp-task-manager";
    const files = { pending: "08-list_tasks", in_progress: "09-list_tasks" };
    const { guessed, tasks, unreadable } = await guessedTasks(server, (_, { status }) =>
      recorded(server, files[status as keyof typeof files]),
    );
    const login = "1663c36b-93d2-4708-a017-fa806ee1d1f3";
    expect(tasks).toMatchObject([
      {
        id: "26a2e93b-0f08-4432-900a-ede8add571aa",
        title: "Add tests",
        status: "blocked",
        dependsOn: [login],
      },
      { id: login, title: "Fix login", status: "in_progress", dependsOn: [] },
    ]);
    expect(unreadable).toBe(0);
    expect(linesIn(guessed)).toEqual({
      tool: "list_tasks",
      arguments: "status=${status}",
      statuses: "pending, in_progress",
      list: 'Markdown records: each task below a heading "###"',
      title: "in its line",
      id: "in a line below",
      dependencies: "in a line below",
      "not found": "priority, due, assignees",
    });
  });

  test("reads Shrimp Task Manager's list when one status has no tasks", async () => {
    const server = "mcp-shrimp-task-manager";
    const { tasks } = await guessedTasks(server, (_, { status }) =>
      recorded(server, status === "pending" ? "01-list_tasks" : "09-list_tasks"),
    );
    expect(tasks).toMatchObject([{ title: "Fix login", status: "in_progress" }]);
  });

  test("does not take prose that says there are no tasks for a list", async () => {
    const server = "mcp-shrimp-task-manager";
    const { guessed } = await guessOf(recordedToolList(server), () =>
      recorded(server, "01-list_tasks"),
    );
    expect(guessed.guess).toBeNull();
    expect(guessed.tried.map(({ why }) => why)).toContainEqual(
      "has no tasks now and answers in prose, so its task format is unknown",
    );
  });

  test("reads dex's array of tasks, with their blockers", async () => {
    const { guessed, tasks } = await guessedTasks("zeeg-dex", () =>
      recorded("zeeg-dex", "07-list_tasks"),
    );
    expect(tasks).toMatchObject([
      { id: "c6axwghc", title: "Fix login", description: "redirect loop", status: "pending" },
      { id: "bb53jt27", title: "Add tests", status: "blocked", dependsOn: ["c6axwghc"] },
    ]);
    expect(linesIn(guessed)).toMatchObject({
      list: "the response itself",
      title: "name",
      status: "completed",
      dependencies: "blockedBy",
    });
  });

  test("leaves out finished tasks of dex and ohno", async () => {
    const dex = await guessedTasks("zeeg-dex", () => recorded("zeeg-dex", "08-list_tasks"));
    expect(dex.tasks.map(({ title }) => title)).toEqual(["Fix login", "Add tests"]);
    const ohno = await guessedTasks("ohno-mcp", () => recorded("ohno-mcp", "09-get_tasks"));
    expect(ohno.tasks).toMatchObject([
      { id: "task-5dedcb47", title: "Add tests", status: "in_progress" },
      { id: "task-9a32c4a0", title: "Fix login", status: "pending" },
    ]);
    expect(ohno.calls).toEqual([["get_tasks", { limit: 100 }]]);
  });

  test("sets the argument that selects tasks for a tool that lists other things too", async () => {
    const { calls, tasks } = await guessedTasks("task-orchestrator", () =>
      recorded("task-orchestrator", "10-query_container"),
    );
    expect(calls).toEqual([
      ["query_container", { operation: "search", containerType: "task", limit: 100 }],
    ]);
    expect(tasks).toMatchObject([
      {
        id: "cd01849ea99841e5bc821e2cef611e33",
        title: "Add tests",
        status: "blocked",
        priority: "medium",
      },
      {
        id: "c1e3095a746e40089bc5a0ec37f6d5d6",
        title: "Fix login",
        status: "in_progress",
        priority: "high",
      },
    ]);
  });

  test("takes GitLab's tool for issues, of the project given by --with", async () => {
    const server = "mcp-gitlab";
    const mine = await guessedTasks(server, () => recorded(server, "01-my_issues"));
    expect(mine.calls).toEqual([["my_issues", { state: "opened", per_page: 100 }]]);
    expect(mine.tasks).toMatchObject([
      { id: "g/p#6", title: "Fix login", assignees: ["Ada"], due: "2026-12-01" },
      { id: "g/p#7", title: "Add tests", assignees: [], labels: ["test"] },
    ]);
    const given = { project_id: "g/p" };
    const ofProject = await guessedTasks(server, () => recorded(server, "03-my_issues"), given);
    expect(ofProject.calls).toEqual([
      ["my_issues", { project_id: "g/p", state: "opened", per_page: 100 }],
    ]);
    expect(ofProject.guessed.guess?.used).toEqual(["project_id"]);
  });

  test("suffices for Taskmaster and Backlog.md without a preset", async () => {
    const taskmaster = await guessedTasks("task-master-ai", () =>
      recorded("task-master-ai", "05-get_tasks"),
    );
    expect(taskmaster.calls).toEqual([["get_tasks", { projectRoot: shop.path }]]);
    expect(taskmaster.tasks).toMatchObject([
      { id: "1", title: "Fix login", priority: "high", status: "pending" },
      { id: "2", title: "Add tests", priority: "medium", status: "blocked" },
    ]);
    const backlog = await guessedTasks("backlog.md", () => recorded("backlog.md", "05-task_list"));
    expect(backlog.tasks).toMatchObject([
      { id: "TASK-1", status: "pending", priority: "high" },
      { id: "TASK-2", title: "Add tests", status: "in_progress" },
    ]);
    expect(backlog.tasks).toHaveLength(2);
  });

  test.each(["kazuph-mcp-taskmanager", "server-memory"])(
    "is not made for %s, which has no tool named like a list of tasks",
    async (server) => {
      const { guessed, calls } = await guessOf(recordedToolList(server), () => textAnswer("?"));
      expect(calls).toEqual([]);
      expect(guessed).toEqual({ guess: null, tried: [] });
    },
  );
});

describe("the search for a list tool", () => {
  test.each([
    "create_task_list",
    "list_and_delete",
    "list_and_delete_tasks",
    "purge_list_tasks",
    "complete_all_tasks",
    "listAndCloseIssues",
    "get_tasks_and_archive",
    "reset_list_tasks",
    "set_tasks",
    "nuke_tasks_list",
    "task_list_update",
    "list_issue_links",
    "get_task",
    "list_projects",
  ])("does not call %s", async (name) => {
    const { calls } = await guessOf([{ name }], () => jsonAnswer([{ id: 1, title: "x" }]));
    expect(calls).toEqual([]);
  });

  test("does not call a tool with a writing name, or one whose hints say that it writes", async () => {
    const tools = [
      { name: "delete_all_tasks", isReadOnly: true },
      { name: "list_tasks", isReadOnly: false },
      { name: "get_tasks", isDestructive: true },
    ];
    expect((await guessOf(tools, () => jsonAnswer([]))).calls).toEqual([]);
  });

  test.each([
    "list_tasks",
    "get_tasks",
    "tasks_list",
    "listTasks",
    "list-issues",
    "getAllTodos",
    "list_work_items",
    "search_issues",
    "task_list",
    "acme_list_tasks",
  ])("calls %s", async (name) => {
    const response = jsonAnswer({ tasks: [{ id: "T-1", title: "Fix login" }] });
    const { guessed, calls } = await guessOf([{ name }], () => response, {
      serverName: "acme-tasks",
    });
    expect(calls).toEqual([[name, {}]]);
    expect(guessed.guess).not.toBeNull();
  });

  test("calls a tool with an unknown word in its name only if its hints say that it reads", async () => {
    const named = (isReadOnly: boolean | null) =>
      guessOf([{ name: "frobnicate_tasks_list", isReadOnly }], () => jsonAnswer([]));
    expect((await named(null)).calls).toEqual([]);
    expect((await named(true)).calls).toHaveLength(1);
  });

  test("asks a person for an unknown argument, and passes it with the right type", async () => {
    const tool = { ...listTasks, ...schema({ board: { type: "integer" } }, "board") };
    const response = jsonAnswer([{ id: "T-1", title: "Fix login" }]);
    const { guessed, calls } = await guessOf([tool], () => response);
    expect([calls, guessed.tried]).toMatchObject([[], [{ missing: ["board"] }]]);
    const with7 = await guessOf([tool], () => response, { given: { board: "7" } });
    expect(with7.calls).toEqual([["list_tasks", { board: 7 }]]);
  });

  test("sets a filter to open only if the filter leaves out no open task", async () => {
    const response = jsonAnswer([{ id: "T-1", title: "Fix login" }]);
    const ofState = async (...values: string[]) => {
      const tool = { ...listTasks, ...schema({ state: { type: "string", enum: values } }) };
      return (await guessOf([tool], () => response)).calls[0]?.[1];
    };
    expect(await ofState("open", "closed", "all")).toEqual({ state: "open" });
    expect(await ofState("open", "in_progress", "closed")).toEqual({});
  });

  test("tries the next tool after an empty list", async () => {
    const tools = [{ name: "list_my_tasks" }, { name: "list_tasks" }];
    const responses: Responses = (tool) =>
      jsonAnswer({ tasks: tool === "list_tasks" ? [{ id: "T-1", title: "Fix login" }] : [] });
    const { guessed } = await guessOf(tools, responses);
    expect(mappingIn(guessed).list.tool).toBe("list_tasks");
  });
});

describe("the response of a guessed tool", () => {
  const tasksOf = async (response: ToolResponse) => {
    const { guessed } = await lists(response);
    return (await sourceWith(mappingIn(guessed), () => response).source.listOpen(shop, signal))
      .tasks;
  };

  test("may use other names for fields, which are found and shown", async () => {
    const item = {
      _id: "65a",
      content: "Fix login",
      stage: "in progress",
      dueAt: "2026-12-01",
      owner: "ana",
      prerequisites: ["65b"],
    };
    const response = jsonAnswer({ data: { records: [item, { ...item, _id: "65b" }] }, ok: true });
    expect(await tasksOf(response)).toMatchObject([
      {
        id: "65a",
        title: "Fix login",
        status: "in_progress",
        due: "2026-12-01",
        assignees: ["ana"],
      },
      { id: "65b" },
    ]);
    const { guessed } = await lists(response);
    expect(linesIn(guessed)).toMatchObject({
      list: "data.records",
      id: "_id",
      title: "content",
      status: "stage",
      due: "dueAt",
      assignees: "owner",
      dependencies: "prerequisites",
      "not found": "priority",
    });
  });

  test("may have a flag as status, and fields below an item's own", async () => {
    const jira = {
      id: "10001",
      key: "PROJ-1",
      fields: { summary: "Fix login", status: { name: "Open" } },
    };
    expect(await tasksOf(jsonAnswer({ issues: [jira] }))).toMatchObject([
      { id: "PROJ-1", title: "Fix login", status: "pending" },
    ]);
    const todos = [
      { id: 1, text: "Fix login", checked: false },
      { id: 2, text: "Write docs", checked: true },
    ];
    expect(await tasksOf(structuredAnswer({ todos }))).toMatchObject([
      { id: "1", title: "Fix login" },
    ]);
  });

  test("may have several lists: the list of tasks is taken, and the others are named", async () => {
    const task = { id: "T-1", title: "Fix login" };
    const response = jsonAnswer({ users: [{ id: 1, name: "Ana" }], tags: ["a"], tasks: [task] });
    const { guessed } = await lists(response);
    expect(linesIn(guessed)).toMatchObject({ list: "tasks", "not read": "users" });
  });

  test("is an error if no item of its list is a task, and the error says what each item lacks", async () => {
    const { guessed } = await lists(jsonAnswer({ tasks: [{ id: 1, kind: "a" }, { label: "b" }] }));
    expect(guessed.guess).toBeNull();
    expect(guessed.tried).toMatchObject([
      {
        why: 'returned 2 items, none a task: 1 without a title, 1 without an id and a title. Fields of the first item: "id, kind".',
      },
    ]);
  });

  test("is valid if its list is empty, and an error if a later item has no id", async () => {
    const { guessed } = await lists(jsonAnswer({ tasks: [], total: 0 }));
    const mapping = mappingIn(guessed);
    const none = sourceWith(mapping, () => jsonAnswer({ tasks: [] })).source;
    expect((await none.listOpen(shop, signal)).tasks).toEqual([]);
    const strange = sourceWith(mapping, () => jsonAnswer({ tasks: [{ nr: 1, what: "x" }] })).source;
    await expect(strange.listOpen(shop, signal)).rejects.toMatchObject({
      code: "source-invalid-response",
      message: expect.stringContaining("1 item, not a task"),
    });
  });

  test.each([
    [{ success: false, message: "no workspace" }, "reports: "],
    [{ ok: true }, "returned no list"],
    ["Error: no task store found", "returned no list"],
    ["No task database is configured", "returned no list"],
    ["", "returned no list"],
  ])("is not an empty list if it is %j", async (value, why) => {
    const response = typeof value === "string" ? textAnswer(value) : jsonAnswer(value);
    const { guessed } = await lists(response);
    expect(guessed.guess).toBeNull();
    expect(guessed.tried[0]?.why).toContain(why);
  });

  test.each([
    [
      "bold list items",
      "- **Fix login**\n  - ID: 7f3\n  - Status: in progress\n- **Add tests**\n  - ID: 8a1",
    ],
    [
      "headings with an id",
      "## T-7f: x\n## T-1: Fix login\nStatus: in progress\n## T-2: Add tests",
    ],
    ["list items with an id", "1. Fix login (ID: 7f3)\n2. Add tests (ID: 8a1)"],
    ["lines", "In progress:\n- T-1: Fix login\n\nTodo:\n- T-2: Add tests\n"],
  ])("may have tasks as %s", async (_, text) => {
    const tasks = await tasksOf(textAnswer(text));
    expect(tasks.map(({ title }) => title)).toEqual(
      expect.arrayContaining(["Fix login", "Add tests"]),
    );
  });

  test("may have ticked boxes, which are completed tasks", async () => {
    const tasks = await tasksOf(textAnswer("- [ ] #1 Fix login\n- [x] #2 Write docs"));
    expect(tasks).toMatchObject([{ id: "#1", title: "Fix login" }]);
  });

  test("cannot change a task's id or status by the task's own text", async () => {
    const text =
      "### Fix login\n**ID:** 7f3\n**Status:** open\n**Description:** a\n**ID:** 9\n**Status:** done";
    expect(await tasksOf(textAnswer(text))).toMatchObject([{ id: "7f3", status: "pending" }]);
  });

  test("may have an argument named like a property of Object.prototype", async () => {
    const properties = { constructor: { type: "array" }, toString: { type: "string" } };
    const own = { ...listTasks, ...schema(properties, "constructor") };
    const { guessed, calls } = await guessOf([own], () => jsonAnswer([]));
    expect([calls, guessed.tried]).toMatchObject([[], [{ missing: ["constructor"] }]]);
  });

  test("may have hostile names and depths, which are skipped", async () => {
    const deep = Array.from({ length: 30 }).reduce<unknown>(
      (inner) => ({ a: inner }),
      [{ id: 1, title: "x" }],
    );
    const names = { "tasks`; $eval('1')": [{ id: 1, title: "x" }], __proto__x: 1, deep };
    const { guessed } = await lists(jsonAnswer(names));
    expect(guessed.guess).toBeNull();
    const long = textAnswer(`${"- [".repeat(20_000)}\n${"#".repeat(5000)} x`);
    expect((await lists(long)).guessed.guess).toBeNull();
  });
});

describe("the pages of a guessed tool", () => {
  const page = (from: number, count: number) =>
    jsonAnswer(Array.from({ length: count }, (_, at) => ({ id: `T-${from + at}`, title: "x" })));
  const tool = (properties: object) => ({ ...listTasks, ...schema(properties) });
  const whole = { type: "integer" };

  test("are followed by number or offset while they are full", async () => {
    const byPage: Responses = (_, args) =>
      page(((args["page"] as number) ?? 1) * 100, args["page"] === 3 ? 7 : 100);
    const { guessed } = await guessOf([tool({ per_page: whole, page: whole })], byPage);
    const { source, calls } = sourceWith(mappingIn(guessed), byPage);
    expect((await source.listOpen(shop, signal)).tasks).toHaveLength(207);
    expect(calls.map(({ args }) => args["page"])).toEqual([undefined, 2, 3]);
    const byOffset: Responses = (_, args) => {
      const at = (args["offset"] as number) ?? 0;
      return page(at, at === 0 ? 50 : 1);
    };
    const small = { limit: { ...whole, maximum: 50 }, offset: whole };
    const other = await guessOf([tool(small)], byOffset);
    const { source: second } = sourceWith(mappingIn(other.guessed), byOffset);
    expect((await second.listOpen(shop, signal)).tasks).toHaveLength(51);
  });

  test("are read without a page size if the server refuses one", async () => {
    const responses: Responses = (_, args) =>
      args["limit"] === undefined
        ? jsonAnswer([{ id: "T-1", title: "Fix login" }])
        : { ...textAnswer("limit must be at most 25"), isError: true };
    const { guessed, calls } = await guessOf([tool({ limit: whole })], responses);
    expect(calls).toEqual([
      ["list_tasks", { limit: 100 }],
      ["list_tasks", {}],
    ]);
    expect(mappingIn(guessed).list.pageSize).toBeUndefined();
  });

  test("are not taken for the whole list if a full page repeats itself or has no next one", async () => {
    for (const properties of [{ limit: whole }, { limit: whole, page: whole }]) {
      const { guessed } = await guessOf([tool(properties)], () => page(0, 100));
      const { source, calls } = sourceWith(mappingIn(guessed), () => page(0, 100));
      expect(await source.listOpen(shop, signal)).toMatchObject({ isCut: true });
      expect(calls.length).toBeLessThan(3);
    }
  });
});
