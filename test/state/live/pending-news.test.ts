import { spawn } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PendingNews } from "../../../src/core/news/pending-news.ts";
import {
  claimNews,
  publishNews,
  readDeliveredNews,
  withdrawNews,
} from "../../../src/state/live/pending-news.ts";
import { aGitState, saturday } from "../../support/builders.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const pending: PendingNews = {
  at: saturday,
  items: [{ kind: "conflict", files: 2 }],
  seq: 4,
  delivered: { git: aGitState(), sources: { linear: "ECONNREFUSED", embedded: null } },
};

describe("pending news", () => {
  test("pending news is claimed whole, and only once", () => {
    const live = temporaryFolder();
    publishNews(live, "s1", "news", pending);
    expect(claimNews(live, "s1", "news")).toEqual(pending);
    expect(claimNews(live, "s1", "news")).toBeNull();
  });

  test("withdrawn news cannot be claimed, and claimed news cannot be withdrawn", () => {
    const live = temporaryFolder();
    publishNews(live, "s1", "news", pending);
    expect(withdrawNews(live, "s1", "news")).toBe(true);
    expect(claimNews(live, "s1", "news")).toBeNull();
    publishNews(live, "s1", "news", pending);
    claimNews(live, "s1", "news");
    expect(withdrawNews(live, "s1", "news")).toBe(false);
  });

  test("pending news belongs to one session and one kind", () => {
    const live = temporaryFolder();
    publishNews(live, "s1", "news", pending);
    expect(claimNews(live, "s2", "news")).toBeNull();
    expect(claimNews(live, "s1", "git")).toBeNull();
  });

  test("claimed news counts as delivered until it is recorded, also when read for one session", () => {
    const live = temporaryFolder();
    for (const id of ["s1", "s2"]) {
      publishNews(live, id, "news", pending);
      claimNews(live, id, "news");
    }
    expect(readDeliveredNews(live)).toHaveLength(2);
    const [delivered] = readDeliveredNews(live, "s2");
    expect(delivered).toMatchObject({ sessionId: "s2", kind: "news", news: pending });
    expect(existsSync(delivered?.file ?? "")).toBe(true);
  });

  test("an empty news file is removed without a delivery", () => {
    const live = temporaryFolder();
    writeFileSync(join(live, "s1.news"), '{"items":"?"}');
    expect(claimNews(live, "s1", "news")).toBeNull();
    expect(readDeliveredNews(live)).toEqual([]);
    expect(readdirSync(live)).toEqual(["monitor.wake"]);
  });

  test("claiming news wakes the monitor", () => {
    const live = temporaryFolder();
    publishNews(live, "s1", "news", pending);
    expect(existsSync(join(live, "monitor.wake"))).toBe(false);
    claimNews(live, "s1", "news");
    expect(existsSync(join(live, "monitor.wake"))).toBe(true);
  });
});

const module = JSON.stringify(join(import.meta.dirname, "../../../src/state/live/pending-news.ts"));

/** Records deliveries as fast as it can, as a monitor does that other sessions have woken. */
const recorder = `
  import { rmSync } from "node:fs";
  import { readDeliveredNews } from ${module};
  const [live] = process.argv.slice(2);
  process.stdout.write("ready\\n");
  const turn = () => {
    for (const { file } of readDeliveredNews(live)) rmSync(file, { force: true });
    setImmediate(turn);
  };
  turn();
`;

test("claimed news is delivered even if the monitor records it before it is read", async () => {
  const live = temporaryFolder();
  const script = join(temporaryFolder(), "recorder.mts");
  writeFileSync(script, recorder);
  const child = spawn(process.execPath, [script, live], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const told: (number | undefined)[] = [];
  for (let seq = 1; seq <= 3000; seq += 1) {
    publishNews(live, "s1", "news", { ...pending, seq });
    told.push(claimNews(live, "s1", "news")?.seq);
  }
  child.kill();
  expect(told).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1));
});

/** Claims as fast as it can until it is asked to stop, and prints what it got. */
const claimer = `
  import { claimNews } from ${module};
  const [live] = process.argv.slice(2);
  process.stdin.resume();
  let isOver = false;
  process.stdin.on("end", () => { isOver = true; });
  process.stdout.write("ready\\n");
  const turn = () => {
    const got = claimNews(live, "s1", "news");
    if (got !== null) process.stdout.write(got.seq + "\\n");
    if (isOver && got === null) process.exit(0);
    setImmediate(turn);
  };
  turn();
`;

test("each of 300 news is delivered at most once while four processes claim and the monitor withdraws", async () => {
  const live = temporaryFolder();
  const script = join(temporaryFolder(), "claimer.mts");
  writeFileSync(script, claimer);
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [script, live], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  let output = "";
  for (const child of children) child.stdout.on("data", (text) => (output += String(text)));
  await expect.poll(() => output.match(/ready/g)?.length).toBe(4);
  const takenBack: number[] = [];
  for (let seq = 1; seq <= 300; seq += 1) {
    publishNews(live, "s1", "news", { ...pending, seq });
    if (seq % 3 === 0 && withdrawNews(live, "s1", "news")) takenBack.push(seq);
    // The monitor lays out the next one only when this one has changed hands.
    await expect.poll(() => existsSync(join(live, "s1.news")), { interval: 1 }).toBe(false);
  }
  const ends = children.map((child) => new Promise((resolve) => child.on("close", resolve)));
  for (const child of children) child.stdin.end();
  await Promise.all(ends);
  const delivered = output
    .split("\n")
    .filter((line) => /^\d+$/.test(line))
    .map(Number);
  const all = [...delivered, ...takenBack].toSorted((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
});
