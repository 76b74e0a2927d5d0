import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDeliveredState, type DeliveredState } from "../../../src/core/session.ts";
import { readPendingNews } from "../../../src/core/news/pending-news.ts";
import type { NewsItem, PendingNews } from "../../../src/core/news/pending-news.ts";
import { aGitState, saturday } from "../../support/builders.ts";

const task: NewsItem = {
  kind: "task",
  taskId: "TASK-51",
  title: "Add OIDC login",
  priority: "high",
  what: ["completed", "renamed"],
};
const whole: PendingNews = {
  at: saturday,
  items: [
    task,
    { kind: "branch", from: "main", to: null },
    { kind: "conflict", files: 2 },
    { kind: "source", source: "linear", code: "source-timeout" },
    { kind: "source", source: "linear", code: null },
  ],
  seq: 7,
  delivered: { git: aGitState(), sources: { embedded: null, linear: "source-timeout" } },
};

test("pending news survives the way through JSON", () => {
  expect(readPendingNews(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
});

test.for<[string, unknown]>([
  ["nothing", undefined],
  ["null", null],
  ["a text", "news"],
  ["an array", [whole]],
  ["no instant", { ...whole, at: undefined }],
  ["an instant that is not a number", { ...whole, at: "10:02" }],
])("anything but news is null: %s", ([, value]) => {
  expect(readPendingNews(value)).toBeNull();
});

test("pending news with only an instant has no items and covers no changes", () => {
  expect(readPendingNews({ at: saturday, items: {}, seq: "7" })).toEqual({
    at: saturday,
    items: [],
    seq: 0,
    delivered: { git: null, sources: {} },
  });
});

describe("an item of another shape is left out", () => {
  test.for<[string, unknown]>([
    ["null", null],
    ["a text", "task"],
    ["a kind that is none of ours", { ...task, kind: "order" }],
    ["a task without an id", { ...task, taskId: 51 }],
    ["a task of an unknown priority", { ...task, priority: "P1" }],
    ["a task to which nothing happened", { ...task, what: [] }],
    ["a task to which nothing known happened", { ...task, what: ["exploded", 7] }],
    ["a task with one word for what happened", { ...task, what: "completed" }],
    ["a conflict without a number", { kind: "conflict", files: "2" }],
    ["a source without a name", { kind: "source", code: null }],
  ])("%s", ([, item]) => {
    expect(readPendingNews({ at: saturday, items: [item, task] })?.items).toEqual([task]);
  });
});

describe("a field of another shape counts as absent", () => {
  test.for<[string, unknown, NewsItem]>([
    ["a title", { ...task, title: 7 }, { ...task, title: "" }],
    [
      "one of the things that happened",
      { ...task, what: ["completed", "exploded"] },
      { ...task, what: ["completed"] },
    ],
    ["branches", { kind: "branch", from: 1 }, { kind: "branch", from: null, to: null }],
    [
      "a code",
      { kind: "source", source: "linear", code: 500 },
      { kind: "source", source: "linear", code: null },
    ],
  ])("%s", ([, item, expected]) => {
    expect(readPendingNews({ at: saturday, items: [item] })?.items).toEqual([expected]);
  });
});

test("pending news with more than fifty items is read up to the fiftieth", () => {
  const items = Array.from({ length: 60 }, (_, index) => ({ kind: "conflict", files: index }));
  expect(readPendingNews({ at: saturday, items })?.items).toEqual(items.slice(0, 50));
});

describe("the state that a session knows, read from JSON", () => {
  test.for<[string, unknown, DeliveredState]>([
    ["all of it", whole.delivered, whole.delivered],
    ["nothing known", null, { git: null, sources: {} }],
    ["of another shape", { git: "main", sources: [null] }, { git: null, sources: {} }],
    [
      "a code that is not text: it was reported to answer",
      { sources: { linear: 500 } },
      { git: null, sources: { linear: null } },
    ],
  ])("%s", ([, value, delivered]) => {
    expect(readDeliveredState(value)).toEqual(delivered);
  });

  test("a source with the name of the prototype changes no other object", () => {
    readDeliveredState(JSON.parse('{"sources":{"__proto__":"polluted","constructor":"x"}}'));
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect({}).not.toHaveProperty("polluted");
  });
});

test("reading never throws for any JSON, and reading a result again changes nothing", () => {
  const value = fc.record({
    at: fc.oneof(fc.integer(), fc.jsonValue()),
    items: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
    seq: fc.jsonValue(),
    delivered: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.oneof(value, fc.jsonValue()), (json) => {
      const pending = readPendingNews(json);
      expect(readPendingNews(JSON.parse(JSON.stringify(pending)))).toEqual(pending);
    }),
    { numRuns: 1000, examples: [[{ at: 0, items: [], seq: -0, delivered: false }]] },
  );
});
