// The rules for Claude Code's footer links, and what they match: used here as the client uses them.

import { describe, expect, test } from "vitest";
import { taskLinks, type TaskLink } from "../../../src/core/task/task-links.ts";

/** As client 2.1.329: all matches, values URL-encoded, the label or else the matched text. */
const linked = (links: readonly TaskLink[], text: string): string[] =>
  links.flatMap(({ pattern, url, label }) =>
    [...text.matchAll(new RegExp(pattern, "g"))].map((match) => {
      const fill = (form: string, encode: (value: string) => string): string =>
        form.replace(/\{([^{}]+)\}/g, (_, name: string) => encode(match.groups?.[name] ?? ""));
      return `${label === undefined ? match[0] : fill(label, String)} ${fill(url, encodeURIComponent)}`;
    }),
  );

const github = [{ id: "17", url: "https://github.com/acme/app/issues/17" }];
const linear = [{ id: "ENG-7", url: "https://linear.app/acme/issue/ENG-7/add-login" }];

describe("ids in a text", () => {
  test.each([
    [
      "an issue of GitHub",
      github,
      "Fixed #18.",
      ["acme/app#18 https://github.com/acme/app/issues/18"],
    ],
    [
      "one of another repository",
      github,
      "see acme/lib.js#4",
      ["acme/lib.js#4 https://github.com/acme/lib.js/issues/4"],
    ],
    [
      "an issue of GitLab",
      [{ id: "3", url: "https://git.acme.example/a/b/-/issues/3" }],
      "#3",
      ["a/b#3 https://git.acme.example/a/b/-/issues/3"],
    ],
    [
      "one in a subgroup of GitLab, which has no short form for others",
      [{ id: "3", url: "https://git.acme.example/a/b/c/-/issues/3" }],
      "#3 x/y#4",
      ["#3 https://git.acme.example/a/b/c/-/issues/3"],
    ],
    ["a key of Linear", linear, "ENG-12: done", ["ENG-12 https://linear.app/acme/issue/ENG-12"]],
    [
      "a key of Jira",
      [{ id: "SHOP-1", url: "https://acme.atlassian.net/browse/SHOP-1" }],
      "fix/SHOP-9-cart",
      ["SHOP-9 https://acme.atlassian.net/browse/SHOP-9"],
    ],
    [
      "two keys",
      [...linear, { id: "OPS-1", url: "https://linear.app/acme/issue/OPS-1" }],
      "OPS-2",
      ["OPS-2 https://linear.app/acme/issue/OPS-2"],
    ],
  ])("link to %s", (_, tasks, text, expected) => {
    expect(linked(taskLinks(tasks), text)).toEqual(expected);
  });

  test.each([
    ["other things that look like keys", linear, "UTF-8 SHA-256 XENG-1 ENG-1a"],
    ["anchors, entities and colors", github, "page#17 /#17 &#39; #0000 #17a #12345678"],
  ])("do not link %s", (_, tasks, text) => {
    expect(linked(taskLinks(tasks), text)).toEqual([]);
  });
});

test.each([
  ["no address", { id: "17" }],
  ["an address without its id", { id: "17", url: "https://github.com/acme/app" }],
  [
    "an id that does not stand out",
    { id: "6X7rM89", url: "https://app.todoist.com/app/task/6X7rM89" },
  ],
  ["its id in the query only", { id: "17", url: "https://a.example/show?id=17" }],
  ["a password in its address", { id: "17", url: "https://me:pw@a.example/17" }],
  ["a placeholder in its address", { id: "17", url: "https://a.example/{id}/17" }],
  ["an address that runs a script", { id: "17", url: "javascript:/17" }],
  ["an address that no browser opens", { id: "17", url: "vscode://x/17" }],
  ["text in its address", { id: "17", url: "https://a.example/\u202egnp/17" }],
  ["an endless address", { id: "17", url: `https://a.example/${"a".repeat(300)}/17` }],
])("a task with %s gives no link", (_, task) => {
  expect(taskLinks([task])).toEqual([]);
});

test("of two places of #17 the one with more tasks is linked", () => {
  const other = { id: "5", url: "https://github.com/acme/lib/issues/5" };
  const more = { id: "6", url: "https://github.com/acme/lib/issues/6" };
  expect(linked(taskLinks([...github, other, more]), "#5")).toEqual([
    "acme/lib#5 https://github.com/acme/lib/issues/5",
  ]);
});

test("a source with many keys gives at most 20 links", () => {
  const keys = Array.from({ length: 40 }, (_, at) => `K${at}-1`);
  const tasks = keys.map((id) => ({ id, url: `https://a.example/browse/${id}` }));
  expect(taskLinks(tasks)).toHaveLength(20);
});
