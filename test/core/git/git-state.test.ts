import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseGitState } from "../../../src/core/git/git-state.ts";
import type { GitState } from "../../../src/core/git/git-state.ts";
import { aGitState } from "../../support/builders.ts";

const whole = aGitState({
  linkedWorktree: true,
  upstream: { name: "origin/main", ahead: 2, behind: 1, gone: false },
  counts: { staged: 1, modified: 2, untracked: 3, conflicted: 4 },
  operation: { kind: "rebase", step: 2, total: 5, branch: "login" },
  stashes: 6,
  commits: [{ id: "1111111", subject: "Add login", author: "Ada", at: "2026-11-20T10:00:00Z" }],
  defaultBranch: { name: "main", commit: "2222222" },
});
const least = aGitState({ root: "/r", branch: null, head: null });

test.for<[string, GitState]>([
  ["all of it", whole],
  ["the least", least],
  ["a bare repository", aGitState({ bare: true, branch: null })],
  ["an operation without steps", aGitState({ operation: { kind: "merge" } })],
])("%s survives the way through JSON", ([, state]) => {
  expect(parseGitState(JSON.parse(JSON.stringify(state)))).toEqual(state);
});

test.for<[string, unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["a text", "/r"],
  ["an array", [whole]],
  ["no root", { ...whole, root: undefined }],
  ["a root that is not text", { ...whole, root: 7 }],
])("anything but a state is null: %s", ([, value]) => {
  expect(parseGitState(value)).toBeNull();
});

describe("a field of another shape counts as absent", () => {
  test.for<[string, object, Partial<GitState>]>([
    ["texts", { branch: 7, head: {} }, {}],
    ["what is not true is false", { bare: 1, linkedWorktree: "true" }, {}],
    ["counts that are not numbers", { counts: { staged: "3", modified: null }, stashes: "1" }, {}],
    ["counts that are negative", { counts: { staged: -3 }, stashes: -1 }, {}],
    ["counts that are an array", { counts: [1, 2] }, {}],
    ["an upstream without a name", { upstream: { ahead: 1 } }, {}],
    [
      "an upstream with a name alone",
      { upstream: { name: "origin/main", ahead: "2", gone: 1 } },
      { upstream: { name: "origin/main", ahead: 0, behind: 0, gone: false } },
    ],
    ["an operation that git does not have", { operation: { kind: "squash" } }, {}],
    [
      "an operation with half of its steps",
      { operation: { kind: "am", step: 2, branch: 7 } },
      { operation: { kind: "am" } },
    ],
    ["commits that are not a list", { commits: {} }, {}],
    [
      "commits without an id or a date",
      { commits: [{ id: "1" }, { at: "2" }, 7, { id: "3", at: "4" }] },
      { commits: [{ id: "3", at: "4", subject: "", author: "" }] },
    ],
    ["a default branch without a commit", { defaultBranch: { name: "main" } }, {}],
  ])("%s", ([, fields, expected]) => {
    expect(parseGitState({ root: "/r", ...fields })).toEqual({ ...least, ...expected });
  });
});

test("no JSON makes it throw", () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        root: fc.constant("/r"),
        upstream: fc.jsonValue(),
        counts: fc.jsonValue(),
        operation: fc.jsonValue(),
        commits: fc.jsonValue(),
        defaultBranch: fc.jsonValue(),
      },
      { requiredKeys: ["root"] },
    ),
  );
  fc.assert(
    fc.property(value, (json) => {
      const state = parseGitState(json);
      expect(parseGitState(JSON.parse(JSON.stringify(state)))).toEqual(state);
    }),
    { numRuns: 1000 },
  );
});
