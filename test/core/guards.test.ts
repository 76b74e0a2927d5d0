import { describe, expect, test } from "vitest";
import {
  fileReason,
  parseGitCalls,
  gitReasons,
  isForcePush,
  noGuards,
} from "../../src/core/guards.ts";
import type { GuardSettings } from "../../src/core/guards.ts";
import { withDefinedFields } from "../../src/core/read.ts";

describe("the calls of git in a shell command", () => {
  test.for<[string, string[]]>([
    ["git commit -m x", ["commit -m x"]],
    ["cd a && git commit -m 'a && git push' ; git push", ["commit -m a && git push", "push"]],
    ["git -C dir -c a.b=c --no-pager commit", ["commit"]],
    ["/usr/bin/git push origin main", ["push origin main"]],
    ["GIT_DIR=x git push", ["push"]],
    ["sudo git push | cat", ["push"]],
    ['git "push" -f', ["push -f"]],
    ["(git push)", ["push"]],
    ["true\ngit push", ["push"]],
    ["echo git push", []],
    ["echo 'git push'", []],
    ["legit push", []],
    ["git", []],
    ["git -C", []],
    ["", []],
    ["git commit -m 'unfinished", ["commit -m ' unfinished"]],
  ])("%s", ([command, calls]) => {
    expect(parseGitCalls(command).map(({ verb, args }) => [verb, ...args].join(" "))).toEqual(
      calls,
    );
  });

  test("only the beginning of a very long command is read", () => {
    expect(parseGitCalls(`${"x ".repeat(20_000)}; git push`)).toEqual([]);
  });
});

describe("a push that may overwrite", () => {
  test.for([
    ["push --force", true],
    ["push -f origin main", true],
    ["push -uf origin main", true],
    ["push --force-with-lease=main", true],
    ["push --force-if-includes", true],
    ["push origin +main", true],
    ["push --mirror", true],
    ["push", false],
    ["push --follow-tags", false],
    ["push origin feature-f", false],
    ["push origin a+b", false],
    ["commit -f", false],
  ] as const)("%s: %s", ([words, expected]) => {
    const [verb = "", ...args] = words.split(" ");
    expect(isForcePush({ verb, args })).toBe(expected);
  });
});

describe("the reason for a guard to ask", () => {
  const all: GuardSettings = {
    ...noGuards,
    commit: true,
    forcePush: true,
    movedUpstream: true,
    edit: true,
  };
  const on = (branch: string | null, behind = 0) => ({
    branch,
    upstream: { name: "origin/main", behind },
  });
  const asked = (command: string, guards: GuardSettings, branch: string | null, behind = 0) =>
    gitReasons(parseGitCalls(command), guards, on(branch, behind));

  const onProtected = "this commits to the protected branch main";
  const overwriting = "this push can overwrite others' commits";
  const moved = (commits: string) => `origin/main has ${commits} that this branch lacks`;
  test.for<[string, string, string | null, number, string[]]>([
    ["a commit on a protected branch", "git commit", "main", 0, [onProtected]],
    ["a commit elsewhere", "git commit", "login", 0, []],
    ["a commit on no branch", "git commit", null, 0, []],
    ["a push by force", "git push -f", "login", 0, [overwriting]],
    ["a push to an upstream that moved", "git push", "login", 3, [moved("3 commits")]],
    ["a push that only looks", "git push --dry-run", "login", 3, []],
    ["a plain push", "git push", "login", 0, []],
    ["looking", "git status && git log", "main", 3, []],
    [
      "everything at once",
      "git commit && git push -f",
      "main",
      1,
      [onProtected, overwriting, moved("1 commit")],
    ],
  ])("%s", ([, command, branch, behind, concerns]) => {
    expect(asked(command, all, branch, behind)).toEqual(concerns);
  });

  test("does not exist unless that guard is switched on, and each guard has its own switch", () => {
    const command = "git commit && git push -f";
    expect(asked(command, noGuards, "main", 1)).toEqual([]);
    expect(asked(command, withDefinedFields(noGuards, { forcePush: true }), "main", 1)).toEqual([
      overwriting,
    ]);
    const release = withDefinedFields(all, { protectedBranches: ["release"] });
    expect(asked("git commit", release, "main")).toEqual([]);
    expect(asked("git commit", release, "release")).toEqual([
      "this commits to the protected branch release",
    ]);
  });

  test("is, for a file, that it is unmerged or that another session changed it", () => {
    const found = { path: "a", tree: null, at: null, key: "" };
    expect(fileReason([{ ...found, concern: "conflict" }])).toBe("it is unmerged");
    const others = "another live session has uncommitted changes in it";
    expect(fileReason([{ ...found, concern: "edited" }])).toBe(others);
    expect(fileReason([])).toBeNull();
  });
});
