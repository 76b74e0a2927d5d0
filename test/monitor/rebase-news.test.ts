// A real rebase that stops at conflicts, as a session that began on the branch hears of it.

import { expect, test } from "vitest";
import { aWorld, minute } from "../support/world.ts";

test("each conflict of a rebase is reported once, and the branch never counts as switched", async () => {
  const world = await aWorld();
  const { project } = world;
  project.git("checkout", "-q", "-b", "login");
  for (const turn of ["one", "two"]) project.commit(`${turn}.txt`, `mine ${turn}\n`);
  project.git("checkout", "-q", "main");
  for (const turn of ["one", "two"]) project.commit(`${turn}.txt`, `theirs ${turn}\n`);
  project.git("checkout", "-q", "login");
  await world.refresh();
  await world.start("s1");
  const heard: (string | null)[] = [];
  const calls = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn += 1) {
      world.pass(minute / 4);
      await world.tick();
      heard.push(await world.call("s1", { tool: "Bash", about: "npm test" }));
    }
  };
  expect(project.ask("rebase", "main")).toBeNull();
  await calls(5);
  project.write("one.txt", "both\n");
  project.git("add", "one.txt");
  await calls(3);
  expect(project.ask("rebase", "--continue")).toBeNull();
  await calls(5);
  project.write("two.txt", "both\n");
  project.git("add", "two.txt");
  project.git("rebase", "--continue");
  await calls(5);
  const told = heard.filter((text) => text !== null);
  expect(told.join("\n")).not.toContain("no branch");
  expect(told.map((text) => /"(\w+\.txt)"|(\w+\.txt)/.exec(text)?.[0])).toEqual([
    expect.stringContaining("one.txt"),
    expect.stringContaining("two.txt"),
  ]);
});
