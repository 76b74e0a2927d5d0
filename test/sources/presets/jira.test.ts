import { expect, test } from "vitest";
import { jiraAtlassian, jiraSooperset } from "../../../src/sources/presets/jira.ts";
import { jsonAnswer, presetWith, shop, signal } from "../../support/recorded-responses.ts";

const rovoIssue = (key: string, fields: object = {}) => ({
  key,
  webUrl: `https://acme.atlassian.net/browse/${key}`,
  fields: {
    summary: `Summary of ${key}`,
    status: { name: "Waiting for customer" },
    priority: { name: "Highest" },
    assignee: { displayName: "Ana" },
    duedate: "2026-12-01",
    updated: "2026-11-20T09:00:00.000+0100",
    ...fields,
  },
});

const sites = [
  { id: "cloud-1", name: "acme", scopes: ["read:jira-work"] },
  { id: "cloud-1", name: "acme", scopes: ["read:confluence"] },
];

test("Atlassian's server is asked for its site once, and five of forty issues are reported as incomplete", async () => {
  const nodes = [1, 2, 3, 4, 5].map((number) => rovoIssue(`SHOP-${number}`));
  const { source, calls } = presetWith(jiraAtlassian, (tool) =>
    tool === "getAccessibleAtlassianResources"
      ? jsonAnswer(sites)
      : jsonAnswer({ issues: { totalCount: 40, nodes, pageInfo: { hasNextPage: false } } }),
  );
  const { tasks, total } = await source.listOpen(shop, signal);
  expect(tasks).toHaveLength(5);
  expect(tasks[0]).toMatchObject({
    id: "SHOP-1",
    title: "Summary of SHOP-1",
    status: "pending",
    rawStatus: "Waiting for customer",
    priority: "urgent",
    assignees: ["Ana"],
    due: "2026-12-01",
    updatedAt: "2026-11-20T08:00:00.000Z",
    url: "https://acme.atlassian.net/browse/SHOP-1",
  });
  expect(total).toBe(40);
  expect(calls).toHaveLength(2);
  expect(calls[1]?.args).toMatchObject({ cloudId: "cloud-1" });
});

test("Atlassian's older format and an empty response are read", async () => {
  const status = { name: "Ausgeliefert", statusCategory: { key: "done" } };
  const older = { issues: [rovoIssue("SHOP-1"), rovoIssue("SHOP-2", { status })] };
  const empty = { issues: { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } } };
  for (const [response, ids] of [
    [older, ["SHOP-1"]],
    [empty, []],
  ] as const) {
    const { source } = presetWith(jiraAtlassian, (tool) =>
      jsonAnswer(tool === "getAccessibleAtlassianResources" ? sites : response),
    );
    expect((await source.listOpen(shop, signal)).tasks.map(({ id }) => id)).toEqual(ids);
  }
});

test("sooperset's flat format is read, with a total that may be unknown", async () => {
  const issue = {
    id: "10001",
    key: "SHOP-1",
    summary: "Fix login",
    status: { name: "In Progress", category: "In Progress" },
    priority: { name: "Major" },
    assignee: { display_name: "Ana", name: "ana" },
    browse_url: "https://jira.acme.example/browse/SHOP-1",
  };
  const { source, calls } = presetWith(
    jiraSooperset,
    () => jsonAnswer({ total: -1, issues: [issue] }),
    { jql: "project = SHOP" },
  );
  expect(await source.listOpen(shop, signal)).toMatchObject({
    tasks: [
      {
        id: "SHOP-1",
        title: "Fix login",
        status: "in_progress",
        priority: "high",
        assignees: ["Ana"],
        url: "https://jira.acme.example/browse/SHOP-1",
      },
    ],
    total: null,
  });
  expect(calls[0]?.args).toMatchObject({ jql: "project = SHOP", limit: 50 });
});
