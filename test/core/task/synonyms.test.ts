import { describe, expect, test } from "vitest";
import { parseTaskPriority, parseTaskStatus } from "../../../src/core/task/synonyms.ts";
import { taskPriorities, taskStatuses } from "../../../src/core/task/task.ts";

describe("words for a status", () => {
  test.for([
    ["pending", "todo open new backlog ready not-started TODO Not_Started".split(" ")],
    ["in_progress", ["doing", "started", "active", "wip", "in progress", "In-Progress", " WIP\n"]],
    ["blocked", ["on hold", "waiting", "On_Hold"]],
    ["completed", ["done", "closed", "complete", "resolved", "finished", "Done"]],
    ["cancelled", ["canceled", "abandoned", "wontfix"]],
  ] as const)("%s", ([status, words]) => {
    expect(words.map(parseTaskStatus)).toEqual(words.map(() => status));
  });

  test("each of our own statuses means itself", () => {
    expect(taskStatuses.map(parseTaskStatus)).toEqual(taskStatuses);
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
    expect(words.map(parseTaskPriority)).toEqual(words.map(() => priority));
  });

  test("each of our own priorities means itself", () => {
    expect(taskPriorities.map(parseTaskPriority)).toEqual(taskPriorities);
  });
});

describe("the default words of trackers", () => {
  test.for<[string, string, string, string, string]>([
    ["Jira, German", "Zu erledigen", "In Arbeit", "Fertig", "Höchste"],
    ["Redmine, German", "Neu", "In Bearbeitung", "Erledigt", "Sofort"],
    ["Redmine, French", "Nouveau", "En cours", "Fermé", "Immédiat"],
    ["Jira, Spanish", "Por hacer", "En curso", "Hecho", "Inmediata"],
    ["Redmine, Portuguese", "Nova", "Em andamento", "Fechada", "Imediata"],
    ["Redmine, Italian", "Nuovo", "In elaborazione", "Chiuso", "Immediata"],
    ["Redmine, Dutch", "Nieuw", "In uitvoering", "Gesloten", "Onmiddellijk"],
    ["Redmine, Japanese", "新規", "進行中", "終了", "今すぐ"],
    ["Backlog", "未対応", "処理中", "完了", "緊急"],
    ["GitHub's boards", "📋 Backlog", "🏗 In progress", "✅ Done", "P0"],
    ["Azure Boards", "To Do", "Doing", "Closed", "Critical"],
  ])("%s", ([, waiting, begun, over, urgent]) => {
    expect([waiting, begun, over].map(parseTaskStatus)).toEqual([
      "pending",
      "in_progress",
      "completed",
    ]);
    expect(parseTaskPriority(urgent)).toBe("urgent");
  });

  test("P0 to P4 run from urgent to low", () => {
    expect(["P0", "p1", "P2", "P3", "P4", "P5"].map(parseTaskPriority)).toEqual([
      "urgent",
      "high",
      "medium",
      "low",
      "low",
      null,
    ]);
  });

  test.for(["Won't do", "Won’t fix", "Not planned", "Removed", "Abgebrochen", "キャンセル"])(
    "%s is cancelled",
    (word) => {
      expect(parseTaskStatus(word)).toBe("cancelled");
    },
  );

  // Ready or done; waits or is held up; turned down for good or to be done again.
  test.for(["Listo", "Pronto", "Gereed", "En attente", "En espera", "Rejected", "Abgewiesen"])(
    "%s has two meanings, so it counts as none",
    (word) => {
      expect(parseTaskStatus(word)).toBeNull();
    },
  );
});

test.for(["To Do", "to-do"])("%s is pending", (word) => {
  expect(parseTaskStatus(word)).toBe("pending");
});

const meanings = { statusOf: parseTaskStatus, priorityOf: parseTaskPriority };

describe.for(Object.entries(meanings))("the meaning of %s", ([, meaning]) => {
  test.for(["", " ", "someday", "review", "done!", "p9", "__proto__", "toString"])(
    "is unknown for %j",
    (word) => {
      expect(meaning(word)).toBeNull();
    },
  );

  test("is unknown for the properties of every object", () => {
    expect(meaning("constructor")).toBeNull();
  });
});
