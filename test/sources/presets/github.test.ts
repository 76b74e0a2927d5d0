import { expect, test } from "vitest";
import { github } from "../../../src/sources/presets/github.ts";
import { jsonAnswer, presetWith, shop, signal } from "../../support/recorded-responses.ts";

const settings = { owner: "acme", repo: "shop-api" };

const issue = (number: number, more: object = {}) => ({
  number,
  title: `Issue ${number}`,
  state: "OPEN",
  assignees: [],
  created_at: "2026-11-01T09:00:00Z",
  updated_at: "2026-11-20T09:00:00Z",
  ...more,
});

test("GitHub's issues get their own address, and a priority from a field or a label", async () => {
  const { source, calls } = presetWith(
    github,
    () =>
      jsonAnswer({
        issues: [
          issue(7, { assignees: ["ana"], field_values: [{ field: "Priority", value: "Urgent" }] }),
          issue(8, { labels: ["bug", "priority: high"] }),
          issue(9, { labels: [{ name: "Prio/low" }], state: "CLOSED" }),
          issue(10, { labels: [{ name: "prio-low" }] }),
          issue(11),
        ],
        pageInfo: { hasNextPage: false },
        totalCount: 5,
      }),
    settings,
  );
  expect(await source.listOpen(shop, signal)).toMatchObject({
    tasks: [
      {
        id: "7",
        priority: "urgent",
        assignees: ["ana"],
        url: "https://github.com/acme/shop-api/issues/7",
        updatedAt: "2026-11-20T09:00:00.000Z",
      },
      { id: "8", priority: "high", labels: ["bug", "priority: high"] },
      { id: "10", priority: "low" },
      { id: "11", priority: "none" },
    ],
    total: null,
  });
  expect(calls[0]?.args).toEqual({ owner: "acme", repo: "shop-api", state: "OPEN", perPage: 100 });
});

test("GitHub's pages are read to the last one, and a repeated page once", async () => {
  const { source, calls } = presetWith(
    github,
    (_, { after }) =>
      jsonAnswer({
        issues: [issue(after === undefined ? 1 : after === "a" ? 2 : 3)],
        pageInfo: { hasNextPage: true, endCursor: after === undefined ? "a" : "b" },
        totalCount: 40,
      }),
    settings,
  );
  const { tasks, total } = await source.listOpen(shop, signal);
  expect(tasks.map(({ id }) => id)).toEqual(["1", "2", "3"]);
  expect(calls.map(({ args }) => args["after"])).toEqual([undefined, "a", "b"]);
  expect(total).toBe(40);
});

test("a missing repository setting of GitHub is named in the error", async () => {
  const { source } = presetWith(github, () => jsonAnswer({ issues: [] }));
  await expect(source.listOpen(shop, signal)).rejects.toMatchObject({
    code: "config-invalid",
    message: expect.stringContaining("${owner}"),
  });
});
