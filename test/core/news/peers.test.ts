// What is told of other sessions at work.

import { expect, test } from "vitest";
import { peerTexts, type Peer } from "../../../src/core/news/peers.ts";
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
    "one whose clock was moved, without an age",
    [aPeer({ lastSeen: saturday + 5 * minute })],
    ["Another session is in this worktree."],
  ],
])("%s", ([, peers, texts]) => {
  expect(peerTexts(peers, saturday)).toEqual(texts);
});
