// Situations of working life, made for real (test/support/world.ts), each with the text that Claude reads in it (a file
// beside it, for a reviewer) and questions whose responses come out of the real state.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { judge, type Verdict } from "../support/questions.ts";
import { aWorld, saturday } from "../support/world.ts";
import { folder, type Situation } from "../fixtures/situations/situation.ts";
import { files } from "../fixtures/situations/files.ts";
import { git } from "../fixtures/situations/git.ts";
import { sessions } from "../fixtures/situations/sessions.ts";
import { sources } from "../fixtures/situations/sources.ts";
import { tasks } from "../fixtures/situations/tasks.ts";

const all = [...tasks, ...sources, ...files, ...git, ...sessions];
const verdicts: Verdict[] = [];

describe.for(all)('the situation "$name"', (situation: Situation) => {
  test("is described without a false statement", async () => {
    const world = await aWorld(situation.options);
    const { text, questions } = await situation.live(world);
    expect(world.now()).toBe(saturday);
    const judged = [];
    for (const question of questions) {
      judged.push({ ask: question.ask, ...(await judge(question, world, text)) });
    }
    verdicts.push(...judged.map(({ verdict }) => verdict));
    const shown = (text ?? "(nothing)").replaceAll(world.home, "/work");
    await expect(`${shown}\n`).toMatchFileSnapshot(join(folder, `${situation.name}.txt`));
    expect(judged.filter(({ verdict }) => verdict === "false")).toEqual([]);
  });
});

test("at least forty situations answer 95 % of all questions", () => {
  expect(all.length).toBeGreaterThanOrEqual(40);
  const right = verdicts.filter((verdict) => verdict === "right").length;
  expect(right / verdicts.length).toBeGreaterThanOrEqual(0.95);
});
