// Which words complete a command line.

import { describe, expect, test } from "vitest";
import { completions } from "../../src/cli/completion.ts";
import { program } from "../../src/cli/program/program.ts";

const wordsOf = (line: string): string[] => completions(program, `sitrep ${line}`);

describe("completion proposes", () => {
  test("every verb, and the verbs below one", () => {
    expect(wordsOf("")).toEqual(program.below.map((one) => one.name()));
    expect(wordsOf("task ")).toContain("next");
    expect(wordsOf("help task ")).toContain("next");
    expect(wordsOf("serve key ")).toEqual(["add", "import", "list", "revoke"]);
  });

  test("only words that begin with what is typed", () => {
    expect(wordsOf("unin")).toEqual(["uninstall"]);
    expect(wordsOf("install --dry")).toEqual(["--dry-run"]);
    expect(wordsOf("nonsense ")).toEqual([]);
  });

  test("the options of the verb and of every verb, except those that the help hides", () => {
    expect(wordsOf("doctor -")).toEqual(["--fix", "--project", "--json", "--color", "--help"]);
    expect(wordsOf("mcp --")).not.toContain("--state");
  });

  test("the choices of an option and of an argument", () => {
    expect(wordsOf("install --scope ")).toEqual(["local", "project", "user"]);
    expect(wordsOf("install --scope pro")).toEqual(["project"]);
    expect(wordsOf("completion ")).toEqual(["bash", "zsh", "fish", "words"]);
  });

  test("nothing if only the shell knows the values: files, and free text", () => {
    expect(wordsOf("task import ")).toEqual([]);
    expect(wordsOf("doctor --project ")).toEqual([]);
    expect(wordsOf("task add Title ")).toEqual([]);
  });

  test("the same words after a verb's other name, and after options with their values", () => {
    expect(wordsOf("task ls -")).toEqual(wordsOf("task list -"));
    expect(wordsOf("task --color never lis")).toEqual(["list"]);
  });
});
