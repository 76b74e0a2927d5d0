import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FileSheet } from "../../src/core/file-news.ts";
import { forgetEnded, readEnded } from "../../src/live/ended.ts";
import {
  isFileTold,
  layFileSheet,
  markFileTold,
  noteEdit,
  pathWithin,
  readEdits,
  readFileSheetOf,
  removeSessionFiles,
} from "../../src/live/file-sheets.ts";
import { leaveSaid, readSaid } from "../../src/live/said.ts";
import { noData } from "../../src/core/telling.ts";
import { saturday } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary.ts";

const file = { path: "src/a b.ts", concern: "worktree", worktree: "/work/other" } as const;
const sheet: FileSheet = {
  at: saturday,
  root: "/work/shop-api",
  isShared: true,
  isNews: true,
  files: [file],
};

describe("the files that others are changing", () => {
  test("are laid out, replaced and taken away", () => {
    const live = temporaryFolder();
    expect(readFileSheetOf(live, "s1")).toBeNull();
    layFileSheet(live, "s1", sheet);
    layFileSheet(live, "s1", { ...sheet, files: [] });
    expect(readFileSheetOf(live, "s1")).toEqual({ ...sheet, files: [] });
    layFileSheet(live, "s1", null);
    expect(readdirSync(live)).toEqual([]);
  });

  test.for(["", "[]", "{}", '{"at": 1, "root": 2}', "not JSON"])("are none in %s", (text) => {
    const live = temporaryFolder();
    writeFileSync(join(live, "s1.files"), text);
    expect(readFileSheetOf(live, "s1")).toBeNull();
  });

  test("are told once each", () => {
    const live = temporaryFolder();
    expect(isFileTold(live, "s1", file)).toBe(false);
    expect(markFileTold(live, "s1", file)).toBe(true);
    expect(markFileTold(live, "s1", file)).toBe(false);
    expect(isFileTold(live, "s1", file)).toBe(true);
    expect(markFileTold(live, "s1", { ...file, concern: "conflict" })).toBe(true);
    expect(markFileTold(live, "s2", file)).toBe(true);
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

describe("what a tool call's hook told", () => {
  const telling = (sessionId: string, at: number) => ({
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
    leaveSaid(live, telling("s2", 20));
    leaveSaid(live, telling("s1", 10));
    expect(readSaid(live).map((said) => said.telling)).toEqual([
      telling("s1", 10),
      telling("s2", 20),
    ]);
  });

  test("of another session than its name says, or no JSON, is nothing", () => {
    const live = temporaryFolder();
    writeFileSync(join(live, "s1.said.1"), JSON.stringify(telling("s2", 1)));
    writeFileSync(join(live, "s1.said.2"), "rubbish");
    expect(readSaid(live).map((said) => said.telling)).toEqual([null, null]);
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
    const kept = ["monitor.alive", "s1.said.1", "s1.told.news.1", "s10", "s10.news"];
    for (const name of ["s1", "s1.news", "s1.ended", ...kept]) writeFileSync(join(live, name), "");
    removeSessionFiles(live, "s1");
    expect(readdirSync(live).toSorted()).toEqual(kept);
    expect(existsSync(join(live, "s1"))).toBe(false);
  });
});
