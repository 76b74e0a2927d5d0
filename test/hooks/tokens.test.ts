// What the recorded situations cost a model, in tokens of o200k (js-tiktoken).

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Tiktoken } from "js-tiktoken/lite";
import o200k from "js-tiktoken/ranks/o200k_base";
import { describe, expect, test } from "vitest";
import { estimateTokens } from "../../src/core/brief/fit.ts";
import { readSituation, situationsFolder } from "../support/situation.ts";

const encoding = new Tiktoken(o200k);
const tokensOf = (text: string): number => encoding.encode(text, [], []).length;

/** The recorded texts; a situation in which nothing is said costs nothing and is left out. */
const texts = readdirSync(situationsFolder)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => ({
    name: file.slice(0, -".txt".length),
    text: readFileSync(join(situationsFolder, file), "utf8").trimEnd(),
  }))
  .filter(({ text }) => text !== "(nothing)");

/** What `sitrep last` and `brief --json` say of a text, against the tokenizer itself. */
describe("the estimate is within a tenth", () => {
  const others = [
    ["German", 'T-2 high, status "Wartet auf Kunde", due "übermorgen": "Bestätigungsmail fehlt"'],
    ["Japanese", 'T-1 status "顧客確認待ち", due "来週": "ログイン画面の修正を行う"'],
  ] as const;
  test.for([...texts.map(({ name, text }) => [name, text] as const), ...others])(
    "%s",
    ([, text]) => {
      expect(Math.abs(estimateTokens(text) / tokensOf(text) - 1)).toBeLessThanOrEqual(0.1);
    },
  );
});

const longestBrief = 350;
const longestNews = 120;

describe("a text in tokens", () => {
  test.for(texts)("$name", ({ name, text }) => {
    const { event } = readSituation(name);
    expect(tokensOf(text)).toBeLessThanOrEqual(event === "tool-call" ? longestNews : longestBrief);
  });
});

/**
 * The mean of the first 29 situations in the form before, with markers and a key around what others wrote: 6,225 tokens
 * over the 27 that say something, measured once on the texts before quotes took their place.
 */
const meanBefore = 6225 / 27;
const situationsBefore = 29;

test("the situations cost at most three fifths of what they did with markers", () => {
  const before = texts.filter(({ name }) => Number(name.slice(0, 2)) <= situationsBefore);
  expect(before).toHaveLength(27);
  const sum = before.reduce((tokens, { text }) => tokens + tokensOf(text), 0);
  expect(sum / before.length).toBeLessThanOrEqual(0.6 * meanBefore);
});
