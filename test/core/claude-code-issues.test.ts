// What is known of the client's versions.

import { expect, test } from "vitest";
import { claudeCodeIssues } from "../../src/core/claude-code-issues.ts";

test.each([
  ["1.0.128", /does not reach Claude/],
  ["2.1.8", /does not reach Claude/],
  ["2.1.123", /#55889/],
  ["2.1.202", /#75378/],
])("version %s has a documented trouble", (version, words) => {
  expect(claudeCodeIssues(version)).toEqual([expect.stringMatching(words)]);
});

test.each(["2.1.9", "2.1.122", "2.1.124", "2.1.201", "2.1.203", "2.1.329", "2.10.8", "3.0.0"])(
  "version %s has none",
  (version) => expect(claudeCodeIssues(version)).toEqual([]),
);
