import { describe, expect, test } from "vitest";
import { SitrepError, codeOf } from "../../../src/core/errors.ts";
import {
  importJson,
  importMarkdown,
  importTasks,
  maxImported,
} from "../../../src/core/task/import-tasks.ts";
import type { NewTask } from "../../../src/core/task/task.ts";
import { aNewTask } from "../../support/builders.ts";

const bare = (overrides: Partial<NewTask> = {}): NewTask =>
  aNewTask({ priority: "none", ...overrides });
const imported = (item: object): NewTask | undefined =>
  importJson(JSON.stringify([{ title: "Add OIDC login", ...item }]), "tasks.json")[0];

/** The error that `run` throws. */
function failureOf(run: () => unknown): SitrepError | null {
  try {
    run();
  } catch (error) {
    return error instanceof SitrepError ? error : null;
  }
  return null;
}

describe("a task imported from JSON", () => {
  test.for<[string, object, Partial<NewTask>]>([
    ["with only a title", {}, {}],
    ["with an id", { id: "TASK-51" }, { id: "TASK-51" }],
    ["with a number for an id", { id: 51 }, { id: "51" }],
    ["with another tool's name of the id", { task_id: " T-1 " }, { id: "T-1" }],
    ["with a status in other words", { status: "Not Started" }, { status: "pending" }],
    ["with a priority in other words", { priority: "Critical" }, { priority: "urgent" }],
    ["with nulls", { id: null, status: null, priority: null, description: null }, {}],
    [
      "with lists",
      {
        assignees: ["ada", 7],
        labels: ["auth"],
        dependsOn: ["T-2"],
        inputs: ["a"],
        outputs: ["b"],
      },
      { assignees: ["ada"], labels: ["auth"], dependsOn: ["T-2"], inputs: ["a"], outputs: ["b"] },
    ],
    [
      "with lists as text, under other names",
      { assignee: "ada, grace,", tags: "auth", depends_on: "T-2 , T-3" },
      { assignees: ["ada", "grace"], labels: ["auth"], dependsOn: ["T-2", "T-3"] },
    ],
    ["with dependencies under another name", { dependencies: ["T-2"] }, { dependsOn: ["T-2"] }],
    ["with a description under another name", { body: "Use PKCE." }, { description: "Use PKCE." }],
    ["with details", { details: "Use PKCE." }, { description: "Use PKCE." }],
    ["with our own name before another's", { description: "a", body: "b" }, { description: "a" }],
    ["with a due day", { due_date: "2026-12-01" }, { due: "2026-12-01" }],
    [
      "with a due instant, kept in UTC",
      { dueDate: "2026-12-01T10:00:00+02:00" },
      { due: "2026-12-01T08:00:00.000Z" },
    ],
    [
      "with its dates",
      { created_at: "2026-11-01", completed_at: "2026-11-02T00:00:00Z" },
      { createdAt: "2026-11-01", completedAt: "2026-11-02T00:00:00.000Z" },
    ],
    ["with a number as text", { estimated_effort: 3 }, { estimatedEffort: "3" }],
    [
      "with the other texts",
      { url: "u", branch: "b", parent: "p", category: "c", completion_notes: "n" },
      { url: "u", branch: "b", parent: "p", category: "c", completionNotes: "n" },
    ],
    [
      "with every text under our own name",
      {
        due: "2026-12-01",
        createdAt: "2026-11-01",
        completedAt: "2026-11-02",
        estimatedEffort: "2 d",
        completionNotes: "n",
      },
      {
        due: "2026-12-01",
        createdAt: "2026-11-01",
        completedAt: "2026-11-02",
        estimatedEffort: "2 d",
        completionNotes: "n",
      },
    ],
    ["with unknown fields", { stars: 5 }, {}],
  ])("is read %s", ([, item, expected]) => {
    expect(imported(item)).toEqual(bare(expected));
  });

  test.for<[string, object, string]>([
    ["its title", { title: " Rotate keys " }, "Rotate keys"],
    ["its name", { name: "Rotate keys" }, "Rotate keys"],
    ["the first line of its description", { body: "\nRotate keys\nsoon" }, "Rotate keys"],
  ])("a task without a title is named after %s", ([, item, title]) => {
    expect(importJson(JSON.stringify([item]), "tasks.json")[0]?.title).toBe(title);
  });

  test.for<[string, string]>([
    ["an array", '[{"title":"a"},{"title":"b"}]'],
    ["an object with tasks", '{"tasks":[{"title":"a"},{"title":"b"}]}'],
    ["a file with a byte order mark", '\uFEFF[{"title":"a"},{"title":"b"}]'],
  ])("%s gives the tasks in their order", ([, text]) => {
    expect(importJson(text, "tasks.json").map((task) => task.title)).toEqual(["a", "b"]);
  });

  test("an empty list has no tasks", () => {
    expect(importJson("[]", "tasks.json")).toEqual([]);
  });
});

describe("an import of invalid JSON changes nothing, and the error names the location", () => {
  const second = (item: unknown): string => JSON.stringify([{ title: "a" }, item]);
  test.for<[string, string, string]>([
    ["no JSON", "[{", "tasks.json: not JSON: "],
    ["no array", '{"items":[]}', "tasks.json: not an array of tasks"],
    ["a text", '"tasks"', "tasks.json: not an array of tasks"],
    ["an item that is not an object", second(7), "tasks.json, task 2: not an object"],
    ["an item that is an array", second([]), "tasks.json, task 2: not an object"],
    ["no title", second({ id: "T-1" }), 'tasks.json, task 2: "title" is missing'],
    ["a blank title", second({ title: "  " }), 'tasks.json, task 2: "title" is missing'],
    ["a title that is not text", second({ title: {} }), 'tasks.json, task 2: "title" must be text'],
    [
      "an unknown priority",
      second({ title: "a", priority: 9 }),
      'tasks.json, task 2: unknown "priority": 9',
    ],
    [
      "a due date that is none",
      second({ title: "a", due: "someday" }),
      'tasks.json, task 2: "due" must be a date such as 2026-12-01, or a timestamp such as 2026-12-01T09:00:00Z: someday',
    ],
    [
      "a creation date that is none",
      second({ title: "a", created_at: "" }),
      'tasks.json, task 2: "createdAt" must be a date such as 2026-12-01, or a timestamp such as 2026-12-01T09:00:00Z: ',
    ],
    [
      "a description that is not text",
      second({ title: "a", body: {} }),
      'tasks.json, task 2: "description" must be text',
    ],
    [
      "a text beyond 65,536 characters",
      second({ title: "a", body: "x".repeat(65_537) }),
      'tasks.json, task 2: "description" is longer than 65536 characters',
    ],
    ...["", "a b", "x".repeat(129), "a\u202eb"].map((id): [string, string, string] => [
      `the id ${JSON.stringify(id).slice(0, 20)}`,
      second({ title: "a", id }),
      'tasks.json, task 2: "id" must have 1 to 128 characters and no spaces',
    ]),
  ])("%s", ([, text, message]) => {
    const failure = failureOf(() => importJson(text, "tasks.json"));
    expect(failure?.code).toBe("import-invalid");
    expect(failure?.message.startsWith(message)).toBe(true);
    expect(failure?.hint).toContain("Nothing was imported.");
  });

  test("an unknown status of an imported task counts as pending and keeps its name", () => {
    expect(imported({ status: "in review" })).toMatchObject({
      status: "pending",
      rawStatus: "in review",
    });
  });

  test("an imported task may have a text of 65,536 characters", () => {
    expect(imported({ body: "x".repeat(65_536) })?.description).toHaveLength(65_536);
  });

  test.for<[string, object]>([
    ["words with a number", { due: "sprint 5" }],
    ["a number", { due: 12 }],
    ["a day that no month has", { due: "2026-02-30" }],
    ["a property of Object.prototype as priority", { priority: "constructor" }],
    ["an object that cannot become text", { status: { toString: null } }],
  ])("%s is refused", ([, item]) => {
    const text = JSON.stringify([{ title: "a", ...item }]);
    expect(failureOf(() => importJson(text, "tasks.json"))?.code).toBe("import-invalid");
  });

  test.for<[string, object]>([
    ["title", { title: "x".repeat(65_537) }],
    ["label", { labels: ["x".repeat(65_537)] }],
  ])("an imported task with a %s beyond 65,536 characters is refused", ([, item]) => {
    expect(failureOf(() => imported(item))?.code).toBe("import-invalid");
  });
});

describe("tasks imported from a Markdown list", () => {
  test.for<[string, string, [string, string][]]>([
    ["an open box is pending", "- [ ] Add login", [["Add login", "pending"]]],
    ["a ticked box is completed", "- [x] Add login", [["Add login", "completed"]]],
    ["a box ticked with X is completed", "* [X] Add login", [["Add login", "completed"]]],
    [
      "a list may use a plus, a number or a number with a bracket",
      "+ [ ] a\n1. [ ] b\n2) [ ] c",
      [
        ["a", "pending"],
        ["b", "pending"],
        ["c", "pending"],
      ],
    ],
    [
      "a box may be indented, with spaces after it",
      "  \t- [ ]   Add login  ",
      [["Add login", "pending"]],
    ],
    [
      "lines may end with CRLF",
      "- [ ] a\r\n- [x] b\r\n",
      [
        ["a", "pending"],
        ["b", "completed"],
      ],
    ],
    [
      "other lines are skipped",
      "# Plan\n\n- a point\n- [ ]\n- [-] no\n-[ ] no\n[ ] no\n- [ ] yes",
      [["yes", "pending"]],
    ],
  ])("%s", ([, text, expected]) => {
    const tasks = importMarkdown(text, "TODO.md");
    expect(tasks).toEqual(
      expected.map(([title, status]) => bare({ title, status: status as NewTask["status"] })),
    );
  });

  test("an import of a file without tasks says what a line with a task looks like", () => {
    const failure = failureOf(() => importMarkdown("# Plan\n- a point", "TODO.md"));
    expect(failure?.code).toBe("import-invalid");
    expect(failure?.message).toBe("TODO.md: has no tasks; a task is a line such as: - [ ] Title");
  });
});

describe("an imported file is read according to its extension", () => {
  test.for([
    ["tasks.json", '[{"title":"a"}]'],
    ["TASKS.JSON", '[{"title":"a"}]'],
    ["TODO.md", "- [ ] a"],
    ["TODO", "- [ ] a"],
  ] as const)("%s", ([file, text]) => {
    expect(importTasks(text, file).map((task) => task.title)).toEqual(["a"]);
  });

  test("an import of more than 10,000 tasks is refused, and 10,000 are accepted", () => {
    expect(maxImported).toBe(10_000);
    expect(importTasks("- [ ] a\n".repeat(10_000), "TODO.md")).toHaveLength(10_000);
    const run = (): unknown => importTasks("- [ ] a\n".repeat(10_001), "TODO.md");
    expect(failureOf(run)?.message).toBe("TODO.md: more than 10000 tasks");
  });
});

test("an invalid import fails with the code import-invalid", () => {
  expect(codeOf(failureOf(() => importTasks("", "a.json")))).toBe("import-invalid");
});

test.each(["id", "title", "description", "status", "priority", "due"])(
  "an imported %s that is not text is rejected, with its name",
  (field) => {
    expect(() => importJson(JSON.stringify([{ title: "One", [field]: {} }]), "tasks.json")).toThrow(
      `"${field}" must be text`,
    );
  },
);

test.each(["assignees", "labels", "dependsOn", "inputs", "outputs"])(
  "an imported item of %s that is too long is rejected, with its name; one at the limit is kept",
  (field) => {
    const read = (length: number) =>
      importJson(JSON.stringify([{ title: "One", [field]: ["x".repeat(length)] }]), "tasks.json");
    const longest = 1000;
    expect(read(longest)).toMatchObject([{ [field]: ["x".repeat(longest)] }]);
    expect(() => read(longest + 1)).toThrow(
      `"${field}" has an item longer than ${longest} characters`,
    );
  },
);

test("a box without a title is not an imported task", () => {
  const text = "- [ ] \n- [x]  One \nText\n";
  expect(importMarkdown(text, "TODO.md").map(({ title, status }) => [title, status])).toEqual([
    ["One", "completed"],
  ]);
});
