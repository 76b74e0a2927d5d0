// `sitrep source try`, a guessed mapping and `source add --replace` by the built command, against a server that no preset knows.

import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareSources, type SourceContext } from "../support/source-commands.ts";

const program = join(import.meta.dirname, "../support/mcp/todo-server.ts");
const todos = [
  { uid: "a1", text: "Fix login", done: false, prio: "high" },
  { uid: "a2", text: "Write docs", done: true },
];

function prepare(content: unknown = { todos }) {
  const context = prepareSources();
  const [file, calls] = [join(context.home, "todos.json"), join(context.home, "calls.txt")];
  const write = (value: unknown): void =>
    writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  write(content);
  const given = ["--env", `TODOS=${file}`, "--env", `CALLS=${calls}`, "--with", "list=home"];
  const command = [...given, "--", process.execPath, program];
  const called = (): string => (existsSync(calls) ? readFileSync(calls, "utf8") : "");
  return { context, write, given, command, called };
}

const sourcesOf = ({ sitrepHome }: SourceContext): unknown =>
  (JSON.parse(readFileSync(join(sitrepHome, "config.json"), "utf8")) as { sources?: unknown })
    .sources;

test("source try shows tools, a raw response and its tasks, and writes nothing", async () => {
  const { context, command, called } = prepare();
  const before = readdirSync(context.sitrepHome, { recursive: true });
  const shown = await context.good(["source", "try", ...command]);
  expect(shown).toContain("Connected to todo-server 1.0.0.");
  expect(shown).toContain("list_todos(list)");
  expect(shown).toContain('list_todos {"list":"home"}\n  | {"todos":[{"uid":"a1"');
  expect(shown).toMatch(
    /tool +list_todos\n +arguments +list=home\n +list +todos\n +id +uid\n +title +text\n/,
  );
  expect(shown).toMatch(/1 open task\n +a1 +pending +Fix login\n/);
  expect(called()).toBe("list_todos home\nlist_todos home\n");
  const [line = ""] = /sitrep source add .*/.exec(shown) ?? [];
  expect(line).toMatch(/^sitrep source add todo-server --with list=home --env .*--only-here -- /);
  expect(readdirSync(context.sitrepHome, { recursive: true })).toEqual(before);
});

test("source discover --probe guesses how a server lists tasks, and says what it lacks", async () => {
  const { context, given, called } = prepare();
  const env = Object.fromEntries(
    given.filter((one) => one.includes("/")).map((one) => one.split("=") as [string, string]),
  );
  const write = (more: object): void => {
    const board = { command: process.execPath, args: [program], env: { ...env, ...more } };
    const file = join(context.project.folder, ".mcp.json");
    writeFileSync(file, JSON.stringify({ mcpServers: { board } }));
  };
  write({});
  const probe = ["source", "discover", "--probe", "board"];
  expect(await context.good(probe)).toMatch(
    /board: unknown \(.*\n +board: no tasks found\. list_todos needs list\.\n/,
  );
  write({ ANY_LIST: "1" });
  expect(await context.good(["source", "discover"])).toMatch(/board: unknown \([^\n]*\nOnly/);
  expect(called()).toBe("");
  const shown = await context.good(probe);
  expect(shown).toMatch(/board: lists tasks with list_todos \(/);
  expect(called()).toBe("list_todos any\n");
  const [, add = ""] = /sitrep (source add board .*)/.exec(shown) ?? [];
  expect(add).not.toContain("--preset");
  expect(await context.good(add.replaceAll("'", "").split(" "))).toContain("1 open");
});

test("source try --json has every part, and an error names the missing argument", async () => {
  const { context, given, called } = prepare();
  const options = given.filter((one) => one !== "--with" && one !== "list=home");
  const args = ["source", "try", "--json", ...options, "--", process.execPath, program];
  const ran = await context.run(args);
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    server: { name: "todo-server" },
    tools: [{ name: "list_todos", arguments: ["list"] }, {}, {}],
    tasks: [],
    add: null,
    error: {
      code: "usage",
      message: "todo-server: no tasks found. list_todos needs list.",
      hint: "Give list_todos what it needs: --with list=VALUE",
    },
  });
  expect(called()).toBe("");
});

test("source add keeps a guessed mapping, shown line by line, and the brief has its tasks", async () => {
  const { context, command, called } = prepare();
  const shown = await context.good(["source", "add", "todo", ...command]);
  expect(shown).toMatch(
    /^No preset fits its tools\. Guessed from a response:\n {2}tool +list_todos\n/,
  );
  expect(shown).toMatch(/not found +priority, due, assignees, dependencies\n/);
  expect(sourcesOf(context)).toMatchObject([
    {
      name: "todo",
      mapping: {
        list: {
          tool: "list_todos",
          arguments: { list: "home" },
          tasks: "todos",
          task: '$.$merge([$, {"id": uid, "title": text}])',
        },
      },
    },
  ]);
  const brief = await context.brief();
  expect(brief).toContain("Fix login");
  expect(brief).not.toContain("Write docs");
  expect(called()).not.toMatch(/clear|delete/);
});

test("source add refuses a list in which nothing is a task, and says what is missing", async () => {
  const { context, command } = prepare({ todos: [{ label: "a" }, { label: "b" }] });
  const ran = await context.run(["source", "add", "todo", ...command]);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain(
    "list_todos returned 2 items, none a task: 2 without an id and a title.",
  );
  expect(sourcesOf(context)).toBeUndefined();
});

test("source add --replace replaces the old source, and keeps it when the new one fails", async () => {
  const { context, write, command } = prepare();
  const add = (...options: string[]) =>
    context.run(["source", "add", "todo", ...options, ...command]);
  expect((await add()).code).toBe(0);
  context.configure({ name: "last", type: "mcp", preset: "linear", url: "https://x.example/mcp" });
  const before = sourcesOf(context);
  expect((await add()).stderr).toContain("or replace it with --replace");
  write("not a list");
  const failed = await add("--replace");
  expect(failed.code).toBe(1);
  expect(sourcesOf(context)).toEqual(before);
  write({ tasks: todos.map(({ uid, text }) => ({ id: uid, title: text })) });
  expect((await add("--replace")).code).toBe(0);
  expect(sourcesOf(context)).toMatchObject([
    { name: "todo", mapping: { list: { tasks: "tasks" } } },
    { name: "last" },
  ]);
});
