// What can stand at the end of a command line, from the commands themselves.

import { describe, expect, test } from "vitest";
import { complete, isPlain } from "../../../src/cli/completion/complete.ts";
import { program } from "../../../src/cli/program/program.ts";

const wordsOf = (...words: string[]): string[] =>
  complete(program, words).proposals.map(({ text }) => text);

describe("what can stand there", () => {
  test("is every verb, with what it does, and the verbs below one", () => {
    expect(wordsOf("")).toEqual([...program.below.map((one) => one.name()), "help"]);
    const { proposals } = complete(program, ["task", ""]);
    expect(proposals).toContainEqual({ text: "next", about: "show the task to do next, and why" });
    expect(wordsOf("help", "task", "")).toContain("next");
    expect(wordsOf("serve", "key", "")).toEqual(["add", "import", "list", "revoke"]);
  });

  test("is every option of the verb, and what all take, but none that the help hides", () => {
    expect(wordsOf("doctor", "-")).toEqual(["--fix", "--project", "--json", "--color", "--help"]);
    expect(wordsOf("mcp", "--")).not.toContain("--state");
  });

  test("is a choice where an option or an argument has some, in the form in which it is typed", () => {
    expect(wordsOf("install", "--scope", "")).toEqual(["local", "project", "user"]);
    expect(wordsOf("install", "--scope=")).toEqual([
      "--scope=local",
      "--scope=project",
      "--scope=user",
    ]);
    // A shell that parts words at the sign.
    expect(wordsOf("install", "--scope", "=", "pro")).toEqual(["local", "project", "user"]);
    expect(wordsOf("install", "--scope", "=")).toEqual(["local", "project", "user"]);
    expect(wordsOf("completion", "")).toEqual(["bash", "zsh", "fish", "words"]);
  });

  test.each([
    [["task", "start", ""], "tasks"],
    [["task", "block", "TASK-1", "--by", ""], "tasks"],
    [["task", "add", "Title", "--depends-on", ""], "tasks"],
    [["source", "test", ""], "sources"],
    [["login", ""], "sources"],
    [["task", "list", "--source", ""], "sources"],
    [["serve", "key", "revoke", ""], null],
    [["brief", "--source", ""], null],
    [["task", "import", ""], "files"],
    [["doctor", "--project", ""], "dirs"],
    [["task", "start", "--", ""], "tasks"],
    [["task", "add", ""], null],
  ])("behind %j are %s", (words, kind) => {
    expect(complete(program, words).kind).toBe(kind);
  });

  test("is nothing behind words that nobody knows", () => {
    expect(complete(program, ["nonsense", ""]).proposals).toEqual([]);
    expect(complete(program, ["status", "--nonsense="]).proposals).toEqual([]);
  });

  test("knows a verb by its other name, and passes over options with their values", () => {
    expect(wordsOf("task", "ls", "-")).toEqual(wordsOf("task", "list", "-"));
    expect(complete(program, ["task", "--color", "never", "start", ""]).kind).toBe("tasks");
  });
});

test.each(["TASK-001", "linear/ENG-7", "#12", "a.b+c@d_e"])("%s is put into a line", (id) => {
  expect(isPlain(id)).toBe(true);
});

test.each([
  "$(id)",
  "`id`",
  "a b",
  "a;b",
  "-rf",
  "--yes",
  "~",
  "*",
  "a\nb",
  "",
  "'",
  ":files",
  "é",
])("%j is not: a shell would read more into it", (id) => expect(isPlain(id)).toBe(false));
