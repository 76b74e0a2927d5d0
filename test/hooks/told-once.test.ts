// What a session that goes on, and the one after it, read of what happened since a brief: nothing is told twice to one
// conversation, and nothing is lost between a brief and the news.

import { expect, test } from "vitest";
import { aWorld, hour, minute, type Item, type Tracker, type World } from "../support/world.ts";

const items = () => [
  { key: "JIRA-1", summary: "Fix the cart", state: "open", prio: "high" },
  { key: "JIRA-2", summary: "Round amounts", state: "open", prio: "low" },
  { key: "JIRA-3", summary: "Say paid once", state: "open", prio: "low", waitsFor: ["JIRA-1"] },
];

/** A world in which the session `first` has been briefed on three tasks, ten minutes ago. */
async function briefedWorld(): Promise<{ world: World; tracker: Tracker }> {
  const world = await aWorld();
  const tracker = world.tracker("jira", items());
  await world.refresh();
  await world.start("first");
  await world.tick();
  world.pass(10 * minute);
  return { world, tracker };
}

function change(tracker: Tracker, key: string, how: Partial<Item>): void {
  const item = tracker.items.find((one) => one.key === key);
  if (item !== undefined) Object.assign(item, how);
}

const look = async (world: World): Promise<void> => {
  await world.refresh();
  await world.tick();
};

/** The news of the session `first`, recorded. */
async function hear(world: World): Promise<string | null> {
  await look(world);
  const text = await world.call("first", { tool: "Bash", about: "git status" });
  await world.tick();
  world.pass(10 * minute);
  return text;
}

const resumed = (world: World) => world.start("first", { source: "resume" });

function pushAs(world: World, subject: string): void {
  const jun = world.colleague();
  jun.git("pull", "-q");
  jun.commit(`${subject}.txt`, subject, subject);
  jun.git("push", "-q");
  world.fetch();
}

test("a resumed session reads only changes that no news has reported", async () => {
  const { world, tracker } = await briefedWorld();
  tracker.items.push({ key: "JIRA-4", summary: "Sort the list", state: "open", prio: "low" });
  expect(await hear(world)).toBeNull();
  change(tracker, "JIRA-1", { state: "done" });
  expect(await hear(world)).toContain("JIRA-1 is completed");
  change(tracker, "JIRA-2", { summary: "Round all amounts" });
  await look(world);
  const text = await resumed(world);
  expect(text).toContain("Also changed since 10:02:");
  expect(text).toContain('JIRA-4 is new, low: "Sort the list"');
  expect(text).toContain('JIRA-2 was renamed: "Round all amounts"');
  expect(text).toContain('JIRA-3 is no longer blocked: "Say paid once"');
  expect(text).not.toContain("JIRA-1 is");
  world.pass(minute);
  expect(await resumed(world)).toBeNull();
});

test("a task in earlier news is reported again when it changed after that", async () => {
  const { world, tracker } = await briefedWorld();
  change(tracker, "JIRA-1", { prio: "urgent" });
  expect(await hear(world)).toContain("JIRA-1 was raised to urgent");
  change(tracker, "JIRA-1", { summary: "Fix the whole cart" });
  change(tracker, "JIRA-2", { state: "done" });
  expect(await hear(world)).toContain("JIRA-2 is completed");
  const text = await resumed(world);
  expect(text).toContain('JIRA-1 was renamed: "Fix the whole cart"');
  expect(text).not.toContain("raised");
  expect(text).not.toContain("JIRA-2");
});

test("changes that did not fit into the news are reported on resume", async () => {
  const { world, tracker } = await briefedWorld();
  const keys = Array.from({ length: 12 }, (_, index) => `JIRA-${index + 10}`);
  for (const key of keys) {
    const summary = `Take the word of ${key} for what it is, and no more than that`;
    tracker.items.push({ key, summary, state: "open", prio: "urgent" });
  }
  const heard = (await hear(world)) ?? "";
  expect(heard).toMatch(/ and \d more/);
  const text = (await resumed(world)) ?? "";
  const times = keys.map((key) => [heard, text].filter((one) => one.includes(`${key} is`)).length);
  expect(times).toEqual(keys.map(() => 1));
});

test("commits of others on the default branch are reported once, whatever was reported about the branch", async () => {
  const { world } = await briefedWorld();
  world.project.git("switch", "-q", "-c", "login");
  await world.start("first", { source: "compact" });
  await look(world);
  world.pass(10 * minute);
  pushAs(world, "Sort the list");
  world.project.write("new.txt", "new");
  expect(await hear(world)).toContain("Git, read");
  expect(await resumed(world)).toContain('1 new commit on origin/main by Jun: "Sort the list"');
  world.pass(minute);
  expect(await resumed(world)).toBeNull();
});

test("upstream commits in earlier news are not reported on resume", async () => {
  const { world } = await briefedWorld();
  pushAs(world, "Sort the list");
  expect(await hear(world)).toContain('1 new commit on origin/main by Jun: "Sort the list"');
  expect(await resumed(world)).toBeNull();
});

test("the next session reads everything since the previous brief, also what was news to the previous session", async () => {
  const { world, tracker } = await briefedWorld();
  change(tracker, "JIRA-1", { state: "done" });
  pushAs(world, "Sort the list");
  expect(await hear(world)).toContain("JIRA-1 is completed");
  change(tracker, "JIRA-2", { prio: "urgent" });
  await look(world);
  world.pass(hour);
  const text = await world.start("second");
  expect(text).toContain(
    "Since the last brief here (10:02): JIRA-1 completed; JIRA-3 no longer blocked; JIRA-2 raised; ",
  );
  expect(text).toContain('1 new commit on this branch\'s upstream by Jun: "Sort the list"');
});

test("nothing from before a compaction is reported again", async () => {
  const { world, tracker } = await briefedWorld();
  change(tracker, "JIRA-1", { state: "done" });
  change(tracker, "JIRA-2", { summary: "Round all amounts" });
  await hear(world);
  await world.start("first", { source: "compact" });
  world.pass(minute);
  expect(await resumed(world)).toBeNull();
  change(tracker, "JIRA-3", { summary: "Say it once" });
  await look(world);
  expect(await resumed(world)).toContain("Changed since 10:23:");
});
