import { describe, expect, test } from "vitest";
import { priorityOf, statusOf } from "../../src/core/synonyms.ts";
import { taskPriorities, taskStatuses } from "../../src/core/task.ts";

describe("words for a status", () => {
  test.for([
    ["pending", "todo open new backlog ready not-started TODO Not_Started".split(" ")],
    ["in_progress", ["doing", "started", "active", "wip", "in progress", "In-Progress", " WIP\n"]],
    ["blocked", ["on hold", "waiting", "On_Hold"]],
    ["completed", ["done", "closed", "complete", "resolved", "finished", "Done"]],
    ["cancelled", ["canceled", "abandoned", "wontfix"]],
  ] as const)("%s", ([status, words]) => {
    expect(words.map(statusOf)).toEqual(words.map(() => status));
  });

  test("each of ours means itself", () => {
    expect(taskStatuses.map(statusOf)).toEqual(taskStatuses);
  });
});

describe("words for a priority", () => {
  test.for([
    ["urgent", ["critical", "highest", "blocker", "CRITICAL"]],
    ["high", ["major", "important"]],
    ["medium", ["normal", "moderate", " Normal "]],
    ["low", ["minor", "lowest", "trivial"]],
    ["none", ["no priority", "No_Priority", "no-priority"]],
  ] as const)("%s", ([priority, words]) => {
    expect(words.map(priorityOf)).toEqual(words.map(() => priority));
  });

  test("each of ours means itself", () => {
    expect(taskPriorities.map(priorityOf)).toEqual(taskPriorities);
  });
});

test.for(["To Do", "to-do"])("%s is pending", (word) => {
  expect(statusOf(word)).toBe("pending");
});

const meanings = { statusOf, priorityOf };

describe.for(Object.entries(meanings))("%s", ([, meaning]) => {
  test.for(["", " ", "someday", "review", "done!", "p1", "__proto__", "toString"])(
    "%j is not known",
    (word) => {
      expect(meaning(word)).toBeNull();
    },
  );

  test("a property of every object is not known", () => {
    expect(meaning("constructor")).toBeNull();
  });
});
