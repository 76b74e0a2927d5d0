// Recorded situations, each with the text that Claude reads in it (a file beside it, for a reviewer) and the questions
// that this text alone has to answer.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cleanText } from "../../src/core/quote.ts";
import { readSituation, situationsFolder, textIn } from "../support/situation.ts";

const names = readdirSync(situationsFolder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));

test("there are at least twenty situations, each with questions", () => {
  expect(names.length).toBeGreaterThanOrEqual(20);
  expect(names.filter((name) => readSituation(name).questions.length === 0)).toEqual([]);
});

describe.for(names)("%s", (name) => {
  const situation = readSituation(name);

  test("reads as recorded", async () => {
    const text = await textIn(situation);
    await expect(`${text ?? "(nothing)"}\n`).toMatchFileSnapshot(
      join(situationsFolder, `${name}.txt`),
    );
  });

  test("answers its questions", async () => {
    const text = await textIn(situation);
    const unanswered = situation.questions.filter(({ answer }) =>
      answer === null ? text !== null : text?.includes(answer) !== true,
    );
    expect(unanswered).toEqual([]);
  });

  test("keeps within its size, and others' text in its quotes", async () => {
    const text = (await textIn(situation)) ?? "";
    expect(text.length).toBeLessThanOrEqual(situation.event === "tool-call" ? 600 : 2000);
    const own = text.replaceAll(/"[^"\n]*"/gu, "").replaceAll(/`sitrep [a-z -]+`/gu, "");
    expect(own).not.toMatch(/["<>`]/u);
    for (const line of text.split("\n")) {
      expect(cleanText(line, 10_000)).toBe(line.trim().replaceAll("`", "'"));
    }
  });
});

test("fifteen pending tasks take at most 1,600 characters", async () => {
  const text = await textIn(readSituation("03-fifteen-tasks"));
  expect(text?.length).toBeLessThanOrEqual(1600);
});
