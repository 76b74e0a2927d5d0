// The page of commands is made from the commands.

import { expect, test } from "vitest";
import { commandsPage } from "../../scripts/docs/commands.ts";
import { program } from "../../src/cli/program/program.ts";
import type { Verb } from "../../src/cli/program/verb.ts";
import { read } from "./documents.ts";

test("docs/commands.md is as `npm run docs` writes it", () => {
  const page = read("docs/commands.md");
  expect(page).toBe(commandsPage(page));
});

/** Everything that can be called, by its words, with what it lacks. */
const lacking = (verb: Verb): string[] =>
  verb.below.flatMap((one) => [
    ...(one.description() === "" ? [`${one.words.join(" ")}: a description`] : []),
    ...(one.below.length === 0 && one.examples.length === 0
      ? [`${one.words.join(" ")}: an example`]
      : []),
    ...lacking(one),
  ]);

test("every command says what it does and has an example", () => {
  expect(lacking(program)).toEqual([]);
});
