// The real client, 2.1.329: a session finishes an issue of GitHub and a line of tasks/todo.md, with our tools and with the
// command, after a person has said yes; and cannot say yes itself.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hasPerson, onTerminal } from "../support/on-terminal.ts";
import { prepareSources, type SourceContext } from "../support/source-commands.ts";
import { configureTracker } from "../support/tracked-project.ts";
import type { FakeTracker } from "../support/trackers.ts";
import { bash, runClaude } from "./claude.ts";
import { textsOf, type Reply } from "./fake-messages-api.ts";

const list = "# Plan\n\n- [ ] Fix the login page\n- [ ] Ship it\n";
const file = { name: "todo", type: "file", kind: "tasks-todo", path: "tasks/todo.md" };

interface Prepared {
  context: SourceContext;
  fake: FakeTracker;
  /** The command as a session starts it: not in its PATH. */
  sitrep: string;
  isDone: Record<Name, () => boolean>;
}
type Name = "issues" | "todo";

/** `first`: the source that the tools serve. */
async function prepare(first: Name): Promise<Prepared> {
  const context = prepareSources();
  context.project.write("tasks/todo.md", list);
  if (first === "todo") context.configure(file);
  const { fake } = await configureTracker(context);
  if (first === "issues") context.configure(file);
  await context.refresh();
  await context.good(["install", "--yes", "--mcp"]);
  const text = (): string => readFileSync(join(context.project.folder, "tasks/todo.md"), "utf8");
  return {
    context,
    fake,
    sitrep: join(context.sitrepHome, "data/bin/sitrep"),
    isDone: {
      issues: () => fake.items[0]?.["state"] === "closed",
      todo: () => text() === list.replace("[ ] Fix", "[x] Fix"),
    },
  };
}

const allow = async (context: SourceContext, name: Name): Promise<void> => {
  const act = ["Allow it? [y/N]", "y\n"] as const;
  const { screen } = await onTerminal(context, `source allow-writes ${name}`, { acts: [act] });
  expect(screen).toContain(`${name} may be written`);
};

const ids = { issues: "1", todo: "fix-the-login-page" } as const;
const names = ["issues", "todo"] as const;
const writesOf = (fake: FakeTracker): number =>
  fake.asked.filter(({ method, path }) => method !== "GET" && path !== "/graphql").length;

/** What the session read, once these replies were given one after the other. */
async function read({ context }: Prepared, replies: readonly Reply[]): Promise<string> {
  const { requests, exitCode } = await runClaude(context, {
    env: { SITREP_HOME: context.sitrepHome },
    script: (_, index) => replies[index - 1] ?? { text: "done" },
  });
  expect(exitCode).toBe(0);
  return textsOf(requests.at(-1));
}

const tool = "mcp__sitrep__update_task_status";
const search: Reply = { calls: [{ tool: "ToolSearch", input: { query: `select:${tool}` } }] };
const finish = (name: Name): Reply => ({
  calls: [{ tool, input: { task_id: ids[name], status: "completed" } }],
});

describe.runIf(hasPerson).each(names)("a session that finishes a task of %s", (name) => {
  test("is refused with the tools before a person allowed it, and then finishes the task once", async () => {
    const one = await prepare(name);
    const { context, fake, isDone } = one;
    const refused = await read(one, [search, finish(name)]);
    expect(refused).toContain("Code: write-not-allowed.");
    expect(refused).toContain(`in a terminal of their own: sitrep source allow-writes ${name}`);
    expect([isDone[name](), writesOf(fake)]).toEqual([false, 0]);

    await allow(context, name);
    const done = await read(one, [search, finish(name)]);
    expect(done).toMatch(new RegExp(`"updated_task":\\{"task_id":"${ids[name]}".*"completed"`));
    expect([isDone[name](), writesOf(fake)]).toEqual([true, name === "issues" ? 1 : 0]);
    expect(await context.good(["history"])).toMatch(/set to completed · by session \w{8} · done/);
    expect(await context.brief()).not.toMatch(name === "issues" ? /Title 1/ : /Fix the login/);
  });

  test("is refused with the command in the same way, and can undo the change", async () => {
    const one = await prepare(name);
    const { context, fake, sitrep, isDone } = one;
    const refused = await read(one, [bash(`${sitrep} task done ${ids[name]}`)]);
    expect(refused).toContain(`sitrep: ${name} may not be written from this project.`);
    expect([isDone[name](), writesOf(fake)]).toEqual([false, 0]);

    await allow(context, name);
    const done = await read(one, [bash(`${sitrep} task done ${ids[name]}`)]);
    expect(done).toContain(`Completed in ${name}.`);
    expect([isDone[name](), writesOf(fake)]).toEqual([true, name === "issues" ? 1 : 0]);

    // Another session: it has to say that it means somebody else's change.
    const other = await read(one, [bash(`${sitrep} task undo`)]);
    expect(other).toMatch(/The last change was made by session \w{8}, .* in (?:issues|todo)\./);
    expect(isDone[name]()).toBe(true);
    const undone = await read(one, [bash(`${sitrep} task undo --anyone`)]);
    expect(undone).toMatch(/is pending again in (?:issues|todo)\./);
    expect(isDone[name]()).toBe(false);
  });
});

describe("a session cannot allow itself to write", () => {
  const plain = "source allow-writes todo";
  const bare = "env -u CLAUDECODE -u CLAUDE_CODE_SESSION_ID";
  const typed = (command: string): string =>
    `(sleep 2; echo y; sleep 1) | ${bare} script -qec "${command}" /dev/null`;
  test.each([
    ["the command", (sitrep: string) => `${sitrep} ${plain}`],
    ["with --yes", (sitrep: string) => `${sitrep} ${plain} --yes`],
    ["with a yes in its input", (sitrep: string) => `echo y | ${sitrep} ${plain}`],
    ["without the client's variables", (sitrep: string) => `echo y | ${bare} ${sitrep} ${plain}`],
    ["on a terminal of its own making", (sitrep: string) => typed(`${sitrep} ${plain}`)],
    [
      "automating instead",
      (sitrep: string) => `${sitrep} source automate todo --now; ${sitrep} source automate issues`,
    ],
  ])("%s", async (_, commandOf) => {
    const one = await prepare("todo");
    const { context, sitrep, isDone } = one;
    const said = await read(one, [
      bash(commandOf(sitrep)),
      bash(`${sitrep} task done ${ids.todo}`),
    ]);
    expect(said).toContain("todo may not be written from this project. Nothing was");
    expect(isDone.todo()).toBe(false);
    expect(await context.good(["source", "list"])).toContain("writing is not allowed");
  });
});
