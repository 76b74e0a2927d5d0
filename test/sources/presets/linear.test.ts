import { expect, test } from "vitest";
import { linear } from "../../../src/sources/presets/linear.ts";
import { jsonAnswer, presetWith, shop, signal } from "../../support/recorded-responses.ts";

const issue = (identifier: string, more: object) => ({
  id: `uuid-of-${identifier}`,
  identifier,
  title: identifier,
  status: "Todo",
  url: `https://linear.app/acme/issue/${identifier}`,
  ...more,
});

const issues = [
  issue("ENG-1", {
    priority: { value: 1, name: "Urgent" },
    assignee: "Ana",
    dueDate: "2026-12-01",
  }),
  issue("ENG-2", { priority: 4, assignee: { name: "Ana" } }),
  issue("ENG-3", { priority: 0, status: "In Review", gitBranchName: "ana/eng-3" }),
  issue("ENG-4", { priority: 2, status: "Shipped", statusType: "completed" }),
  issue("ENG-5", { priority: 2, status: "Canceled" }),
];

test("Linear's issues have their identifier as id; priority 1 is urgent and 0 is none", async () => {
  const { source, calls } = presetWith(linear, () => jsonAnswer({ issues, hasNextPage: false }));
  expect((await source.listOpen(shop, signal)).tasks).toMatchObject([
    { id: "ENG-1", priority: "urgent", assignees: ["Ana"], due: "2026-12-01", status: "pending" },
    { id: "ENG-2", priority: "low", assignees: ["Ana"] },
    { id: "ENG-3", priority: "none", rawStatus: "In Review", branch: "ana/eng-3" },
  ]);
  expect(calls[0]?.args).toEqual({ assignee: "me", includeArchived: false, limit: 250 });
});

test("Linear's pages are read by cursor, for the configured team", async () => {
  const { source, calls } = presetWith(
    linear,
    (_, { cursor }) =>
      cursor === undefined
        ? jsonAnswer({ issues: issues.slice(0, 1), hasNextPage: true, cursor: "c2" })
        : jsonAnswer({ issues: issues.slice(1, 2), hasNextPage: false, cursor: "c3" }),
    { team: "ENG", assignee: "ana@acme.example" },
  );
  expect((await source.listOpen(shop, signal)).tasks).toHaveLength(2);
  expect(calls[1]?.args).toMatchObject({ team: "ENG", assignee: "ana@acme.example", cursor: "c2" });
});

test("Linear without issues is an empty list", async () => {
  const { source } = presetWith(linear, () => jsonAnswer({ issues: [], hasNextPage: false }));
  expect((await source.listOpen(shop, signal)).tasks).toEqual([]);
});
