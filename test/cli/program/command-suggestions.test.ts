// Which command is suggested for a word that is not one.

import { expect, test } from "vitest";
import { findVerb } from "../../../src/cli/program/command-suggestions.ts";

const verbs =
  "task,task add,task list,task done,task edit,task undo,status,stop,source,source add,source list,serve key revoke,last".split(
    ",",
  );

test.each([
  [[], "list", "task list"],
  [[], "add", "task add"],
  [[], "done", "task done"],
  [[], "todo", "task list"],
  [[], "LIST", "task list"],
  [["task"], "new", "task add"],
  [["source"], "ls", "source list"],
  [["source"], "new", "source add"],
  [["serve", "key"], "revoke", "serve key revoke"],
])("after %j the word %s suggests %s", (path, word, expected) => {
  expect(findVerb(path, word, verbs)).toBe(expected);
});

test.each(["export", "xyzzy", "constructor", "statsu"])("%s suggests no command", (word) => {
  expect(findVerb([], word, verbs)).toBeNull();
});
