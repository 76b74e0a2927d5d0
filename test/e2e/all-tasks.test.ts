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
  await context.addTask(
    aNewTask({ title: "Mine", priority: "none", assignees: ["me@example.com"] }),
  );
  await context.refresh();
  return { context, server };
}

describe("sitrep task over several sources", () => {
  test("lists what the brief lists, in its order, each by its source, with the age of what is cached", async () => {
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

  test.runIf(triesAll)("lists as mine what is known to be mine", async () => {
    const { context } = await withTwoSources();
    context.project.git("config", "--file", `${context.home}/.gitconfig`, "user.name", "ana");
    expect(idsIn(await context.good(["task", "list", "--mine"]))).toEqual(["team/LIN-1"]);
  });

  test("says why nothing is listed, and how old it is, where a server is down", async () => {
    const { context, server } = await withTwoSources();
    server.fault = "page";
    await context.refresh();
    const listed = await context.good(["task", "list"]);
    expect(idsIn(listed)).toContain("team/LIN-1");
    expect(listed).toMatch(/\nTasks as of .*: team gave an answer that cannot be read\.\n$/);
    for (const [options, why] of [
      [["--mine"], "None of 3 pending tasks is known to be yours."],
      [["--mine", "--blocked"], "known to be yours and blocked."],
      [["--source", "embedded", "--blocked"], "None of 1 pending task is blocked."],
    ] as const) {
      expect(await context.good(["task", "list", ...options])).toContain(why);
    }
    await context.good(["task", "done", "embedded/1"]);
    expect(await context.good(["task", "list", "--source", "embedded"])).toMatch(
      /^No pending tasks in embedded\.\n/,
    );
  });

  test("shows a server's task with its criteria, its history and its age", async () => {
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
    "takes an id of two sources by neither, and says how each is written",
    async () => {
      const { context } = await withTwoSources();
      for (const verb of ["show", "start", "done", "block"]) {
        const ran = await context.run(["task", verb, "TASK-001"]);
        expect(ran.code).toBe(1);
        expect(ran.stderr).toContain("TASK-001 is not the id of one task.");
        expect(ran.stderr).toContain("Write embedded/TASK-001 or team/TASK-001.");
      }
      const gone = await context.run(["task", "show", "team/LIN-9"]);
      expect(gone.stderr).toContain("project; what is over at a server is not among them.");
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

  test("moves a task of a server there, and reads it again", async () => {
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

  test("says which source was not read yet, and not that there is nothing", async () => {
    const context = prepareSources();
    context.configure({
      name: "team",
      type: "mcp",
      preset: "4genthub",
      url: "http://127.0.0.1:9/mcp",
    });
    const unread = "The tasks of team have not been read yet.\n";
    const none = `No pending tasks are known.\n${unread}`;
    expect(await context.good(["task", "list"])).toBe(none);
    expect(await context.good(["task", "list", "--source", "team"])).toBe(none);
    expect(await context.good(["task", "next"])).toBe(none);
    expect(await context.good(["task", "list", "--source", "embedded"])).toMatch(/^No pending/);
    // The cache is newer than the configuration from here on.
    await context.addTask(aNewTask({ title: "Mine" }));
    const listed = await context.good(["task", "list"]);
    expect(idsIn(listed)).toEqual(["TASK-001"]);
    expect(listed).toContain(unread);
    expect((await context.run(["task", "list", "--json"])).stderr).toBe(unread);
    expect((await context.run(["task", "done", "T-1"])).stderr).toContain(unread);
    await context.refresh();
    expect(await context.good(["task", "list"])).toContain(
      "The tasks of team are not known yet: it",
    );
    await context.good(["cache", "clear"]);
    expect(await context.good(["task", "list"])).toContain(unread);
  });

  test("never takes a task for one whose number goes on", async () => {
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

  test.runIf(hasScript)("shows on a terminal that a server is asked for a change", async () => {
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
    "changes nothing else of a server's task, and says where to do it",
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
        expect(ran.stderr).toContain("LIN-1 is a task of team");
        expect(ran.stderr).toContain("Change it in team");
      }
      const across = await context.run(["task", "block", "embedded/1", "--by", "LIN-1"]);
      expect(across.stderr).toContain("team/LIN-1 cannot hold a task of embedded back.");
      expect(JSON.stringify(server.tasks)).toBe(before);
    },
  );

  test("A18: lets nothing of a title steer the terminal", async () => {
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
