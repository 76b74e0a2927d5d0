// What is told of other sessions at work.

import { describe, expect, test } from "vitest";
import { findPeers, peerTexts, tasksOfPeers, type Peer } from "../../../src/core/news/peers.ts";
import { minute, saturday } from "../../support/builders.ts";

const aPeer = (more: Partial<Peer> = {}): Peer => ({
  sessionId: "session-2",
  worktree: "/work/shop-api",
  lastSeen: saturday - 2 * minute,
  isSameWorktree: true,
  taskId: null,
  ...more,
});
const elsewhere = { worktree: "/work/shop-api-2", isSameWorktree: false, taskId: "TASK-51" };

test.for<[string, Peer[], string[]]>([
  ["nobody", [], []],
  ["one", [aPeer()], ["Another session is in this worktree (seen 2 min ago)."]],
  [
    "several in this worktree, in one text with the last seen",
    [aPeer(), aPeer({ lastSeen: saturday - 3000 }), aPeer({ lastSeen: saturday - 5 * minute })],
    ["3 other sessions are in this worktree (last seen 3 s ago)."],
  ],
  [
    "those on a task elsewhere in one text for each tree",
    [aPeer(elsewhere), aPeer(), aPeer(), aPeer(elsewhere), aPeer(elsewhere)],
    [
      '3 other sessions are on TASK-51 in "/work/shop-api-2" (last seen 2 min ago).',
      "2 other sessions are in this worktree (last seen 2 min ago).",
    ],
  ],
  [
    "at most three texts",
    ["T-1", "T-2", "T-3", "T-4"].map((taskId) => aPeer({ ...elsewhere, taskId })),
    ["T-1", "T-2", "T-3"].map(
      (id) => `Another session is on ${id} in "/work/shop-api-2" (seen 2 min ago).`,
    ),
  ],
  [
    "as many as are read, or more",
    Array.from({ length: 20 }, () => aPeer()),
    ["20 or more other sessions are in this worktree (last seen 2 min ago)."],
  ],
  [
    "fewer than that",
    Array.from({ length: 19 }, () => aPeer()),
    ["19 other sessions are in this worktree (last seen 2 min ago)."],
  ],
  [
    "one whose clock was moved, without an age",
    [aPeer({ lastSeen: saturday + 5 * minute })],
    ["Another session is in this worktree."],
  ],
])("%s", ([, peers, texts]) => {
  expect(peerTexts(peers, saturday)).toEqual(texts);
});

describe("a session counts as a peer", () => {
  const own = { id: "own", worktree: "/w", taskIds: ["T-1", "T-2"] };
  const found = (other: Partial<typeof own>) => {
    const one = { id: "other", worktree: "/w2", lastSeen: saturday, taskIds: [], ...other };
    return findPeers(own, [one]);
  };
  const there = { sessionId: "other", worktree: "/w2", lastSeen: saturday, isSameWorktree: false };

  test("in the same working tree, whatever its task", () => {
    expect(found({ worktree: "/w", taskIds: ["T-1"] })).toEqual([
      { ...there, worktree: "/w", isSameWorktree: true, taskId: null },
    ]);
  });

  test("in another working tree on a task of this branch", () => {
    expect(found({ taskIds: ["T-9", "T-2"] })).toEqual([{ ...there, taskId: "T-2" }]);
  });

  test("in another working tree on another task, which counts as taken", () => {
    const peers = found({ taskIds: ["T-9"] });
    expect(peers).toEqual([{ ...there, taskId: "T-9", isOtherTask: true }]);
    expect([...tasksOfPeers(peers)]).toEqual([["T-9", "/w2"]]);
    expect(tasksOfPeers([...found({ taskIds: ["T-1"] }), ...found({ worktree: "/w" })]).size).toBe(
      0,
    );
  });

  test("never without a task in another working tree, and never as its own peer", () => {
    expect(found({})).toEqual([]);
    expect(found({ id: "own", worktree: "/w" })).toEqual([]);
  });
});
