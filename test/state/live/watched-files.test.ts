import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { WatchedFiles } from "../../../src/core/news/file-news.ts";
import { listLive, readMarks, removeSessionMark } from "../../../src/state/live/stamps.ts";
import {
  findConcerns,
  isFileReported,
  markFileReported,
  noteEdit,
  pathWithin,
  publishWatchedFiles,
  readSessionFiles,
  removeSessionFiles,
} from "../../../src/state/live/watched-files.ts";
import { postDelivery, readOutbox } from "../../../src/state/live/outbox.ts";
import { noData } from "../../../src/core/news/delivery.ts";
import { saturday } from "../../support/builders.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const own = { id: "s1", worktree: "/work/shop-api", startedAt: saturday };
const watched: WatchedFiles = { at: saturday, own, others: [], trees: [], isNews: true };
const file = { path: "a b", concern: "edited", tree: null, at: null, key: "s2 a b" } as const;

describe("watched files", () => {
  test("watched files are published, replaced and removed", () => {
    const live = temporaryFolder();
    expect(readSessionFiles(live, "s1")).toBeNull();
    publishWatchedFiles(live, "s1", watched);
    publishWatchedFiles(live, "s1", { ...watched, at: 1 });
    expect(readSessionFiles(live, "s1")).toEqual({ ...watched, at: 1 });
    publishWatchedFiles(live, "s1", null);
    expect(readdirSync(live)).toEqual([]);
  });

  test.for(["", "[]", "{}", '{"at": 1, "own": 2}', "not JSON"])(
    "%s reads as no watched files",
    (text) => {
      const live = temporaryFolder();
      writeFileSync(join(live, "s1.files"), text);
      expect(readSessionFiles(live, "s1")).toBeNull();
    },
  );

  test("each watched file is reported once", () => {
    const live = temporaryFolder();
    expect(isFileReported(live, "s1", file)).toBe(false);
    expect(markFileReported(live, "s1", file)).toBe(true);
    expect(markFileReported(live, "s1", file)).toBe(false);
    expect(isFileReported(live, "s1", file)).toBe(true);
    expect(markFileReported(live, "s1", { ...file, key: "s2 5 a b" })).toBe(true);
    expect(markFileReported(live, "s2", file)).toBe(true);
  });
});

describe("edits by a session's calls", () => {
  const setUp = () => {
    const [live, worktree] = [temporaryFolder(), temporaryFolder()];
    const trees = [{ worktree, branch: null, readAt: 0, conflicted: [], changed: [] }];
    const others = [{ id: "s2", worktree, startedAt: 0 }];
    return { live, worktree, watched: { ...watched, own: { ...own, worktree }, others, trees } };
  };

  test("an edit is found at once by another session's call, with its time", () => {
    const { live, worktree, watched: shared } = setUp();
    const names = ["a\nb", 'c"d'];
    for (const name of names) {
      expect(findConcerns(live, shared, name, saturday)).toEqual([]);
      noteEdit(live, "s2", join(worktree, name), saturday);
      const found = findConcerns(live, shared, name, saturday + 1);
      expect(found).toMatchObject([{ path: name, concern: "edited", at: saturday }]);
    }
    writeFileSync(join(live, "s2.edits"), "rubbish\n", { flag: "a" });
    expect(findConcerns(live, shared, "a\nb", saturday + 1)).toHaveLength(1);
  });

  test("the notes of edits stay bounded and contain the last call", () => {
    const { live, worktree, watched: shared } = setUp();
    for (let call = 0; call < 3000; call += 1)
      noteEdit(live, "s2", join(worktree, `${"x".repeat(200)}${call}`), saturday);
    expect(statSync(join(live, "s2.edits")).size).toBeLessThan(256 * 1024);
    expect(findConcerns(live, shared, `${"x".repeat(200)}2999`, saturday)).toHaveLength(1);
  });
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

describe("the outbox", () => {
  const delivery = (sessionId: string, at: number) => ({
    sessionId,
    project: null,
    at,
    event: "PreToolUse",
    cause: "news: task",
    text: "Sitrep",
    data: noData,
  });

  test("outbox deliveries are read back oldest first", () => {
    const live = temporaryFolder();
    postDelivery(live, delivery("s2", 20));
    postDelivery(live, delivery("s1", 10));
    expect(readOutbox(live).map((said) => said.delivery)).toEqual([
      delivery("s1", 10),
      delivery("s2", 20),
    ]);
  });

  test("an outbox file of another session or without JSON reads as null", () => {
    const live = temporaryFolder();
    writeFileSync(join(live, "s1.outbox.1"), JSON.stringify(delivery("s2", 1)));
    writeFileSync(join(live, "s1.outbox.2"), "rubbish");
    expect(readOutbox(live).map((said) => said.delivery)).toEqual([null, null]);
  });
});

describe("a session that has ended", () => {
  test("an ended session is found by its gate's mark, until it starts again", () => {
    const live = temporaryFolder();
    for (const name of ["s1.ended", "s2", "a.b.ended"]) writeFileSync(join(live, name), "");
    expect(readMarks(listLive(live), ".ended").map((one) => one.sessionId)).toEqual(["s1"]);
    removeSessionMark(live, "s1", ".ended");
    expect(readMarks(listLive(live), ".ended")).toEqual([]);
  });

  test("an ended session's files are removed, and nobody else's", () => {
    const live = temporaryFolder();
    const kept = ["monitor.alive", "s1.delivered.news.1", "s1.outbox.1", "s10", "s10.news"];
    for (const name of ["s1", "s1.news", "s1.ended", ...kept]) writeFileSync(join(live, name), "");
    removeSessionFiles(live, "s1");
    expect(readdirSync(live).toSorted()).toEqual(kept);
    expect(existsSync(join(live, "s1"))).toBe(false);
  });
});
