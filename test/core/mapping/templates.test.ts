import { expect, test } from "vitest";
import { fillTemplate, requiredNames } from "../../../src/core/mapping/templates.ts";
import { failureOf } from "../../support/settings-entries.ts";

const values = { owner: "acme", "project.path": "/work/shop", page: 3, empty: undefined };

test("a template fills placeholders in texts, lists and objects; a lone placeholder keeps its type", () => {
  const template = {
    query: "repo:${owner}/shop",
    roots: ["${project.path}", "${gone?}"],
    nested: { page: "${page}", left: "${gone?}" },
    literal: { flag: true, nothing: null, count: 5 },
    beside: "a${gone?}b",
  };
  expect(fillTemplate(template, values)).toEqual({
    query: "repo:acme/shop",
    roots: ["/work/shop"],
    nested: { page: 3 },
    literal: { flag: true, nothing: null, count: 5 },
    beside: "ab",
  });
});

test.each([["${repo}"], ["x ${repo} y"], [{ a: ["${repo}"] }], ["${empty}"], ["${toString}"]])(
  "a placeholder without a value is named: %j",
  (template) => {
    const { code, message } = failureOf(() => fillTemplate(template, { ...values }));
    expect(code).toBe("config-invalid");
    expect(message).toMatch(/\$\{(repo|empty|toString)\}/);
  },
);

test("a value that contains a placeholder is not filled in again", () => {
  expect(fillTemplate("${a}", { a: "${b}", b: "secret" })).toBe("${b}");
  expect(fillTemplate("x${a}", { a: "$&${b}", b: "secret" })).toBe("x$&${b}");
});

test("the required placeholders of a template are listed", () => {
  expect(requiredNames({ a: "${owner}/${repo}", b: "${cursor?}", c: ["${owner}"] })).toEqual([
    "owner",
    "repo",
  ]);
  expect(requiredNames(undefined)).toEqual([]);
});
