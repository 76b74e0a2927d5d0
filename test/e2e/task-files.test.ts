// Task lists in a repository's files, from the working tree of a session to what the session reads.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { peekNews } from "../../src/state/live/pending-news.ts";
import {
  contextOf,
  prepareInstallation,
  sessionStartInput,
  toolInput,
} from "../support/installation.ts";
import { eventually } from "../support/waiting.ts";

/** A heartbeat so slow that nothing here waits for it: a change of a file is noticed. */
const refresh = { heartbeatSeconds: 60 };

function installed(todo: string) {
  const installation = prepareInstallation();
  const { project, ok, sitrepHome } = installation;
  project.commit("TODO.md", todo, "Plan");
  writeFileSync(join(sitrepHome, "config.json"), JSON.stringify({ refresh }));
  ok("source", "add", "todo", "--file", "TODO.md");
  ok("install", "--yes");
  const { sessionStart, preToolUse } = installation.commands();
  const brief = async (session: string, folder: string): Promise<string> => {
    const env = { CLAUDE_CODE_SESSION_ID: session, PWD: folder };
    const input = { cwd: folder, session_id: session };
    const ran = await installation.hook(
      `cd '${folder}' && ${sessionStart}`,
      sessionStartInput(installation, input),
      env,
    );
    return contextOf(ran) ?? "";
  };
  return { installation, brief, preToolUse };
}

test("an unknown word in a list is reported, without a suggested mapping that could not translate it", () => {
  const { project, ok, sitrep } = prepareInstallation();
  const task = "---\nid: TASK-1\ntitle: Keys\nstatus: Parked\n---\n";
  project.commit("backlog/tasks/task-1 - Keys.md", task, "Plan");
  const added = ok("source", "add", "backlog", "--file", "backlog.md");
  expect(added).toContain('! 1 of 1 task has an unknown status: "Parked"');
  expect(added).toContain("the originals are shown.\n");
  const { stdout } = sitrep("doctor");
  expect(stdout).toMatch(/ok +words +backlog: 1 of 1 task has an unknown status: "Parked"/);
  expect(`${added}${stdout}`).not.toContain("mapping can translate");
});

test("the status of a task is changed in the task's file, which the commands name", () => {
  const { project, ok, sitrep } = prepareInstallation();
  project.commit("TODO.md", "- [ ] Ship the page\n", "Plan");
  const added = ok("source", "add", "todo", "--file", "TODO.md");
  expect(added).toContain("todo.md, TODO.md");
  expect(ok("source", "list")).toContain("todo.md · TODO.md · can set pending, in progress");
  expect(ok("source", "test", "todo")).toContain("1 open");
  expect(ok("task", "show", "ship-the-page")).toContain("Edit TODO.md:1.");
  const done = sitrep("task", "done", "TODO.md:1");
  expect(done.code).toBe(1);
  expect(done.stderr).toBe(
    "sitrep: todo may not be written from this project. Nothing was sent.\n" +
      "  A person can allow it, in a terminal of their own: sitrep source allow-writes todo\n  Edit TODO.md:1.\n",
  );
  const refused = sitrep("task", "add", "More");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'Add the line "- [ ] More" to TODO.md, or put it into Sitrep\'s own',
  );
  ok("task", "add", "More", "--own");
  // From the first task on, its own list is in use.
  ok("task", "add", "And more");
});

test("a new task belongs in a list that a person edits, which the error names", () => {
  const { project, ok, sitrep } = prepareInstallation();
  project.write(
    ".kiro/specs/login/tasks.md",
    "- [ ] 1. Form\n- [ ]* 2. Its tests\n- [ ] 3. Ship\n",
  );
  project.write("TODO.md", "- [ ] One\n");
  ok("source", "add", "kiro", "--file", "kiro");
  expect(sitrep("task", "add", "More").stderr).toContain("\n  Add it there, or put it into");
  ok("source", "add", "todo", "--file", "TODO.md");
  const { stderr } = sitrep("task", "add", "More");
  expect(stderr).toContain("tasks are in .kiro/specs and TODO.md, and Sitrep adds none there");
  expect(stderr).toContain('Add the line "- [ ] More" to TODO.md, or');
});

test("an optional step comes in its order, not before the required ones", () => {
  const { project, ok } = prepareInstallation();
  project.write(
    ".kiro/specs/login/tasks.md",
    "- [ ] 1. Form\n- [ ]* 2. Its tests\n- [ ] 3. Ship\n",
  );
  ok("source", "add", "kiro", "--file", "kiro");
  const shown = JSON.parse(ok("task", "list", "--json")) as { id: string }[];
  expect(shown.map(({ id }) => id)).toEqual(["login/1", "login/2", "login/3"]);
});

test("a change of a task in another tool's files is refused with the tool's command", () => {
  const { project, ok, sitrep } = prepareInstallation();
  const task = { id: 5, title: "Route", status: "pending" };
  project.write(".taskmaster/tasks/tasks.json", JSON.stringify({ login: { tasks: [task] } }));
  ok("source", "add", "tm", "--file", "taskmaster");
  expect(sitrep("task", "done", "5").stderr).toContain(
    "To finish it: task-master set-status --id=5 --status=done --tag=login",
  );
});

test("a list that another project has too is added under the same name, and a different list is not", () => {
  const { project, home, ok, sitrep } = prepareInstallation();
  project.write("TODO.md", "- [ ] One\n");
  ok("source", "add", "todo", "--file", "TODO.md");
  const other = join(home, "other");
  mkdirSync(other);
  writeFileSync(join(other, "TODO.md"), "- [ ] Two\n");
  writeFileSync(join(other, "plan.md"), "- [ ] Three\n");
  expect(sitrep("source", "add", "todo", "--file", "plan.md", "--project", other).code).toBe(1);
  ok("source", "add", "todo", "--file", "TODO.md", "--project", other);
  expect(ok("task", "list", "--project", other)).toContain("Two");
  expect(ok("task", "list")).toContain("One");
});

test.for([
  [["--url", "https://tasks.example"], '"file" sources do not use it'],
  [["--type", "tickets"], "--file takes only a kind"],
  [["--token-env", "TOKEN"], '"file" sources do not use it'],
  [["--preset", "github"], '"file" sources do not use it'],
  [["--", "server"], '"file" sources do not use it'],
] as const)("--file with %s is refused", ([options, said]) => {
  const { project, sitrep } = prepareInstallation();
  project.write("TODO.md", "- [ ] One\n");
  const ran = sitrep("source", "add", "todo", "--file", "TODO.md", ...options);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(said)]);
});

test("two working trees each have the tasks of their own branch, from the first brief on", async () => {
  const { installation, brief } = installed("- [ ] Ship the main page\n");
  const { project, home } = installation;
  const side = join(home, "side");
  project.git("worktree", "add", "-q", "-b", "side", side);
  writeFileSync(join(side, "TODO.md"), "# Later\n\n- [ ] Try the side door\n");
  await expect.poll(() => brief("one", project.folder)).toContain('"Ship the main page"');
  const first = await brief("two", side);
  expect(first).not.toContain("main page");
  expect(first).not.toContain("No open tasks");
  await expect.poll(() => brief("two", side)).toContain('Next: "try-the-side-door" ("TODO.md:3")');
  const again = await brief("one", project.folder);
  expect(again).not.toContain("side door");
});

test("a live session gets the news of a ticked box in its working tree within 3 s", async () => {
  const { installation, brief, preToolUse } = installed("- [ ] Ship the page\n- [ ] Write\n");
  const { folder } = installation.project;
  await expect.poll(() => brief("session-1", folder)).toContain('"Ship the page"');
  const news = () => peekNews(installation.live, "session-1", "news");
  // The watch begins with the monitor's next look at the session.
  await expect.poll(() => installation.monitorPid()).not.toBeNull();
  const started = performance.now();
  writeFileSync(join(folder, "TODO.md"), "- [x] Ship the page\n- [ ] Write\n");
  await expect.poll(news, { timeout: 8000, interval: 20 }).not.toBeNull();
  expect(performance.now() - started).toBeLessThan(3000);
  const env = { CLAUDE_CODE_SESSION_ID: "session-1", PWD: folder };
  const text = await eventually(async () => {
    const said = contextOf(
      await installation.hook(preToolUse, toolInput(installation, { cwd: folder }), env),
    );
    expect(said).not.toBeNull();
    return said;
  });
  expect(text).toContain('"ship-the-page" is completed');
});
