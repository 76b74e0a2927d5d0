// `sitrep task …` on the tasks of the embedded store: corrected, moved, taken back, imported and exported.

import { describe, expect, test } from "vitest";
import { prepareInstallation, type Ran, type TestInstallation } from "../support/installation.ts";
import { spawnSync } from "node:child_process";
import { basename, dirname, join } from "node:path";
import { createCommandContext } from "../../src/config/context.ts";
import { changeTasks } from "../../src/sources/local-tasks.ts";
import { aNewTask } from "../support/builders.ts";
import { builtFolder } from "../support/built.ts";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { closing, openForWriting } from "../../src/state/sqlite/sqlite.ts";
import { triesAll } from "../support/cases.ts";

interface Shown {
  id: string;
  title: string;
  status: string;
  [field: string]: unknown;
}
const json = <T = Shown>(text: string): T => JSON.parse(text) as T;

/** A project with tasks of these titles. */
async function withTasks(...titles: string[]): Promise<TestInstallation> {
  const context = prepareInstallation();
  const { folder } = context.project;
  const own = createCommandContext(context.env, folder);
  const scope = { path: folder, name: basename(folder) };
  for (const title of titles) {
    // oxlint-disable-next-line no-await-in-loop -- each a change of its own
    await changeTasks(own, scope, (store) =>
      store.add(folder, [aNewTask({ title, priority: "none" })]),
    );
  }
  return context;
}

const show = (context: TestInstallation, id: string): Shown =>
  json(context.ok("task", "show", id, "--json"));

const listed = (context: TestInstallation): Shown[] =>
  json<Shown[]>(context.ok("task", "list", "--all", "--json"));

/** The command as a session of the client runs it. */
function asSession(context: TestInstallation, ...args: string[]): Ran {
  const ran = spawnSync(process.execPath, [join(builtFolder, "cli.cjs"), ...args], {
    cwd: context.project.folder,
    env: { ...context.env, CLAUDE_CODE_SESSION_ID: "1f0c3a2b-0000-4000-8000-000000000001" },
    encoding: "utf8",
  });
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr, ms: 0 };
}

describe("the name of a task", () => {
  test.runIf(triesAll)(
    "a task is found by its id, the beginning or number of that, and its source",
    async () => {
      const context = await withTasks("One", "Two");
      for (const name of [
        "TASK-002",
        "task-2",
        "2",
        "#2",
        "002",
        "embedded/2",
        "embedded/TASK-002",
      ]) {
        expect(show(context, name).title).toBe("Two");
      }
      context.project.write("more.json", '[{"id": "US-7", "title": "Story"}]');
      context.ok("task", "import", "more.json");
      expect(show(context, "us").title).toBe("Story");
      expect(show(context, "7").title).toBe("Story");
    },
  );

  test("a name that matches several tasks is refused, and the error lists them", async () => {
    const context = await withTasks("One", "Two");
    const ran = context.sitrep("task", "remove", "TASK-");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("TASK- matches 2 tasks.");
    expect(ran.stderr).toContain("Use TASK-001 or TASK-002.");
    expect(listed(context)).toHaveLength(2);
  });
});

describe("correcting a task", () => {
  test("task add joins its words into one title", () => {
    const context = prepareInstallation();
    expect(context.ok("task", "add", "fix", "login", "--priority", "high")).toContain("fix login");
    expect(show(context, "1")).toMatchObject({ title: "fix login", priority: "high" });
  });

  test("task edit sets the given fields and clears those given as none", () => {
    const context = prepareInstallation();
    context.ok("task", "add", "Fix lgoin", "--due", "2026-12-01", "--label", "ui", "--url", "x");
    const said = context.ok("task", "edit", "1", "--title", "Fix login", "--due", "none");
    expect(said).toContain('Changed: title "Fix lgoin" → "Fix login", due 2026-12-01 → none.');
    const task = show(context, "1");
    expect(task).toMatchObject({ title: "Fix login", labels: ["ui"], url: "x" });
    expect(task).not.toHaveProperty("due");
    context.ok("task", "edit", "1", "--label", "none", "--priority", "urgent");
    expect(show(context, "1")).toMatchObject({ labels: [], priority: "urgent" });
    const ran = context.sitrep("task", "edit", "1");
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining("No fields to change.")]);
  });

  test("task note adds a line to the description", () => {
    const context = prepareInstallation();
    context.ok("task", "add", "Fix login", "--description", "Use PKCE.");
    context.ok("task", "note", "1", "asked", "ana");
    expect(show(context, "1")["description"]).toMatch(/^Use PKCE\.\n\nNote [\d-]{10}: asked ana$/);
  });

  test("task remove names the tasks that it blocked", async () => {
    const context = await withTasks("One", "Two");
    context.ok("task", "block", "2", "--by", "1");
    const said = context.ok("task", "remove", "1");
    expect(said).toContain('Removed. "sitrep task undo" restores it.');
    expect(said).toContain("TASK-002 is no longer blocked by it.");
    const shown = context.ok("task", "show", "2");
    expect(shown).toMatch(/^no longer blocked by +TASK-001, not known here$/m);
    expect(shown).not.toMatch(/^blocked by/m);
    expect(listed(context).map(({ id }) => id)).toEqual(["TASK-002"]);
  });
});

describe("changing a task's status", () => {
  test.runIf(triesAll)(
    "a task can be cancelled and reopened, and task move accepts synonyms of a status",
    async () => {
      const context = await withTasks("One");
      const statusAfter = (...args: string[]): string => {
        context.ok("task", ...args);
        return show(context, "1").status;
      };
      expect(statusAfter("cancel", "1", "--notes", "not needed")).toBe("cancelled");
      expect(show(context, "1")).toMatchObject({ completionNotes: "not needed" });
      expect(statusAfter("reopen", "1")).toBe("pending");
      expect(statusAfter("done", "1")).toBe("completed");
      expect(statusAfter("reopen", "1")).toBe("pending");
      expect(show(context, "1")).not.toHaveProperty("completedAt");
      expect(statusAfter("move", "1", "doing")).toBe("in_progress");
      expect(statusAfter("move", "1", "todo")).toBe("pending");
      const ran = context.sitrep("task", "move", "1", "someday");
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain('"someday" is not a status.');
      expect(context.sitrep("task", "reopen", "1").stderr).toContain(
        "TASK-001 is pending, so it is already open.",
      );
    },
  );

  test("starting a closed task fails and suggests task reopen", async () => {
    const context = await withTasks("One");
    context.ok("task", "done", "1");
    expect(context.sitrep("task", "start", "1").stderr).toContain("sitrep task reopen TASK-001");
  });

  test.runIf(triesAll)(
    "task unblock removes every open dependency, or the one that --by names",
    async () => {
      const context = await withTasks("One", "Two", "Three");
      context.ok("task", "block", "3", "--by", "1", "--by", "2");
      context.ok("task", "unblock", "3", "--by", "1");
      expect(show(context, "3")).toMatchObject({ status: "pending", dependsOn: ["TASK-002"] });
      context.ok("task", "unblock", "3");
      expect(show(context, "3")).toMatchObject({ status: "pending", dependsOn: [] });
      expect(context.sitrep("task", "unblock", "3").stderr).toContain("TASK-003 is not blocked.");
    },
  );

  test.runIf(triesAll)(
    "a dependency that is missing or would close a cycle is refused",
    async () => {
      const context = await withTasks("One", "Two", "Three");
      const refused = (...args: string[]): string => {
        const ran = context.sitrep("task", ...args);
        expect(ran.code).toBe(1);
        return ran.stderr;
      };
      expect(refused("block", "1", "--by", "TASK-9")).toContain("There is no task TASK-9");
      expect(refused("add", "Four", "--depends-on", "9")).toContain("There is no task 9");
      context.ok("task", "block", "1", "--by", "2");
      context.ok("task", "edit", "2", "--depends-on", "3");
      const ring = "TASK-003 → TASK-001 → TASK-002 → TASK-003";
      expect(refused("block", "3", "--by", "1")).toContain(ring);
      expect(refused("edit", "3", "--depends-on", "1")).toContain(ring);
      expect(refused("block", "3", "--by", "3")).toContain("TASK-003 → TASK-003");
      expect(show(context, "3")).toMatchObject({ status: "pending", dependsOn: [] });
      const ringFile =
        '[{"id": "A", "title": "a", "dependsOn": ["B"]}, {"id": "B", "title": "b", "dependsOn": ["A"]}]';
      context.project.write("ring.json", ringFile);
      expect(refused("import", "ring.json")).toContain(
        "these tasks form a dependency cycle: A → B → A",
      );
    },
  );
});

test("a closed task is not listed as blocked, and --priority takes any case", async () => {
  const context = await withTasks("One");
  context.ok("task", "add", "Two", "--depends-on", "1", "--priority", "High");
  expect(context.ok("task", "start", "2")).toMatch(/ high {2}Two {2}blocked by TASK-001\n$/);
  expect(context.ok("task", "done", "2")).toMatch(/ high {2}Two\n$/);
  const { stderr } = context.sitrep("task", "add", "Three", "--priority", "p9");
  expect(stderr).toContain("'p9' is invalid. Allowed choices are urgent, high, medium, low, none.");
});

test.runIf(triesAll)(
  "a status that a task has already is reported and changes nothing",
  async () => {
    const context = await withTasks("One");
    context.ok("task", "start", "1");
    expect(context.ok("task", "start", "1")).toMatch(
      /^TASK-001 is in progress already\.\nTASK-001 /,
    );
    context.ok("task", "done", "1", "--notes", "in staging");
    expect(context.ok("task", "done", "1")).toMatch(/^TASK-001 is completed already\.\n/);
    expect(context.ok("task", "done", "1", "--notes", "live")).toMatch(/^Completed\.\n/);
    expect(context.ok("task", "move", "1", "done")).toMatch(/^TASK-001 is completed already\.\n/);
    expect(show(context, "1")["history"]).toHaveLength(4);
  },
);

describe("show", () => {
  test("task show lists dependencies in both directions and the history", async () => {
    const context = await withTasks("One", "Two", "Three");
    context.ok("task", "block", "2", "--by", "1");
    context.ok("task", "edit", "3", "--depends-on", "2");
    asSession(context, "task", "edit", "2", "--priority", "high");
    const shown = context.ok("task", "show", "2");
    expect(shown).toMatch(/^blocked by +TASK-001 pending: "One"$/m);
    expect(shown).not.toContain("no longer");
    expect(shown).toMatch(/^needed by +TASK-003 pending: "Three"$/m);
    expect(shown).toMatch(/^history +\w+ \d+ \w+ \d\d:\d\d {2}added$/m);
    expect(shown).toMatch(/blocked by none → TASK-001$/m);
    expect(shown).toMatch(/priority none → high \(session 1f0c3a2b\)$/m);
    const task = show(context, "2");
    expect(task["waitedForBy"]).toEqual(["TASK-003"]);
    expect(task["history"]).toMatchObject([
      { before: null },
      { before: { dependsOn: [] }, after: { dependsOn: ["TASK-001"] } },
      { author: "1f0c3a2b-0000-4000-8000-000000000001" },
    ]);
  });
});

describe("a list", () => {
  test("task list says what blocks a task, and omits unknown ids", async () => {
    const context = await withTasks("One", "Two");
    context.ok("task", "add", "Three", "--depends-on", "1", "--assignee", "ana");
    context.ok("task", "block", "2", "--by", "1");
    const list = context.ok("task", "list");
    expect(list).toMatch(/^TASK-001 {2}pending {2}One$/m);
    expect(list).toMatch(/^TASK-002 {2}blocked {2}Two {4}blocked by TASK-001$/m);
    expect(list).toMatch(/^TASK-003 {2}blocked {2}Three {2}blocked by TASK-001, for ana$/m);
    expect(context.ok("task", "list", "--blocked")).not.toContain("TASK-001  ");
  });

  test.runIf(triesAll)("task list, next and show give each date once and in words", async () => {
    const context = await withTasks();
    context.ok("task", "add", "Late", "--due", "2020-01-31", "--assignee", "ana");
    expect(context.ok("task", "list")).toContain("Late  overdue since 31 Jan 2020, for ana\n");
    expect(context.ok("task", "next")).toBe(
      "TASK-001  pending  Late\n  because: overdue since 31 Jan 2020, for ana\n",
    );
    const shown = context.ok("task", "show", "1");
    expect(shown).toMatch(/^due +overdue since 31 Jan 2020 \(2020-01-31\)$/m);
    expect(shown).toMatch(/^added +\d+ s ago \(\w+ \d+ \w+ \d\d:\d\d\)$/m);
    expect(shown).not.toMatch(/^[a-z]+[A-Z]|none/m);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    context.ok("task", "add", "Soon", "--due", tomorrow);
    expect(context.ok("task", "show", "2")).toContain(`tomorrow (${tomorrow})\n`);
    expect(context.ok("task", "done", "1", "--notes", "at last")).toBe(
      "Completed.\nTASK-001  completed  Late  for ana\n",
    );
    const done = context.ok("task", "show", "1");
    expect(done).toMatch(/^completed +\d+ s ago/m);
    expect(done).toMatch(/^notes +at last$/m);
  });
});

describe("undo", () => {
  test("task undo undoes one change after the other and names each", async () => {
    const context = await withTasks("One");
    const states = [listed(context)];
    const steps = [
      ["edit", "1", "--title", "Uno"],
      ["done", "1", "--notes", "x"],
      ["add", "Two"],
      ["remove", "1"],
    ];
    for (const step of steps) {
      context.ok("task", ...step);
      states.push(listed(context));
    }
    const said = states
      .slice(0, -1)
      .toReversed()
      .map((before) => {
        const words = context.ok("task", "undo");
        expect(listed(context)).toEqual(before);
        return words;
      });
    expect(said[0]).toMatch(/TASK-001 "Uno" is restored; it was removed \d+ s ago\./);
    expect(said[1]).toMatch(/TASK-002 "Two" is removed; it was added/);
    expect(said[2]).toContain('TASK-001 "Uno": status completed → pending, notes removed.');
    expect(said[3]).toContain('TASK-001 "One": title "Uno" → "One".');
    expect(context.ok("task", "show", "1")).toMatch(/undone: title "Uno" → "One"$/m);
    context.ok("task", "undo");
    const ran = context.sitrep("task", "undo");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("There is no change to undo in this project.");
  });

  test.runIf(triesAll)("task undo undoes a whole import, and the brief follows", () => {
    const context = prepareInstallation();
    context.project.write("TODO.md", "- [ ] One\n- [ ] Two\n");
    context.ok("task", "import", "TODO.md");
    expect(context.ok("brief")).toContain("One");
    expect(context.ok("task", "undo")).toContain('TASK-002 "Two" is removed');
    expect(listed(context)).toEqual([]);
    expect(context.ok("brief")).not.toContain("One");
  });

  test("task undo refuses a change of another session without --anyone", async () => {
    const context = await withTasks("One", "Two");
    context.ok("task", "edit", "2", "--title", "Deux");
    asSession(context, "task", "done", "1");
    const ran = context.sitrep("task", "undo");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(
      /The last change was made by session 1f0c3a2b, \d+ s ago: TASK-001 "One" status pending → completed\./,
    );
    expect(ran.stderr).toContain("sitrep task undo --anyone");
    expect(ran.stderr).toContain("sitrep task undo --mine");
    expect(show(context, "1").status).toBe("completed");
    expect(context.ok("task", "undo", "--mine")).toContain('title "Deux" → "Two"');
    expect(context.ok("task", "undo", "--anyone")).toContain("status completed → pending");
    asSession(context, "task", "edit", "2", "--title", "Theirs");
    const overtaken = context.sitrep("task", "undo", "--mine");
    expect(overtaken.stderr).toContain("Changed since then: TASK-002.");
    expect(show(context, "2").title).toBe("Theirs");
    expect(asSession(context, "task", "undo").stdout).toContain('title "Theirs" → "Two"');
  });
});

describe("import and export", () => {
  test.runIf(triesAll)("importing a file again skips the tasks that exist", () => {
    const context = prepareInstallation();
    context.project.write(
      "a.json",
      '[{"id": "A-1", "title": "One"}, {"title": "Two", "description": "x"}]',
    );
    context.project.write("TODO.md", "- [ ] Same\n- [ ] Same\n- [ ] Other\n");
    for (const file of ["a.json", "TODO.md"]) context.ok("task", "import", file);
    expect(listed(context)).toHaveLength(5);
    context.ok("task", "done", "A-1");
    const before = listed(context);
    expect(context.ok("task", "import", "a.json")).toMatch(
      /^Imported 0 tasks .*\nSkipped 2 existing: A-1, TASK-001\.\n$/,
    );
    const again = json<{ added: Shown[]; skipped: Shown[] }>(
      context.ok("task", "import", "TODO.md", "--json"),
    );
    expect(again.added).toEqual([]);
    expect(again.skipped.map(({ title }) => title)).toEqual(["Same", "Same", "Other"]);
    expect(listed(context)).toEqual(before);
    context.project.write("TODO.md", "- [ ] Same\n- [ ] New\n");
    expect(context.ok("task", "import", "TODO.md")).toContain("Imported 1 task ");
  });

  test.runIf(triesAll)("exported JSON is imported whole in another project", () => {
    const context = prepareInstallation();
    context.ok(
      "task",
      "add",
      "One",
      "--description",
      "a\nb",
      "--due",
      "2026-12-01",
      "--label",
      "x, y",
    );
    context.ok("task", "add", "Two", "--depends-on", "1", "--assignee", "ana", "--effort", "2 h");
    context.project.write(
      "odd.json",
      '[{"id": "O-1", "title": "Odd", "status": "Wartet auf Kunde"}]',
    );
    context.ok("task", "import", "odd.json");
    context.ok("task", "start", "2");
    context.ok("task", "done", "task-1", "--notes", "=SUM(1)");
    const exported = context.ok("task", "export");
    const other = prepareInstallation();
    other.project.write("all.json", exported);
    other.ok("task", "import", "all.json");
    expect(json(other.ok("task", "export"))).toEqual(json(exported));
    expect(other.ok("task", "import", "all.json")).toContain("Imported 0 tasks");
    expect(other.ok("task", "add", "Next")).toContain("TASK-003");
  });

  test("exported Markdown is imported as a list, and exported CSV starts no formula", async () => {
    const context = await withTasks('Say "hi", twice', "@SUM(1+1)");
    context.ok("task", "add", "--", "=cmd|' /C calc'!A0");
    context.ok("task", "done", "1");
    const markdown = context.ok("task", "export", "--format", "markdown");
    const other = prepareInstallation();
    other.project.write("all.md", markdown);
    other.ok("task", "import", "all.md");
    expect(listed(other).map(({ title, status }) => [title, status])).toEqual([
      ["@SUM(1+1)", "pending"],
      ["=cmd|' /C calc'!A0", "pending"],
      ['Say "hi", twice', "completed"],
    ]);
    const [heading, ...rows] = context.ok("task", "export", "--format", "csv").trim().split("\n");
    expect(heading).toMatch(/^id,title,status,priority,/);
    expect(rows[0]).toMatch(/^TASK-001,"Say ""hi"", twice",completed,/);
    expect(rows[1]).toMatch(/^TASK-002,"'@SUM\(1\+1\)",pending,/);
    expect(rows[2]).toMatch(/^TASK-003,"'=cmd\|' \/C calc'!A0",pending,/);
  });
});

describe("a long list", () => {
  /** Enough that no more than the first of them are read. */
  function withMany(): TestInstallation {
    const context = prepareInstallation();
    const many = Array.from({ length: 300 }, (_, at) => ({
      title: `Task ${at}`,
      priority: ["urgent", "high", "medium", "low", "none"][at % 5],
      status: ["pending", "pending", "blocked", "in_progress"][at % 4],
      ...(at % 7 === 0 ? { due: "2020-01-01" } : {}),
      ...(at % 11 === 0 ? { assignee: "ana" } : {}),
    }));
    context.project.write("many.json", JSON.stringify(many));
    context.ok("task", "import", "many.json");
    return context;
  }
  const linesOf = (text: string): string[] => text.trimEnd().split("\n");

  test.runIf(triesAll)(
    "a long list shows its first tasks in the order of the whole and counts the rest",
    () => {
      const context = withMany();
      const whole = linesOf(context.ok("task", "list", "--limit", "0"));
      expect(whole).toHaveLength(300);
      const first = context.sitrep("task", "list");
      expect(linesOf(first.stdout)).toEqual(whole.slice(0, 50));
      expect(first.stderr).toBe("250 more: --limit 300, or --limit 0 for all.\n");
      expect(linesOf(context.ok("task", "list", "--limit", "7"))).toEqual(whole.slice(0, 7));
      expect(context.sitrep("task", "list", "--blocked").stderr).toMatch(/^25 more/);
      expect(json<Shown[]>(context.ok("task", "list", "--json"))).toHaveLength(300);
      const ran = context.sitrep("task", "list", "--limit", "many");
      expect([ran.code, ran.stderr]).toEqual([
        2,
        expect.stringContaining('--limit must be a whole number, not "many"'),
      ]);
    },
  );

  test.runIf(triesAll)("a long list follows the store and the settings, not an older cache", () => {
    const context = withMany();
    const first = (): string => linesOf(context.ok("task", "list"))[0] ?? "";
    context.ok("task", "add", "Now", "--priority", "urgent", "--due", "2019-01-01");
    context.ok("task", "start", "301");
    expect(first()).toContain("Now");
    const change = (name: string, statement: string): void =>
      closing(
        openForWriting(join(context.state, name), { timeoutMs: 1000, synchronous: "FULL" }),
        (db) => void db.exec(statement),
      );
    // What was read long ago and not changed since is as it is now.
    change("tasks.db", "UPDATE task_history SET at = '2020-01-01T00:00:00.000Z'");
    change("cache.db", "UPDATE task_snapshots SET fetched_at = fetched_at - 30 * 86400000");
    expect(first()).toContain("Now");
    // Changed where the cache could not follow: by what has no cache, here the store alone.
    const later = new Date(Date.now() + 60_000).toISOString();
    change("tasks.db", "UPDATE tasks SET title = 'Later' WHERE id = 'TASK-301'");
    expect(first()).toContain("Now");
    change("tasks.db", `UPDATE task_history SET at = '${later}'`);
    expect(first()).toContain("Later");
    writeFileSync(join(context.sitrepHome, "config.json"), "{");
    expect(context.sitrep("task", "list").stderr).toContain("not JSON");
  });
});

describe("a project that was moved", () => {
  /** The command in another folder of the home. */
  function runIn(context: TestInstallation, folder: string, ...args: string[]): Ran {
    const ran = spawnSync(process.execPath, [join(builtFolder, "cli.cjs"), ...args], {
      cwd: folder,
      env: context.env,
      encoding: "utf8",
    });
    return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr, ms: 0 };
  }

  test("task list names a moved project's old folder, and take-over adopts its tasks", async () => {
    const context = await withTasks("First", "Second");
    const { folder } = context.project;
    context.ok("task", "block", "2", "--by", "1");
    context.ok("task", "edit", "1", "--priority", "high");
    const moved = join(context.home, "elsewhere", "shop-api");
    mkdirSync(dirname(moved));
    renameSync(folder, moved);
    const say = `2 tasks from the missing folder "${folder}"; if it was moved here: sitrep task take-over ${folder}`;
    expect(runIn(context, moved, "task", "list").stdout).toContain(say);
    // A project that has had tasks was not moved, and hears of no other.
    const other = join(context.home, "other");
    mkdirSync(other);
    expect(runIn(context, other, "task", "list").stdout).toContain("from the missing folder");
    runIn(context, other, "task", "add", "Own");
    runIn(context, other, "task", "done", "1");
    expect(runIn(context, other, "task", "list").stdout).not.toContain("from the missing folder");
    const { stdout } = runIn(context, moved, "doctor", "--json");
    const checks = json<{ name: string; state: string; fix: string }[]>(stdout);
    const found = checks.find(({ name }) => name === "task store");
    expect(found?.state).toBe("warning");
    expect(found?.fix.replaceAll("'", "")).toMatch(
      new RegExp(` task take-over ${folder} --project ${moved}$`),
    );

    const wrong = runIn(context, moved, "task", "take-over", "../nowhere");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(say)]);
    const taken = runIn(context, moved, "task", "take-over", folder);
    expect([taken.code, taken.stdout, taken.stderr]).toEqual([
      0,
      `Took over 2 tasks from ${folder}.\n`,
      "",
    ]);
    const list = json<Shown[]>(runIn(context, moved, "task", "list", "--json").stdout);
    expect(list.map(({ id, priority, dependsOn }) => [id, priority, dependsOn])).toEqual([
      ["TASK-001", "high", []],
      ["TASK-002", "none", ["TASK-001"]],
    ]);
    // What was noted of them went with them, and ids are counted on.
    expect(runIn(context, moved, "task", "undo").stdout).toContain("priority");
    expect(runIn(context, moved, "task", "undo").stdout).toContain("TASK-002");
    expect(runIn(context, moved, "task", "add", "Third").stdout).toContain("TASK-003");
    const again = json<Shown[]>(runIn(context, moved, "task", "list", "--json").stdout);
    expect(again.map(({ id, priority, dependsOn }) => [id, priority, dependsOn])).toEqual([
      ["TASK-001", "none", []],
      ["TASK-002", "none", []],
      ["TASK-003", "none", []],
    ]);
  });

  test("take-over refuses an existing folder and ids that are taken", async () => {
    const context = await withTasks("First");
    const { folder } = context.project;
    const there = runIn(context, context.home, "task", "take-over", folder);
    expect([there.code, there.stderr]).toEqual([
      2,
      expect.stringContaining("still exists, so it keeps its tasks"),
    ]);
    const moved = join(context.home, "renamed");
    renameSync(folder, moved);
    runIn(context, moved, "task", "add", "Own");
    const clash = runIn(context, moved, "task", "take-over", folder);
    expect(clash.code).toBe(1);
    expect(clash.stderr).toContain("Both projects have tasks with these ids: TASK-001.");
    // The way that is named.
    const own = runIn(context, moved, "task", "export", "--format", "markdown").stdout;
    writeFileSync(join(moved, "own.md"), own);
    runIn(context, moved, "task", "remove", "TASK-001");
    expect(runIn(context, moved, "task", "take-over", folder).code).toBe(0);
    runIn(context, moved, "task", "import", "own.md");
    const list = json<Shown[]>(runIn(context, moved, "task", "list", "--json").stdout);
    expect(list.map(({ id, title }) => [id, title])).toEqual([
      ["TASK-001", "First"],
      ["TASK-002", "Own"],
    ]);
  });
});
