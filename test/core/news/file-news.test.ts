// When a change of another session is news at a call: by the sessions' notes, the times of files and what git last said.

import { describe, expect, test } from "vitest";
import { matchFiles, findFiles, readWatchedFiles } from "../../../src/core/news/file-news.ts";
import type { ConcernedFile, WatchedFiles, WorkingTree } from "../../../src/core/news/file-news.ts";
import { minute, saturday } from "../../support/builders.ts";

const second = 1000;
const [here, there] = ["/w", "/w2"];
const own = { id: "own", worktree: here, startedAt: saturday - 10 * minute };
const aTree = (worktree: string, overrides: Partial<WorkingTree> = {}): WorkingTree => ({
  worktree,
  branch: "main",
  readAt: saturday - 5 * second,
  conflicted: [],
  changed: [],
  ...overrides,
});

interface Case {
  /** Where the other session works. */
  at?: string;
  othersStart?: number;
  tree?: Partial<WorkingTree>;
  /** Instants before now at which the other's and the own calls changed the file. */
  edits?: number[];
  ownEdits?: number[];
  /** How long ago the file was last written; null: it is not there. */
  written?: number | null;
}

function found({
  at = here,
  othersStart = saturday - 20 * minute,
  ...given
}: Case): ConcernedFile[] {
  const { tree, edits = [], ownEdits = [], written = null } = given;
  const other = { id: "other", worktree: at, startedAt: othersStart };
  const trees = at === here ? [aTree(here, tree)] : [aTree(here), aTree(at, tree)];
  const watched: WatchedFiles = { at: saturday, own, others: [other], trees, isNews: true };
  const before = (ages: number[]): number[] => ages.map((age) => saturday - age);
  return matchFiles(watched, "a.ts", {
    now: saturday,
    edits: (id, file) => (file === `${at}/a.ts` ? before(id === "other" ? edits : ownEdits) : []),
    modifiedAt: (file) => (file === `${at}/a.ts` && written !== null ? saturday - written : null),
  });
}

const whats = (given: Case): string[] => found(given).map(({ concern }) => concern);

describe("an edit by another session", () => {
  test.for([here, there])("in %s is known at once, without git", (at) => {
    const [one] = found({ at, edits: [4 * second], written: 4 * second - 1 });
    const tree = at === here ? null : { worktree: there, branch: "main" };
    expect(one).toMatchObject({ concern: "edited", at: saturday - 4 * second, tree });
  });

  test.for<[string, Case, string[]]>([
    [
      "that git has seen since and still holds as changed",
      { edits: [minute], tree: { changed: ["a.ts"] }, written: minute },
      ["edited"],
    ],
    ["that was committed or taken back", { edits: [minute], written: minute }, []],
    ["that git's reading crossed", { edits: [5.1 * second], written: 5.01 * second }, ["edited"]],
    [
      "whose write ended after it was noted, when git had read",
      { edits: [6 * second], written: 4.6 * second },
      ["edited"],
    ],
    [
      "whose write ended at once, before git read",
      { edits: [6.5 * second], written: 6.5 * second },
      [],
    ],
    ["that was refused, or waits for a person", { edits: [4 * second], written: 5 * minute }, []],
    ["that is being made", { edits: [second], written: 5 * minute }, ["edited"]],
    ["of a file that is not there yet", { edits: [second] }, ["edited"]],
    ["that took the file away", { edits: [minute], tree: { changed: ["a.ts"] } }, ["edited"]],
    // The own call found it open and told, or found it committed; git's "changed" may be the own change.
    [
      "before an own edit of that file",
      {
        edits: [minute],
        ownEdits: [30 * second],
        tree: { changed: ["a.ts"] },
        written: 30 * second,
      },
      [],
    ],
    [
      "after an own edit of that file",
      { edits: [4 * second], ownEdits: [minute], written: 4 * second },
      ["edited"],
    ],
  ])("%s", ([, given, expected]) => {
    expect(whats(given)).toEqual(expected);
  });

  test("is reported again after ten minutes of edits, and not before", () => {
    const keyAfter = (...ages: number[]): string | undefined =>
      found({ edits: ages, written: ages.at(-1) ?? null })[0]?.key;
    const first = keyAfter(second);
    expect(keyAfter(9 * minute, second)).toBe(first);
    const later = keyAfter(11 * minute, second);
    expect(later).not.toBe(first);
    expect(keyAfter(11 * minute, 2 * second, second)).not.toBe(first);
  });
});

describe("a change by an unknown call", () => {
  test.for<[string, Case, string[]]>([
    [
      "before this session, with the other at work",
      { written: 15 * minute, tree: { changed: ["a.ts"] } },
      ["changed"],
    ],
    [
      "in its first moment, when the other did not know of it",
      { written: 10 * minute - second, tree: { changed: ["a.ts"] } },
      ["changed"],
    ],
    ["as above, since git was read", { written: 15 * minute, tree: { readAt: 0 } }, ["changed"]],
    ["that was committed", { written: 15 * minute }, []],
    ["from before both", { written: 30 * minute, tree: { changed: ["a.ts"] } }, []],
    ["that may be this session's", { written: 5 * minute, tree: { changed: ["a.ts"] } }, []],
    [
      "in the other's tree",
      { at: there, written: 5 * minute, tree: { changed: ["a.ts"] } },
      ["changed"],
    ],
    ["a conflict in the other's tree", { at: there, tree: { conflicted: ["a.ts"] } }, ["changed"]],
    ["nothing in the other's tree", { at: there, written: 5 * minute }, []],
    ["a conflict here", { written: 5 * minute, tree: { conflicted: ["a.ts"] } }, ["conflict"]],
  ])("%s", ([, given, expected]) => {
    expect(whats(given)).toEqual(expected);
  });
});

describe("the list of files to watch", () => {
  const about = { at: saturday, isNews: true };

  test("is empty for one session without a conflict", () => {
    const read = (worktree: string): WorkingTree => aTree(worktree, { changed: ["mine"] });
    expect(findFiles(own, [own], read, about)).toBeNull();
    expect(findFiles(own, [], read, about)).toBeNull();
  });

  test("has each tree once, and is read back from its file as it was written", () => {
    const others = ["b", "c"].map((id) => ({ id, worktree: there, startedAt: 1 }));
    const watched = findFiles(own, [own, ...others], (worktree) => aTree(worktree), about);
    expect(watched?.trees.map(({ worktree }) => worktree)).toEqual([here, there]);
    expect(readWatchedFiles(JSON.parse(JSON.stringify(watched)))).toEqual(watched);
  });

  test("is read without those items that have another shape", () => {
    const tree = aTree(here);
    const value = { at: 1, own, others: [{ id: 1 }, null], trees: [tree, { worktree: 2 }] };
    expect(readWatchedFiles(value)).toEqual({
      at: 1,
      own,
      others: [],
      trees: [tree],
      isNews: false,
    });
    expect(readWatchedFiles({ at: 1 })).toBeNull();
  });
});

describe("the sessions whose edits are watched", () => {
  const session = (id: string, startedAt: number) => ({ id, worktree: here, startedAt });
  const watched = (others: ReturnType<typeof session>[]) =>
    findFiles(own, [own, ...others], aTree, { at: saturday, isNews: true })?.others.map(
      ({ id }) => id,
    );

  test("are the other sessions, in an order that no call changes", () => {
    expect(watched([session("c", 2), session("b", 1), session("a", 2)])).toEqual(["b", "a", "c"]);
    expect(watched([session("a", 2), session("c", 2), session("b", 1)])).toEqual(["b", "a", "c"]);
  });

  test("are at most fifty, the last seen ones", () => {
    const many = Array.from({ length: 60 }, (_, at) => session(`s${at}`, 100 - at));
    expect(watched(many)?.toSorted()).toEqual(
      many
        .slice(0, 50)
        .map(({ id }) => id)
        .toSorted(),
    );
  });
});

test("each concern has a key of its own, by which it is reported once", () => {
  const keysOf = (given: Case) => found(given).map(({ key }) => key);
  expect(keysOf({ tree: { conflicted: ["a.ts"] } })).toEqual(["conflict a.ts"]);
  expect(keysOf({ edits: [4 * second], written: 4 * second })).toEqual(["other a.ts"]);
  expect(keysOf({ at: there, tree: { changed: ["a.ts"] }, written: minute })).toEqual(["/w2 a.ts"]);
  const edits = [12 * minute, 2 * minute];
  expect(keysOf({ edits, tree: { changed: ["a.ts"] }, written: 2 * minute })).toEqual([
    `other ${saturday - 2 * minute} a.ts`,
  ]);
});
