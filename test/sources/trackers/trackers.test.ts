// The trackers' own APIs by their presets, each against a fake with the responses of its published schema.

import { describe, expect, test } from "vitest";
import { hostileName } from "../../support/hostile.ts";
import { signal } from "../../support/recorded-responses.ts";
import {
  apis,
  kinds,
  project,
  startTracker,
  token,
  trackerSource,
  type Kind,
} from "../../support/trackers.ts";

const listOf = async (kind: Kind, count: number) => {
  const fake = await startTracker(kind, count);
  const source = trackerSource(kind, fake);
  return { fake, source, list: () => source.listOpen(project, signal) };
};

/** Those whose lists are GET requests, which can be conditional. */
const conditional = ["github", "gitlab", "gitea", "todoist"] as const;
const byLink = ["github", "gitlab", "gitea"] as const;

describe.each(kinds)("%s", (kind) => {
  test("gives every task of three pages, once each", async () => {
    const { fake, list } = await listOf(kind, 5);
    const { tasks, isCut, unreadable } = await list();
    expect(tasks.map(({ title }) => title)).toEqual([1, 2, 3, 4, 5].map((at) => `Title ${at}`));
    expect({ isCut, unreadable, asked: fake.asked.length }).toEqual({
      isCut: false,
      unreadable: 0,
      asked: 3,
    });
    expect(tasks[0]).toMatchObject({
      assignees: ["ada"],
      labels: ["bug"],
      url: expect.stringMatching(/^https?:/) as string,
    });
  });

  test("without open tasks gives an empty list", async () => {
    const { list } = await listOf(kind, 0);
    expect(await list()).toMatchObject({ tasks: [], unreadable: 0, isCut: false });
  });

  test("gives the user's names", async () => {
    const { source } = await listOf(kind, 0);
    expect(await source.whoAmI?.(project, signal)).toContain("ada");
  });

  test("gives one task by its id, and null for an unknown id", async () => {
    const { source, list } = await listOf(kind, 2);
    const { tasks } = await list();
    const id = tasks[1]?.id ?? "";
    expect(await source.get?.(project, id, signal)).toMatchObject({ id, title: "Title 2" });
    expect(await source.get?.(project, id.replace(/\d+$/, "999"), signal)).toBeNull();
  });

  test("reports a wrong token as a refused sign-in, with what to do", async () => {
    const { fake } = await listOf(kind, 1);
    const auth = { ...apis[kind].auth, secret: "${env:OTHER}" };
    const { sourceAt } = await import("../../support/trackers.ts");
    const { base, preset, with: set } = apis[kind];
    const source = sourceAt(fake.origin + base, { preset, auth, with: set }, { OTHER: "wrong" });
    await expect(source.listOpen(project, signal)).rejects.toMatchObject({
      code: "source-refused",
      status: 401,
      hint: expect.stringContaining("sitrep source secret tracker") as string,
    });
  });

  test("reports a missing repository as an error with a hint, not as an empty list", async () => {
    const { fake, list } = await listOf(kind, 1);
    fake.fault = () => ({ status: 404, body: { message: "Not Found" } });
    const hint = expect.stringMatching(/Check/) as string;
    await expect(list()).rejects.toMatchObject({ code: "source-failed", status: 404, hint });
  });

  test("reads its tasks on the retry after a server error", async () => {
    const { fake, list } = await listOf(kind, 1);
    let failures = 0;
    fake.fault = () => (failures++ < 2 ? { status: 502, body: {} } : null);
    expect((await list()).tasks).toHaveLength(1);
    expect(fake.asked).toHaveLength(3);
  });

  test("reports too many requests with the wait that the server asks for, and does not retry earlier", async () => {
    const { fake, list } = await listOf(kind, 1);
    fake.fault = () => ({ status: 429, headers: { "retry-after": "600" }, body: {} });
    await expect(list()).rejects.toMatchObject({
      code: "source-rate-limited",
      retryAfterMs: 600_000,
    });
    await expect(list()).rejects.toMatchObject({ code: "source-rate-limited" });
    expect(fake.asked).toHaveLength(1);
  });

  test("reports items that are not tasks as an error that names what each lacks", async () => {
    const { fake, list } = await listOf(kind, 0);
    fake.items = [
      { nothing: 1, fields: { nothing: 1 } },
      { nothing: 2, fields: {} },
    ];
    await expect(list()).rejects.toMatchObject({
      code: "source-invalid-response",
      message: expect.stringMatching(/without an id and a title/) as string,
    });
  });

  test("reports a response over the size limit as an error", async () => {
    const { fake } = await listOf(kind, 0);
    fake.items = [apis[kind].item(1, "x".repeat(50_000))];
    const source = trackerSource(kind, fake, { maxResponseMiB: 0.02 });
    await expect(source.listOpen(project, signal)).rejects.toMatchObject({
      code: "source-invalid-response",
      message: expect.stringContaining("sent more than") as string,
    });
  });

  test("reports a response of another shape as an error, never as an empty list", async () => {
    const { fake, list } = await listOf(kind, 1);
    fake.fault = () => ({ body: { message: "Welcome" } });
    await expect(list()).rejects.toMatchObject({ code: "source-invalid-response" });
  });

  test("keeps a title as data, and masks a token in the title", async () => {
    const { fake, list } = await listOf(kind, 0);
    fake.items = [apis[kind].item(1, `${hostileName} ${token}`)];
    const { tasks } = await list();
    expect(tasks).toHaveLength(1);
    expect(JSON.stringify(tasks)).not.toContain(token);
  });
});

describe.each(kinds.filter((kind) => kind !== "linear"))("%s", (kind) => {
  test("keeps an id as one segment of the path", async () => {
    const { fake, source } = await listOf(kind, 1);
    await expect(source.get?.(project, "..", signal)).rejects.toMatchObject({
      code: "config-invalid",
      message: 'tracker: ".." cannot be part of a path.',
    });
    expect(fake.asked).toEqual([]);
    await source.get?.(project, "../../user?a=b", signal);
    expect(fake.asked.at(-1)?.path).toMatch(/\/\.\.%2F\.\.%2Fuser%3Fa%3Db$/);
  });
});

describe.each(conditional)("%s, read a second time,", (kind) => {
  test("costs nothing if the list is unchanged, and one request for each changed page", async () => {
    const { fake, list } = await listOf(kind, 5);
    const first = await list();
    expect(fake.used).toBe(3);
    expect(await list()).toEqual(first);
    expect({ used: fake.used, asked: fake.asked.length }).toEqual({ used: 3, asked: 6 });
    fake.items[4] = apis[kind].item(5, "Renamed");
    expect((await list()).tasks.map(({ title }) => title)).toEqual([
      "Title 1",
      "Title 2",
      "Title 3",
      "Title 4",
      "Renamed",
    ]);
    expect(fake.used).toBe(4);
  });
});

describe.each(byLink)("%s", (kind) => {
  test("refuses a next page on another origin, and sends no token there", async () => {
    const { fake, list } = await listOf(kind, 1);
    const other = await startTracker(kind, 1);
    const link = `<${other.origin}/repos/o/r/issues?page=2>; rel="next"`;
    fake.fault = () => ({ headers: { link }, body: [apis[kind].item(1, "Title 1")] });
    await expect(list()).rejects.toMatchObject({
      code: "source-failed",
      message: expect.stringContaining("is not under") as string,
    });
    expect(other.asked).toEqual([]);
  });

  test("ends the list at a next page that names itself", async () => {
    const { fake, list } = await listOf(kind, 1);
    const link = `<${fake.origin}/again?page=2>; rel="next"`;
    fake.fault = () => ({ headers: { link }, body: [apis[kind].item(1, "Title 1")] });
    expect((await list()).tasks).toHaveLength(1);
    expect(fake.asked).toHaveLength(2);
  });

  test("follows a renamed repository within the server and says so", async () => {
    const { fake, list } = await listOf(kind, 1);
    fake.fault = ({ path }) =>
      path.endsWith("/issues")
        ? { status: 301, headers: { location: "/repositories/77/list" }, body: {} }
        : { body: fake.items };
    expect(await list()).toMatchObject({
      tasks: [{ title: "Title 1" }],
      movedTo: "/repositories/77/list",
    });
  });

  test("refuses a redirect to another server, and sends no token there", async () => {
    const { fake, list } = await listOf(kind, 1);
    const other = await startTracker(kind, 1);
    fake.fault = () => ({
      status: 301,
      headers: { location: `${other.origin}/repos/o/r/issues` },
      body: {},
    });
    await expect(list()).rejects.toMatchObject({
      code: "source-failed",
      hint: expect.stringContaining("Nothing was sent there") as string,
    });
    expect(other.asked).toEqual([]);
  });

  test("closes a task with one request, and refuses a status that the tracker lacks before any request", async () => {
    const { fake, source } = await listOf(kind, 1);
    expect(await source.update?.(project, "1", { status: "completed" }, signal)).toMatchObject({
      status: "completed",
    });
    expect(fake.asked.at(-1)?.body).toEqual(
      {
        github: { state: "closed", state_reason: "completed" },
        gitlab: { state_event: "close" },
        gitea: { state: "closed" },
      }[kind],
    );
    const asked = fake.asked.length;
    await expect(
      source.update?.(project, "1", { status: "in_progress" }, signal),
    ).rejects.toMatchObject({
      code: "not-supported",
      message: 'tracker has no state for "in_progress".',
    });
    expect(fake.asked).toHaveLength(asked);
  });
});

describe("the preset for GitHub", () => {
  test("reports a used-up limit with 403 as too many requests, with the time of its renewal", async () => {
    const { fake, list } = await listOf("github", 1);
    const reset = String(Math.floor(Date.now() / 1000) + 300);
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
    fake.fault = () => ({ status: 403, headers, body: {} });
    const failure = await list().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "source-rate-limited", status: 403 });
    expect((failure as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(290_000);
  });

  test("reports a token without a permission as refused, with the command that helps", async () => {
    const { fake, list } = await listOf("github", 1);
    const reset = String(Math.floor(Date.now() / 1000) + 300);
    const headers = { "x-ratelimit-remaining": "4999", "x-ratelimit-reset": reset };
    fake.fault = () => ({ status: 403, headers, body: {} });
    await expect(list()).rejects.toMatchObject({
      code: "source-refused",
      hint: expect.stringMatching(/Issues permission \(read; write for changes\).*SSO/) as string,
    });
  });

  test("leaves out pull requests, and reads type, blockers, sub-issues, priority and milestone", async () => {
    const { fake, list } = await listOf("github", 0);
    const { item } = apis.github;
    fake.pageSize = 10;
    fake.items = [
      { ...item(1, "A pull request"), pull_request: { url: "x" } },
      {
        ...item(2, "Blocked"),
        type: { name: "Bug" },
        milestone: { due_on: "2026-12-01T08:00:00Z" },
        issue_dependencies_summary: { blocked_by: 1, total_blocked_by: 2 },
        sub_issues_summary: { total: 3, completed: 1, percent_completed: 33 },
        parent_issue_url: "https://api.github.com/repos/o/r/issues/9",
        issue_field_values: [
          {
            issue_field_name: "Priority",
            data_type: "single_select",
            single_select_option: { name: "Urgent" },
          },
        ],
      },
      {
        ...item(4, "Free again"),
        issue_dependencies_summary: { blocked_by: 0, total_blocked_by: 2 },
      },
      { ...item(3, "By label"), labels: [{ name: "priority: high" }], body: null, assignees: [] },
    ];
    const { tasks } = await list();
    expect(tasks).toMatchObject([
      {
        id: "2",
        status: "blocked",
        blockerCount: 1,
        category: "Bug",
        priority: "urgent",
        parent: "9",
        estimatedEffort: "1 of 3 sub-issues done",
      },
      { id: "4", status: "pending" },
      { id: "3", status: "pending", priority: "high", assignees: [] },
    ]);
    expect(tasks[1]).not.toHaveProperty("blockerCount");
    expect(fake.asked).toHaveLength(1);
    expect(tasks[0]?.due).toContain("2026-12-01");
    expect(fake.asked[0]?.headers).toMatchObject({
      "user-agent": "sitrep",
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
    });
  });
});

test("an issue of gitea has the branch that was set for it", async () => {
  const { fake, list } = await listOf("gitea", 0);
  fake.items = [
    { ...apis.gitea.item(1, "A"), ref: "refs/heads/feature/x", due_date: "2026-12-01T00:00:00Z" },
  ];
  expect((await list()).tasks).toMatchObject([
    { branch: "feature/x", due: expect.stringContaining("2026-12-01") as string },
  ]);
});

describe("the preset for Linear", () => {
  test("reads the issue's branch, priority and open blockers", async () => {
    const { fake, list } = await listOf("linear", 0);
    const { item } = apis.linear;
    const blocks = (type: string) => ({
      nodes: [{ type: "blocks", issue: { identifier: "ENG-2", state: { type } } }],
    });
    fake.pageSize = 10;
    fake.items = [
      {
        ...item(1, "Waits"),
        state: { name: "Todo", type: "unstarted" },
        inverseRelations: blocks("started"),
      },
      { ...item(2, "Goes on"), priority: 1 },
      {
        ...item(3, "Free"),
        state: { name: "Todo", type: "unstarted" },
        inverseRelations: blocks("completed"),
        priority: 0,
      },
    ];
    expect((await list()).tasks).toMatchObject([
      {
        id: "ENG-1",
        status: "blocked",
        dependsOn: ["ENG-2"],
        branch: "ada/eng-1-fix",
        priority: "high",
      },
      { id: "ENG-2", status: "in_progress", priority: "urgent" },
      { id: "ENG-3", status: "pending", dependsOn: [], priority: "none" },
    ]);
  });

  test.each([200, 400])(
    "reports a used-up limit with HTTP %s as too many requests",
    async (status) => {
      const { fake, list } = await listOf("linear", 1);
      const errors = [{ message: "Rate limit exceeded", extensions: { code: "RATELIMITED" } }];
      fake.fault = () => ({ status, body: { data: null, errors } });
      await expect(list()).rejects.toMatchObject({ code: "source-rate-limited" });
    },
  );

  test("reports an error with HTTP 200 as a failure, never as an empty list", async () => {
    const { fake, list } = await listOf("linear", 1);
    fake.fault = () => ({
      body: {
        data: { viewer: { assignedIssues: { nodes: [] } } },
        errors: [{ message: "Internal" }],
      },
    });
    await expect(list()).rejects.toMatchObject({
      code: "source-failed",
      message: 'tracker reports: "Internal"',
    });
  });
});

describe("the preset for Jira", () => {
  test("sends a bounded query, and reads an issue's blockers, page and priority", async () => {
    const { fake, list } = await listOf("jira", 0);
    const issue = apis.jira.item(1, "Waits") as { fields: object };
    const link = (key: string, category: string) => ({
      type: { inward: "is blocked by" },
      inwardIssue: { key, fields: { status: { statusCategory: { key: category } } } },
    });
    const status = { name: "To Do", statusCategory: { key: "new" } };
    fake.items = [
      apis.jira.item(2, "Blocks"),
      {
        ...issue,
        fields: {
          ...issue.fields,
          status,
          issuelinks: [link("PROJ-2", "new"), link("PROJ-3", "done")],
        },
      },
    ];
    const { tasks, me } = await list();
    expect(tasks[1]).toMatchObject({
      id: "PROJ-1",
      status: "blocked",
      dependsOn: ["PROJ-2"],
      priority: "high",
      url: `${fake.origin}/browse/PROJ-1`,
    });
    expect(me).toEqual(["ada"]);
    expect(fake.asked[0]?.body).toMatchObject({
      jql: expect.stringContaining("assignee = currentUser()") as string,
      fields: expect.arrayContaining(["summary"]) as string[],
    });
  });
});

test("a task of todoist is completed by closing it, and a deleted one is left out", async () => {
  const { fake, source, list } = await listOf("todoist", 2);
  fake.items[0] = { ...fake.items[0], is_deleted: true };
  expect((await list()).tasks).toMatchObject([
    { id: "6X2", priority: "high", url: "https://app.todoist.com/app/task/6X2" },
  ]);
  await source.update?.(project, "6X2", { status: "completed" }, signal);
  expect(fake.asked.at(-1)).toMatchObject({ method: "POST", path: "/api/v1/tasks/6X2/close" });
});
