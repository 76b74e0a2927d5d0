// `sitrep task …` over several sources: what is listed, how a task is named, and what cannot be changed here.

import { describe, expect, test } from "vitest";
import { aNewTask } from "../support/builders.ts";
import { hasScript, onTerminal } from "../support/on-terminal.ts";
import { prepareSources } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";
import { eventually } from "../support/waiting.ts";
import { triesAll } from "../support/cases.ts";

const json = (text: string): unknown => JSON.parse(text);
/** The ids of the lines of a list; the line of ages has none. */
const idsIn = (text: string): string[] =>
  text.split("\n").flatMap((line) => /^(\S+)  +\w/.exec(line)?.[1] ?? []);

const hostile = "Fix \u001b[31mred\u001b[0m [32mresidue \u009b1m\u202eesrever";
const description =
  "Use PKCE.\n\nAcceptance criteria:\n- sign in works\n- \u001b]0;owned\u0007sign out too";

/** Two tasks of `team`, one of them ana's, and one of the embedded store that has the id of the other. */
async function withTwoSources() {
  const [context, server] = [prepareSources(), await startTaskServer()];
  await server.add("shop-api", [
    aNewTask({ id: "LIN-1", title: hostile, description, priority: "urgent", assignees: ["ana"] }),
    aNewTask({ id: "TASK-001", title: "Rotate keys", status: "blocked", priority: "low" }),
  ]);
  context.configure({ name: "team", type: "mcp", preset: "4genthub", url: server.url });
  context.allowWrites("team");
  await context.addTask(
    aNewTask({ title: "Mine", priority: "none", assignees: ["me@example.com"] }),
  );
  await context.refresh();
  return { context, server };
}

describe("sitrep task over several sources", () => {
  test("lists the tasks of the brief in its order, each with its source and the age of the cache", async () => {
    const { context } = await withTwoSources();
    const listed = await context.good(["task", "list"]);
    expect(idsIn(listed)).toEqual(["team/LIN-1", "embedded/TASK-001", "team/TASK-001"]);
    expect(listed).toMatch(/\nTasks read \d+ s ago \(team\)\.\n$/);
    const inBrief = [...(await context.brief()).matchAll(/(LIN-1|TASK-001) \((\w+)\)/g)];
    expect(inBrief.map(([, id, source]) => `${source}/${id}`)).toEqual(idsIn(listed));
    const listedIds = async (...args: string[]): Promise<string[]> =>
      idsIn(await context.good(["task", "list", ...args]));
    expect(await listedIds("--source", "team")).toEqual(["LIN-1", "TASK-001"]);
    expect(await listedIds("--source", "embedded")).toEqual(["TASK-001"]);
    expect(await listedIds("--blocked")).toEqual(["team/TASK-001"]);
    expect(await listedIds("--mine")).toEqual([]);
    await context.good(["task", "done", "embedded/TASK-001"]);
    expect(await listedIds("--all")).toEqual(["team/LIN-1", "team/TASK-001", "embedded/TASK-001"]);
    const unknown = await context.run(["task", "list", "--source", "nowhere"]);
    expect(unknown.stderr).toContain('This project has no source "nowhere".');
    expect(json(await context.good(["task", "list", "--json", "--source", "team"]))).toMatchObject([
      { id: "LIN-1", source: "team", title: hostile },
      { id: "TASK-001" },
    ]);
  });

  test.runIf(triesAll)("--mine lists the tasks that are known to be yours", async () => {
    const { context } = await withTwoSources();
    context.project.git("config", "--file", `${context.home}/.gitconfig`, "user.name", "ana");
    expect(idsIn(await context.good(["task", "list", "--mine"]))).toEqual(["team/LIN-1"]);
  });

  test("an empty list gives its reason and the age of the response when a server is down", async () => {
    const { context, server } = await withTwoSources();
    server.fault = "page";
    await context.refresh();
    const listed = await context.good(["task", "list"]);
    expect(idsIn(listed)).toContain("team/LIN-1");
    expect(listed).toMatch(/\nTasks as of .*: team sent an unreadable response\.\n$/);
    for (const [options, why] of [
      [["--mine"], "No open task is known to be yours (3 open)."],
      [["--mine", "--blocked"], "known to be yours and blocked ("],
      [["--source", "embedded", "--blocked"], "No open task is blocked (1 open)."],
    ] as const) {
      expect(await context.good(["task", "list", ...options])).toContain(why);
    }
    await context.good(["task", "done", "embedded/1"]);
    expect(await context.good(["task", "list", "--source", "embedded"])).toMatch(
      /^No open tasks in embedded\.\n/,
    );
  });

  test("task show shows a server's task with its criteria, its history and its age", async () => {
    const { context, server } = await withTwoSources();
    server.tasks.forEach((task) => Object.assign(task, { priority: "high" }));
    await context.refresh();
    const shown = await context.good(["task", "show", "team/LIN-1"]);
    expect(shown).toMatch(/^description +Use PKCE\.$/m);
    expect(shown).toMatch(/^criteria +- sign in works\n +- sign out too$/m);
    expect(shown).toMatch(/^history +\w+ \d+ \w+ \d\d:\d\d {2}was lowered to high$/m);
    expect(shown).toMatch(/Tasks read \d+ s ago \(team\)\.\n$/);
    expect(shown).not.toContain("Acceptance");
    expect(await context.good(["task", "show", "lin-1"])).toContain("Use PKCE.");
  });

  test.runIf(triesAll)(
    "an id that two sources have is refused, and the error gives the full name of each",
    async () => {
      const { context } = await withTwoSources();
      for (const verb of ["show", "start", "done", "block"]) {
        const ran = await context.run(["task", verb, "TASK-001"]);
        expect(ran.code).toBe(1);
        expect(ran.stderr).toContain("TASK-001 matches 2 tasks.");
        expect(ran.stderr).toContain("Use embedded/TASK-001 or team/TASK-001.");
      }
      const gone = await context.run(["task", "show", "team/LIN-9"]);
      expect(gone.stderr).toContain("project; closed tasks on a server are not included.");
      expect(await context.good(["task", "start", "embedded/TASK-001"])).toContain("Started.");
      expect(
        await context.good(["task", "add", "x", "--depends-on", "embedded/TASK-001"]),
      ).toContain("Added.");
      expect(json(await context.good(["task", "show", "TASK-002", "--json"]))).toMatchObject({
        dependsOn: ["TASK-001"],
      });
      await context.good(["task", "add", "y"]);
      const blocked = ["task", "block", "embedded/TASK-001", "--by", "embedded/TASK-003", "--json"];
      expect(json(await context.good(blocked))).toMatchObject({ dependsOn: ["TASK-003"] });
    },
  );

  test("a new status of a server's task is set at the server and read again", async () => {
    const { context, server } = await withTwoSources();
    const statusThere = (): unknown => server.tasks.find(({ id }) => id === "LIN-1")?.status;
    expect(await context.good(["task", "start", "LIN-1"])).toContain("Started in team.");
    expect(statusThere()).toBe("in_progress");
    const listed = await context.good(["task", "list", "--json"]);
    expect(json(listed)).toMatchObject([{ id: "LIN-1", status: "in_progress" }, {}, {}]);
    expect(await context.good(["task", "done", "team/lin-1", "--notes", "deployed"])).toContain(
      "Completed in team.",
    );
    expect(statusThere()).toBe("done");
    expect(idsIn(await context.good(["task", "list"]))).not.toContain("team/LIN-1");
  });

  test("a source that was never read is named, and the list does not claim to be empty", async () => {
    const context = prepareSources();
    context.configure({
      name: "team",
      type: "mcp",
      preset: "4genthub",
      url: "http://127.0.0.1:9/mcp",
    });
    const unread = "Tasks from team have not been read yet.\n";
    const none = `No known open tasks.\n${unread}`;
    expect(await context.good(["task", "list"])).toBe(none);
    expect(await context.good(["task", "list", "--source", "team"])).toBe(none);
    expect(await context.good(["task", "next"])).toBe(none);
    expect(await context.good(["task", "list", "--source", "embedded"])).toMatch(/^No open/);
    // The cache is newer than the configuration from here on.
    await context.addTask(aNewTask({ title: "Mine" }));
    const listed = await context.good(["task", "list"]);
    expect(idsIn(listed)).toEqual(["TASK-001"]);
    expect(listed).toContain(unread);
    expect((await context.run(["task", "list", "--json"])).stderr).toBe(unread);
    expect((await context.run(["task", "done", "T-1"])).stderr).toContain(unread);
    await context.refresh();
    expect(await context.good(["task", "list"])).toContain("Tasks from team are not known yet: it");
    await context.good(["cache", "clear"]);
    expect(await context.good(["task", "list"])).toContain(unread);
  });

  test("TASK-1 is not a short name for TASK-10", async () => {
    const { context, server } = await withTwoSources();
    for (const id of ["T-1", "T-10"]) {
      // oxlint-disable-next-line no-await-in-loop -- in this order
      await server.add("shop-api", [aNewTask({ id, title: id })]);
    }
    await context.refresh();
    await context.good(["task", "done", "T-1"]);
    const ran = await context.run(["task", "done", "T-1"]);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("There is no task T-1 in")]);
    expect(ran.stderr).not.toContain("T-10");
    expect(server.tasks.map(({ id, status }) => [id, status])).toContainEqual(["T-10", "pending"]);
    await context.good(["task", "done", "embedded/1"]);
    const again = await context.good(["task", "done", "embedded/1"]);
    expect(again).toContain("TASK-001 is completed already.");
    expect(await context.good(["task", "show", "embedded/1"])).toMatch(/^status +completed$/m);
  });

  test.runIf(hasScript)("a terminal shows a spinner while a server makes a change", async () => {
    const { context, server } = await withTwoSources();
    // It is shown once that has taken half a second: the server answers when it is.
    let isShown = false;
    server.admit = () => eventually(() => isShown || Promise.reject(new Error("not shown")));
    const { screen } = await onTerminal(context, "task start lin-1", {
      acts: [[" changing it in team …", () => void (isShown = true)]],
    });
    expect(screen).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] changing it in team …\r\u001b\[KStarted in team\.\n/);
  });

  test.runIf(triesAll)(
    "other fields of a server's task cannot be changed here, and the error says where",
    async () => {
      const { context, server } = await withTwoSources();
      const before = JSON.stringify(server.tasks);
      const calls = [
        ["edit", "LIN-1", "--title", "x"],
        ["note", "LIN-1", "x"],
        ["remove", "LIN-1"],
        ["block", "LIN-1", "--by", "embedded/TASK-001"],
      ];
      for (const call of calls) {
        const ran = await context.run(["task", ...call]);
        expect(ran.code).toBe(1);
        expect(ran.stderr).toContain("LIN-1 is a task from team");
        expect(ran.stderr).toContain("Change it in team");
      }
      const across = await context.run(["task", "block", "embedded/1", "--by", "LIN-1"]);
      expect(across.stderr).toContain("team/LIN-1 cannot block a task from embedded.");
      expect(JSON.stringify(server.tasks)).toBe(before);
    },
  );

  test("A18: a title's control characters do not reach the terminal", async () => {
    const { context } = await withTwoSources();
    for (const args of [["list"], ["show", "LIN-1"], ["next"]]) {
      const shown = await context.good(["task", ...args]);
      expect(shown).toContain("Fix red residue esrever");
      expect(shown.replaceAll("\n", "")).not.toMatch(/\p{C}|\[\d+m/u);
    }
    const asJson = await context.good(["task", "show", "LIN-1", "--json"]);
    expect(asJson.replaceAll("\n", "")).not.toMatch(/\p{C}/u);
    expect(json(asJson)).toMatchObject({ title: hostile });
  });
});
