// The documents that people write read as docs/voice.md asks, as far as a program can hear.

import { globSync } from "node:fs";
import { expect, test } from "vitest";
import { ticInProse } from "../../scripts/lint/voice.ts";
import { prose, read, root } from "./documents.ts";

const generated = ["docs/commands.md", "docs/reliability.md", "docs/settings.md"];
const folders = "{.,docs,docs/adr,.github,.github/*,.claude/*,scripts/plugin,scripts/plugin/**}";
const written = globSync(`${folders}/*.md`, { cwd: root }).filter(
  (one) => !generated.includes(one),
);

/** Each paragraph, heading, list item and table cell as one line, without code and quotations. */
const passages = (text: string): string[] =>
  prose(text)
    .replaceAll(/`[^`]*`|"[^"\n]*"/g, "it")
    .replaceAll("**", "")
    .split(/\n{2,}|\n(?=\s*(?:[-#]|\d+\.) )|\n(?=\|)| \| |^\| /m)
    .map((passage) => passage.replaceAll(/\s+/g, " ").replace(/^[-#\d. ]+/, ""));

const heardIn = (text: string): string[] =>
  passages(text).flatMap((passage) => {
    const tic = ticInProse(passage);
    return tic === null ? [] : [`${tic} ${passage}`];
  });

test.each([...new Set(written)])("%s has no phrase of translated English", (path) => {
  // The table of docs/voice.md shows what not to write.
  const [text = ""] = read(path).split("\n## Before and after");
  expect(heardIn(text)).toEqual([]);
});

test("the voice check finds a phrase across lines, in lists and in tables, but not in code", () => {
  const tics =
    "It is\nno number.\n\n- What is asked is\n  answered.\n\n| a | the flags of before |";
  expect(heardIn(tics)).toHaveLength(3);
  expect(heardIn("`is no x`\n\n    are no y\n\nWhat is a task? There is no need.")).toEqual([]);
});
