// Tasks of sources changed by the built command and by the tools: only after a person's yes, taken back, and on record.

import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { aNewTask } from "../support/builders.ts";
import { builtFolder } from "../support/built.ts";
import { runShell } from "../support/installation.ts";
import { startMcp } from "../support/mcp-program.ts";
import { hasPerson, hasScript, onTerminal } from "../support/on-terminal.ts";
import { prepareSources } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";
import { textOf } from "../support/tool-client.ts";
import { configureTracker } from "../support/tracked-project.ts";

const list = "# Plan\r\n\r\n- [ ] Fix the login page\r\n- [ ] Ship it";
const done = list.replace("[ ] Fix", "[x] Fix");

function withList() {
  const context = prepareSources();
  context.project.write("tasks/todo.md", list);
  context.configure({ name: "todo", type: "file", kind: "tasks-todo", path: "tasks/todo.md" });
  const text = (): string => readFileSync(join(context.project.folder, "tasks/todo.md"), "utf8");
  return { context, text };
}

describe("a task in a list file", () => {
  test.runIf(hasPerson)(
    "is completed after a yes at a terminal, can be undone, and is recorded",
    async () => {
      const { context, text } = withList();
      await context.refresh();
      const refused = await context.run(["task", "done", "fix-the-login-page"]);
      expect([refused.code, refused.stderr]).toEqual([
        1,
        "sitrep: todo may not be written from this project. Nothing was sent.\n" +
          "  A person can allow it, in a terminal of their own: sitrep source allow-writes todo\n" +
          "  Edit tasks/todo.md:3.\n",
      ]);
      expect(await context.good(["source", "list"])).toContain("sitrep source allow-writes todo");
      const act = ["Allow it? [y/N]", "y\n"] as const;
      const { screen } = await onTerminal(context, "source allow-writes todo", { acts: [act] });
      expect(screen).toContain("could set this");
      expect(screen).toContain(`todo may be written from ${context.project.folder}.`);
      expect(await context.good(["task", "show", "ship-it"])).toContain("writing is allowed");
      expect(await context.good(["task", "done", "fix-the-login-page"])).toContain(
        "Completed in todo.",
      );
      expect(text()).toBe(done);
      expect(await context.good(["task", "list"])).not.toContain("login");
      expect(await context.good(["task", "undo"])).toContain(
        '"Fix the login page" is pending again in todo.',
      );
      expect(text()).toBe(list);
      const history = await context.good(["history"]);
      expect(history.split("\n").slice(0, 2)).toEqual([
        expect.stringMatching(
          /todo\/fix-the-login-page · "Fix the login page" · set to completed · by a terminal · done$/,
        ),
        expect.stringMatching(/todo\/fix-the-login-page · undo · by a terminal · done$/),
      ]);
      expect(JSON.parse(await context.good(["history", "--json", "-n", "1"]))).toMatchObject([
        { action: "undo", outcome: { state: "done" } },
      ]);
      await context.good(["source", "allow-writes", "todo", "--off"]);
      expect((await context.run(["task", "done", "ship-it"])).stderr).toContain(
        "may not be written",
      );
      expect(text()).toBe(list);
    },
  );

  test("is not changed in a way that the list cannot express, even if writes are allowed", async () => {
    const { context, text } = withList();
    context.allowWrites("todo");
    await context.refresh();
    for (const [args, words] of [
      [["block", "ship-it"], 'todo has no state for "blocked".'],
      [["done", "ship-it", "--notes", "x"], "todo cannot store notes with a status change"],
      [["comment", "ship-it", "x"], "Sitrep cannot change its comments there."],
      [["assign", "ship-it", "ana"], "Sitrep cannot change who has it there."],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { code, stderr } = await context.run(["task", ...args]);
      expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
    }
    expect(text()).toBe(list);
    expect(await context.good(["history"])).toContain("Nothing was written");
  });

  test("is not overwritten if the line was changed meanwhile, and the error says what to do", async () => {
    const { context, text } = withList();
    context.allowWrites("todo");
    await context.refresh();
    context.project.write("tasks/todo.md", done);
    const { code, stderr } = await context.run(["task", "start", "fix-the-login-page"]);
    expect(code).toBe(1);
    expect(stderr).toContain("is completed now; it was pending when it was read");
    expect(text()).toBe(done);
    expect(await context.good(["history"])).toContain("refused:");
  });

  test("is completed by the tools only after a person allowed it, and the refusal says how", async () => {
    const { context, text } = withList();
    const place = { folder: context.project.folder, env: context.env };
    const change = { task_id: "fix-the-login-page", status: "completed" };
    const { call } = await startMcp(place, ["--source", "todo"]);
    const refused = await call("update_task_status", change);
    expect(refused.isError).toBe(true);
    expect(textOf(refused)).toContain("Code: write-not-allowed.");
    expect(textOf(refused)).toContain("sitrep source allow-writes todo");
    expect(text()).toBe(list);
    context.allowWrites("todo");
    const noted = await call("update_task_status", { ...change, completion_notes: "x" });
    expect(textOf(noted)).toContain("Leave out the notes");
    const made = await call("update_task_status", change);
    expect(made.structuredContent).toMatchObject({ updated_task: { status: "completed" } });
    expect(text()).toBe(done);
    expect(await context.good(["history"])).toMatch(/by a task tool · done$/m);
  });
});

describe("an issue of a tracker", () => {
  test("is completed, commented on and assigned, each change is recorded, and each can be undone", async () => {
    const { context, fake } = await configureTracker();
    const refused = await context.run(["task", "done", "1"]);
    expect(refused.stderr).toContain("sitrep source allow-writes issues");
    expect(fake.asked.filter(({ method }) => method !== "GET")).toEqual([]);
    context.allowWrites("issues");
    expect(await context.good(["source", "list"])).toContain(
      "can set pending, completed, cancelled, comments, assignees; writing is allowed",
    );
    const blocked = await context.run(["task", "block", "1"]);
    expect(blocked.stderr).toContain('issues has no state for "blocked".');
    await context.good(["task", "comment", "1", "fixed", "in", "1.4"]);
    expect(await context.good(["task", "assign", "1", "bob"])).toContain("Assigned to bob");
    expect(fake.items[0]).toMatchObject({ assignees: [{ login: "ada" }, { login: "bob" }] });
    await context.good(["task", "undo"]);
    expect(fake.items[0]).toMatchObject({ assignees: [{ login: "ada" }] });
    await context.good(["task", "done", "1", "--notes", "released"]);
    expect(fake.items[0]).toMatchObject({ state: "closed", state_reason: "completed" });
    expect(fake.comments).toEqual(["1: fixed in 1.4", "1: released"]);
    expect(await context.good(["task", "undo"])).toContain('1 "Title 1" is pending again');
    expect(fake.items[0]).toMatchObject({ state: "open" });
    const history = await context.good(["history"]);
    expect(
      history
        .replaceAll(/^.*?issues/gm, "issues")
        .split("\n")
        .slice(0, -1),
    ).toEqual([
      'issues/1 · comment "fixed in 1.4" · by a terminal · done',
      'issues/1 · "Title 1" · assign "ada, bob" · by a terminal · done',
      'issues/1 · "Title 1" · undo · by a terminal · done',
      'issues/1 · "Title 1" · set to completed · by a terminal · done',
      'issues/1 · comment "released" · by a terminal · done',
      'issues/1 · "Title 1" · undo · by a terminal · done',
    ]);
  });

  test("has its true status reported after a cut connection, and the record says the same", async () => {
    const { context, fake } = await configureTracker();
    context.allowWrites("issues");
    fake.cut = ({ method }) => (method === "GET" ? null : "unread");
    const { code, stderr } = await context.run(["task", "done", "1"]);
    expect([code, stderr]).toEqual([
      1,
      "sitrep: issues did not answer the change. Sitrep read 1 again: it is unchanged.\n" +
        "  The change was lost, or has yet to arrive. Read the task again before you repeat it.\n",
    ]);
    fake.cut = ({ method }) => (method === "GET" ? null : "unanswered");
    expect(await context.good(["task", "done", "1"])).toContain("Completed in issues.");
    const history = await context.good(["history"]);
    expect(history).toMatch(/· not applied: issues did not answer/);
    expect(history).toMatch(/· done \(its response was lost; read again\)/);
    expect(fake.asked.filter(({ method }) => method !== "GET")).toHaveLength(2);
  });

  test("is left alone by an undo if the change never arrived, and the record says so", async () => {
    const { context, fake } = await configureTracker();
    context.allowWrites("issues");
    let isSent = false;
    fake.cut = ({ method }) => {
      isSent ||= method !== "GET";
      return isSent ? "unread" : null;
    };
    expect((await context.run(["task", "done", "1"])).stderr).toContain(
      "It is unknown whether it was made.",
    );
    fake.cut = () => null;
    const undone = await context.good(["task", "undo"]);
    expect(undone).toContain('Nothing was changed: 1 "Title 1" is pending in issues already.');
    expect(await context.good(["history"])).toMatch(
      /undo · by a terminal · done \(no change was needed\)/,
    );
  });

  test("is completed by the tools, with the notes as a comment", async () => {
    const { context, fake } = await configureTracker();
    context.allowWrites("issues");
    const place = { folder: context.project.folder, env: context.env };
    const { call } = await startMcp(place, ["--source", "issues"]);
    const change = { task_id: "1", status: "completed", completion_notes: "released" };
    const made = await call("update_task_status", change);
    expect(made.structuredContent).toMatchObject({ updated_task: { status: "completed" } });
    expect(fake.items[0]).toMatchObject({ state: "closed" });
    expect(fake.comments).toEqual(["1: released"]);
    const unable = await call("update_task_status", { task_id: "2", status: "blocked" });
    expect(textOf(unable)).toContain('issues has no state for "blocked".');
  });
});

test("a task of a task service gets its earlier status back after undo", async () => {
  const [context, server] = [prepareSources(), await startTaskServer()];
  const [id, name] = ["T-1", basename(context.project.folder)];
  await server.add(name, [aNewTask({ id, title: "Fix it", status: "in_progress" })]);
  context.configure({ name: "team", type: "task-tracking", url: server.origin });
  await context.refresh();
  const place = { folder: context.project.folder, env: context.env };
  const { call } = await startMcp(place, ["--source", "team"]);
  const change = { task_id: id, status: "completed" };
  expect(textOf(await call("update_task_status", change))).toContain("Code: write-not-allowed.");
  context.allowWrites("team");
  await call("update_task_status", change);
  expect(server.tasks[0]?.status).toBe("completed");
  expect(await context.good(["task", "undo"])).toBe(
    'Undone.\nT-1 "Fix it" is in progress again in team.\n',
  );
  expect(server.tasks[0]?.status).toBe("in_progress");
  expect(await context.good(["history"])).toMatch(
    /T-1 · "Fix it" · set to completed · by a task tool · done\n.*T-1 · "Fix it" · undo · by a terminal · done/,
  );
});

describe("only a person can allow writes", () => {
  test.each([
    ["without a terminal", ["source", "allow-writes", "todo"], {}],
    ["with --yes", ["source", "allow-writes", "todo", "--yes"], {}],
    ["in a session", ["source", "allow-writes", "todo"], { CLAUDECODE: "1" }],
    ["with a session's id", ["source", "allow-writes", "todo"], { CLAUDE_CODE_SESSION_ID: "s" }],
    ["by a variable", ["source", "list"], { SITREP_ALLOW_WRITES: "1", SITREP_WRITES: "todo" }],
  ] as const)("and not a command %s", async (_, args, env) => {
    const { context, text } = withList();
    await context.refresh();
    await context.run(args, env);
    const { code, stderr } = await context.run(["task", "done", "ship-it"], env);
    expect([code, stderr]).toEqual([1, expect.stringContaining("may not be written")]);
    expect(text()).toBe(list);
  });

  test.runIf(hasScript)("and not a session on a terminal", async () => {
    const { context } = withList();
    const env = { ...context.env, CLAUDECODE: "1" };
    const { screen } = await onTerminal({ ...context, env }, "source allow-writes todo");
    expect(screen).toContain("A session of Claude Code cannot allow writes.");
  });

  test.runIf(hasScript && process.platform === "linux")(
    "and not a session on a terminal that it opened without its variables",
    async () => {
      const { context } = withList();
      const command = "env -u CLAUDECODE -u CLAUDE_CODE_SESSION_ID script -qec";
      const allow = `"'${process.execPath}' '${join(builtFolder, "cli.cjs")}' source allow-writes todo"`;
      const env = { ...context.env, CLAUDECODE: "1", CLAUDE_CODE_SESSION_ID: "s" };
      const { stdout } = await runShell(`(sleep 1; echo y) | ${command} ${allow} /dev/null; true`, {
        cwd: context.project.folder,
        env,
      });
      expect(stdout).toContain("A session of Claude Code cannot allow writes.");
      expect(await context.good(["source", "list"])).toContain("writing is not allowed");
    },
  );

  test.each([
    {
      sources: [
        { name: "todo", type: "file", kind: "tasks-todo", path: "tasks/todo.md", writes: true },
      ],
    },
    { sources: [], allowWrites: ["todo"] },
    { sources: [], allowed: [{ source: "todo", project: "*" }] },
  ])("and not a project's file: %j", async (file) => {
    const { context, text } = withList();
    writeFileSync(join(context.project.folder, ".sitrep.json"), JSON.stringify(file));
    await context.run(["allow", "--yes"]);
    await context.refresh();
    const { stderr } = await context.run(["task", "done", "ship-it"]);
    expect(stderr).toContain("may not be written");
    expect(text()).toBe(list);
  });

  test("and not a project's file that uses the name of an allowed source", async () => {
    const { context } = withList();
    context.allowWrites("todo");
    context.project.write("OTHER.md", "- [ ] Ship it\n");
    const own = { name: "todo", type: "file", kind: "markdown", path: "OTHER.md" };
    writeFileSync(join(context.project.folder, ".sitrep.json"), JSON.stringify({ sources: [own] }));
    await context.good(["allow", "--yes"]);
    await context.refresh();
    const { stderr } = await context.run(["task", "done", "ship-it"]);
    expect(stderr).toContain("may not be written from this project since its settings changed");
    const text = readFileSync(join(context.project.folder, "OTHER.md"), "utf8");
    expect(text).toBe("- [ ] Ship it\n");
  });
});
