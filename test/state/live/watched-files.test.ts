import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { WatchedFiles } from "../../../src/core/file-news.ts";
import { forgetEnded, readEnded } from "../../../src/state/live/stamps.ts";
import {
  isFileReported,
  markFileReported,
  noteEdit,
  pathWithin,
  publishWatchedFiles,
  readEdits,
  readWatchedFilesOf,
  removeSessionFiles,
} from "../../../src/state/live/watched-files.ts";
import { postDelivery, readOutbox } from "../../../src/state/live/outbox.ts";
import { noData } from "../../../src/core/delivery.ts";
import { saturday } from "../../support/builders.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const file = { path: "src/a b.ts", concern: "worktree", worktree: "/work/other" } as const;
const watched: WatchedFiles = {
  at: saturday,
  root: "/work/shop-api",
  isShared: true,
  isNews: true,
  files: [file],
};

describe("the files that others are changing", () => {
  test("are published, replaced and removed", () => {
    const live = temporaryFolder();
    expect(readWatchedFilesOf(live, "s1")).toBeNull();
    publishWatchedFiles(live, "s1", watched);
    publishWatchedFiles(live, "s1", { ...watched, files: [] });
    expect(readWatchedFilesOf(live, "s1")).toEqual({ ...watched, files: [] });
    publishWatchedFiles(live, "s1", null);
    expect(readdirSync(live)).toEqual([]);
  });

  test.for(["", "[]", "{}", '{"at": 1, "root": 2}', "not JSON"])("are none in %s", (text) => {
    const live = temporaryFolder();
    writeFileSync(join(live, "s1.files"), text);
    expect(readWatchedFilesOf(live, "s1")).toBeNull();
  });

  test("are reported once each", () => {
    const live = temporaryFolder();
    expect(isFileReported(live, "s1", file)).toBe(false);
    expect(markFileReported(live, "s1", file)).toBe(true);
    expect(markFileReported(live, "s1", file)).toBe(false);
    expect(isFileReported(live, "s1", file)).toBe(true);
    expect(markFileReported(live, "s1", { ...file, concern: "conflict" })).toBe(true);
    expect(markFileReported(live, "s2", file)).toBe(true);
  });
});

test("the files that a session changes are written down, each read once", () => {
  const live = temporaryFolder();
  expect(readEdits(live, "s1")).toEqual([]);
  for (const path of ["/w/a\nb", "/w/c", "/w/c"]) noteEdit(live, "s1", path);
  expect(readEdits(live, "s1")).toEqual(["/w/a\nb", "/w/c"]);
});

test.for([
  ["/w", "/w/a/b", "a/b"],
  ["/w", "/w", null],
  ["/w", "/w2/a", null],
  ["/w", "/w/../x", null],
  ["/w", "a", null],
  ["/w", "/w/..a", null],
] as const)("from %s the path of %s is %s", ([root, path, within]) => {
  expect(pathWithin(root, path)).toBe(within);
});

describe("what a tool call's hook delivered", () => {
  const delivery = (sessionId: string, at: number) => ({
    sessionId,
    project: null,
    at,
    event: "PreToolUse",
    cause: "news: task",
    text: "Sitrep",
    data: noData,
  });

  test("is read back, oldest first", () => {
    const live = temporaryFolder();
    postDelivery(live, delivery("s2", 20));
    postDelivery(live, delivery("s1", 10));
    expect(readOutbox(live).map((said) => said.delivery)).toEqual([
      delivery("s1", 10),
      delivery("s2", 20),
    ]);
  });

  test("of another session than its name says, or no JSON, is nothing", () => {
    const live = temporaryFolder();
    writeFileSync(join(live, "s1.outbox.1"), JSON.stringify(delivery("s2", 1)));
    writeFileSync(join(live, "s1.outbox.2"), "rubbish");
    expect(readOutbox(live).map((said) => said.delivery)).toEqual([null, null]);
  });
});

describe("a session that has ended", () => {
  test("is found by the file that its gate leaves, until it begins again", () => {
    const live = temporaryFolder();
    for (const name of ["s1.ended", "s2", "a.b.ended"]) writeFileSync(join(live, name), "");
    expect(readEnded(live).map((one) => one.sessionId)).toEqual(["s1"]);
    forgetEnded(live, "s1");
    expect(readEnded(live)).toEqual([]);
  });

  test("loses its files and nobody else's", () => {
    const live = temporaryFolder();
    const kept = ["monitor.alive", "s1.delivered.news.1", "s1.outbox.1", "s10", "s10.news"];
    for (const name of ["s1", "s1.news", "s1.ended", ...kept]) writeFileSync(join(live, name), "");
    removeSessionFiles(live, "s1");
    expect(readdirSync(live).toSorted()).toEqual(kept);
    expect(existsSync(join(live, "s1"))).toBe(false);
  });
});
