// What a commit's message says of tasks. A phrase that may mean anything else says nothing.

import { expect, test } from "vitest";
import {
  findClosings,
  mentions,
  mergedBranches,
  findPullNumber,
} from "../../../src/core/git/base-commit.ts";

test.for([
  ["Closes #42", "#42"],
  ["closes: #42.", "#42"],
  ["Add the login\n\nFixes T-7", "T-7"],
  ["Add the login (fixes PROJ-7)", "PROJ-7"],
  ["fix: resolves bd-a1b2, closes #3", "bd-a1b2 #3"],
  ["Fixes #4, #6, and group/project#9", "#4 #6 group/project#9"],
  ["Resolve issue #42: load the page once", "#42"],
  ["Fixes #42 by loading the page once", "#42"],
  ["Fix #42 (#50)", "#42"],
  ["Implements T-7 and T-8", "T-7 T-8"],
  ["Fixes https://github.com/shop/api/issues/42", "https://github.com/shop/api/issues/42"],
  ["Add the login\n\nFixes: T-7\nCloses: #8\nSigned-off-by: Ana", "T-7 #8"],
  ["PROJ-7 #done the login works", "PROJ-7"],
  ["Fixes T-7.1", "T-7.1"],
  ["Fixes #1 and #2", "#1 #2"],
  ["Fixes #1,  and  #2", "#1 #2"],
  ["Fixes #1  and  #2", "#1 #2"],
  ["Fixes #1,#2", "#1 #2"],
  ["Fixes #1  &  #2", "#1 #2"],
  ["Fixes #1&#2", "#1 #2"],
  // A doubt in another paragraph, or more than three words before, is about something else.
  ["We do not\n  \nfixes #42", "#42"],
  ["This is not the page that anybody knew and fixes #42", "#42"],
  ["Add it,    fixes #42", "#42"],
  [" Fixes #42", "#42"],
] as const)("%j closes %s", ([message, expected]) => {
  expect(findClosings(message).join(" ")).toBe(expected);
});

test.for([
  "T-7: add the login",
  "Add the login (#42)",
  "See #42, and fix the cart",
  "Fix T-7 tests",
  "Does not fix #42",
  "This does not\nfix #42",
  "Doesn't close T-7",
  "Partially fixes #42",
  "Fixes #42 partially",
  "Fixes #42 (part 1)",
  "Closes #42, step 1 of 3",
  "Part of #42, will close #42 later",
  "Try to fix #42",
  "Start the work that closes #42",
  "Reopen #42, fixes #42 no longer",
  'Revert "Fixes #42"',
  "Explain `Fixes #42` in the guide",
  'Say "closes #42" in the guide',
  "> Fixes #42",
  "  > Fixes #42",
  "Say how\n\n  ```sh\nFixes #42\n  ```",
  "This will  not   fix #42",
  "Say how\n\n    Fixes #42",
  "Say how\n\n```\nFixes #42\n```",
  "Update lib\n\n* 1a2b3c4 Fixes #42",
  "Bump left-pad from 1.0 to 2.0\n\nFixes #42",
  "Squashed 'lib/' changes from 1a2b3c4..5d6e7f8\n\nFixes #42",
  "Prefixes #42",
  "fixes #42?",
])("%j closes nothing", (message) => {
  expect(findClosings(message)).toEqual([]);
});

const two = ["a".repeat(40), "b".repeat(40)];

test.for([
  ["Merge pull request #12 from jun/feat/T-7-login", "feat/T-7-login"],
  ["Merge pull request 'Add the login' (#12) from feat/T-7 into main", "feat/T-7"],
  ["Merge branch 'feat/T-7' into 'main'", "feat/T-7"],
  ["Merge branch 'feat/T-7' of https://example.org/shop", "feat/T-7"],
  ["Merge remote-tracking branch 'origin/feat/T-7'", "feat/T-7"],
  ["Merged in feat/T-7 (pull request #12)", "feat/T-7"],
] as const)("%j merged %s", ([message, branch]) => {
  expect(mergedBranches({ message, parents: two })).toContain(branch);
  expect(mergedBranches({ message, parents: two.slice(1) })).toEqual([]);
});

test.for([
  "Merge branch 'main' into feat/T-7",
  "Merge pull request #13 from jun/revert-12-feat/T-7",
  "Merge feat/T-7 by hand",
  "Undo: Merge pull request #12 from jun/T-7",
  "Merge pull request #12 from jun/T-7 by hand",
  "Undo: Merged in T-7 (pull request #12)",
  "Merged in T-7 (pull request #12) by hand",
  "Undo: Merge branch 'T-7'",
])("%j merged no branch of T-7", (message) => {
  expect(mergedBranches({ message, parents: two }).filter((name) => name.includes("T-7"))).toEqual(
    [],
  );
});

test("a pull request has its number in a merge's or a squash's subject", () => {
  const numbers = [
    "Merge pull request #12 from a/b",
    "Add it (#12)",
    "Fix #12",
    "Add it (#12) again",
    "Merge pull request 'Add it' (#12) from a/b",
    "Undo: Merge pull request #12 from a/b",
  ];
  expect(numbers.map((message) => findPullNumber({ message }))).toEqual([
    "12",
    "12",
    undefined,
    undefined,
    "12",
    undefined,
  ]);
});

test("an id is found only as a whole word", () => {
  const texts = ["T-1", "(t-1):", "T-10", "T-1-x", "T-1.2", "XT-1", "X-T-1"];
  expect(texts.map((text) => mentions(text, "T-1"))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
