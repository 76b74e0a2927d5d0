// What somebody meant who typed a word that is no verb.

import { expect, test } from "vitest";
import { meantVerb } from "../../../src/cli/program/command-suggestions.ts";

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
  [[], "statsu", "status"],
  [[], "tsak", "task"],
  [["task"], "lits", "task list"],
  [["serve", "key"], "revok", "serve key revoke"],
  // What is not there is not offered.
  [[], "export", null],
  [[], "xyzzy", null],
  [[], "teleport", null],
  [[], "constructor", null],
])("%j %s", (path, word, expected) => {
  expect(meantVerb(path, word, verbs)).toBe(expected);
});

test.each([
  ["tsk", "add", "task add"],
  ["tsak", "ls", "task list"],
  ["tsk", "xyzzy", "task"],
  // The word behind a verb that is whole is no other verb.
  ["statsu", "list", "status"],
  ["list", "add", "task list"],
])("%s %s", (word, next, expected) => {
  expect(meantVerb([], word, verbs, next)).toBe(expected);
});
