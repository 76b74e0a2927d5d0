// Which kind of text a delivery is, and what a session's come to.

import { expect, test } from "vitest";
import { costsOf, kindOf, snapshotText } from "../../src/core/cost.ts";
import { noData } from "../../src/core/news/delivery.ts";
import { estimateTokens } from "../../src/core/brief/fit.ts";

test.each([
  ["SessionStart", "startup", "brief"],
  ["SessionStart", "compact", "brief"],
  ["SessionStart", "resume", "changes"],
  ["SessionStart", "fork", "changes"],
  ["SubagentStart", "Explore", "subagent"],
  ["PreToolUse", "news: task, branch", "news"],
  ["UserPromptSubmit", "news: task", "news"],
  ["PreToolUse", "late", "brief"],
  ["PreToolUse", "git call", "git"],
  ["PreToolUse", "file", "file"],
] as const)("%s because of %s is %s", (event, cause, kind) => {
  expect(kindOf({ event, cause })).toBe(kind);
});

test("a session's texts are summed, the latest session first", () => {
  const one = { project: "/p", event: "SessionStart", cause: "startup", data: noData };
  const text = "No open tasks; no task server is set up.";
  const costs = costsOf([
    { ...one, sessionId: "a", at: 1, text },
    { ...one, sessionId: "b", at: 2, text },
    { ...one, sessionId: "a", at: 3, text, event: "PreToolUse", cause: "news: task" },
  ]);
  const tokens = estimateTokens(text);
  expect(costs.map(({ sessionId, texts }) => [sessionId, texts])).toEqual([
    ["a", 2],
    ["b", 1],
  ]);
  expect(costs[0]).toMatchObject({
    at: 3,
    tokens: 2 * tokens,
    kinds: { brief: tokens, news: tokens },
  });
});

test("of a long status the client shows two thousand characters", () => {
  const about = { branch: "main", defaultBranch: "main", log: "abc First" };
  const long = snapshotText({ ...about, status: "?? a\n".repeat(1000) });
  const short = snapshotText({ ...about, status: "" });
  expect(short).toContain("Status:\n(clean)\n");
  expect(long.length - short.length).toBeLessThan(2100);
});
