// `sitrep task keep`: what a session left open in Claude Code's own list, taken over into the embedded store.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { prepareInstallation, type TestInstallation } from "../support/installation.ts";
import { leftBy } from "../support/left-list.ts";
import { hasScript, onTerminal } from "../support/on-terminal.ts";

const three = [
  { subject: "Read the code", status: "completed" },
  { subject: "Fix login", description: "With PKCE", status: "in_progress" },
  { subject: "Write docs", blockedBy: ["2"] },
];

const titles = (context: TestInstallation): string[] =>
  (JSON.parse(context.ok("task", "list", "--all", "--json")) as { title: string }[]).map(
    ({ title }) => title,
  );

describe("sitrep task keep", () => {
  test("adds each open task once, takes it out of the handoff, and is undone by task undo", () => {
    const context = prepareInstallation();
    const folder = leftBy(context, "s1", three);
    expect(context.ok("brief")).toMatch(
      /^Left off \(\d\d:\d\d\): unfinished \(1 in progress\) "Fix login", "Write docs"$/m,
    );
    expect(context.sitrep("handoff").stderr).toContain("sitrep task keep");
    const before = readFileSync(join(folder, "2.json"), "utf8");
    const kept = JSON.parse(context.ok("task", "keep", "--yes", "--json")) as { added: object[] };
    expect(kept).toMatchObject({
      added: [
        { title: "Fix login", description: "With PKCE", status: "in_progress" },
        {
          title: "Write docs",
          status: "pending",
          url: expect.stringMatching(/^file:.*\/s1\/3\.json$/),
        },
      ],
      skipped: [],
    });
    expect(context.ok("brief")).not.toContain("unfinished");
    expect(context.ok("task", "keep", "--yes")).toContain("No session here left open tasks");
    context.ok("task", "edit", "TASK-001", "--title", "Repair login");
    context.ok("task", "done", "TASK-001");
    expect(context.ok("task", "keep", "--yes")).toContain("No session here left open tasks");
    context.ok("task", "undo");
    context.ok("task", "undo");
    context.ok("task", "undo");
    expect(titles(context)).toEqual([]);
    expect(context.ok("task", "keep", "--yes")).toContain("Added 2 tasks.");
    expect(readFileSync(join(folder, "2.json"), "utf8")).toBe(before);
  });

  test("adds only the named tasks, and the others remain in the handoff", () => {
    const context = prepareInstallation();
    leftBy(context, "s1", three);
    expect(context.sitrep("task", "keep", "1", "--yes")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/The list has no open task "?1"?\.\n.*It has: 2, 3\./),
    });
    expect(context.ok("task", "keep", "#3", "--yes")).toContain("Added 1 task.");
    expect(titles(context)).toEqual(["Write docs"]);
    expect(context.ok("handoff")).toContain('Unfinished (1 in progress): "Fix login"');
  });

  test("takes the latest list of this project that has tasks to add, and no other project's", () => {
    const context = prepareInstallation();
    leftBy(context, "old", [{ subject: "Older" }], { minutes: 30 });
    leftBy(context, "new", [{ subject: "Newer" }], { minutes: 20 });
    leftBy(context, "done", [{ subject: "Done", status: "completed" }], { minutes: 10 });
    leftBy(context, "other", [{ subject: "Elsewhere" }], { project: "/work/other" });
    for (const title of ["Newer", "Older"])
      expect(context.ok("task", "keep", "--yes")).toContain(title);
    expect(context.ok("task", "keep", "--yes")).toContain("No session here left open tasks");
    expect(titles(context).toSorted()).toEqual(["Newer", "Older"]);
  });

  test("needs --yes without a terminal, and keeps secrets and control characters out of the store", () => {
    const context = prepareInstallation();
    const token = ["gh", "p_", "abcdefghijklmnopqrst0123456789abcdef"].join("");
    leftBy(context, "s1", [{ subject: `Use ${token}\u001B[2J`, description: `It is ${token}` }]);
    const refused = context.sitrep("task", "keep");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("Cannot ask for confirmation without a terminal. Use --yes.");
    const shown = context.ok("task", "keep", "--yes", "--json");
    expect(shown).not.toContain(token);
    expect(shown).toContain("[secret]");
    expect(context.ok("task", "list")).not.toContain("\u001B[2J");
  });

  test.skipIf(!hasScript)("shows the list on a terminal and asks", async () => {
    const context = prepareInstallation();
    leftBy(context, "s1", three);
    const no = await onTerminal(context, "task keep", { when: "[y/N]", typed: "n\r" });
    expect(no.screen).toMatch(
      /session of 10 min ago:\n +2 +"Fix login" \(in progress\)\n +3 +"Write docs"/,
    );
    expect(no.screen).toContain("Nothing was added.");
    const yes = await onTerminal(context, "task keep", { when: "[y/N]", typed: "y\r" });
    expect(yes.screen).toContain("Added 2 tasks.");
    expect(titles(context)).toHaveLength(2);
  });

  test("finds nothing if no session was briefed, or if the list was deleted", () => {
    const context = prepareInstallation();
    expect(context.ok("task", "keep", "--json")).toBe('{\n  "added": [],\n  "skipped": []\n}\n');
  });
});
