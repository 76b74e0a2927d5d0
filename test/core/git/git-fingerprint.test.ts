import { describe, expect, test } from "vitest";
import { gitFingerprint } from "../../../src/core/git/git-fingerprint.ts";
import type { GitState } from "../../../src/core/git/git-state.ts";
import { aGitState } from "../../support/builders.ts";

const upstream = { name: "origin/main", ahead: 1, behind: 0, gone: false };
const counts = { staged: 0, modified: 0, untracked: 0, conflicted: 0 };
const rebase = { kind: "rebase", step: 2, total: 5, branch: "login" } as const;
const base = aGitState({ upstream, counts, operation: rebase, stashes: 1 });

describe("the fingerprint differs when a brief would say something else", () => {
  test.for<[string, Partial<GitState>]>([
    ["another branch", { branch: "login" }],
    ["detached", { branch: null }],
    ["another commit", { head: "2".repeat(40) }],
    ["no commit", { head: null }],
    ["no upstream", { upstream: null }],
    ["another upstream", { upstream: { ...upstream, name: "fork/main" } }],
    ["further ahead", { upstream: { ...upstream, ahead: 2 } }],
    ["behind", { upstream: { ...upstream, behind: 1 } }],
    ["upstream gone", { upstream: { ...upstream, gone: true } }],
    ["staged", { counts: { ...counts, staged: 1 } }],
    ["modified", { counts: { ...counts, modified: 1 } }],
    ["untracked", { counts: { ...counts, untracked: 1 } }],
    ["in conflict", { counts: { ...counts, conflicted: 1 } }],
    ["no operation", { operation: null }],
    ["another operation", { operation: { ...rebase, kind: "am" } }],
    ["another step", { operation: { ...rebase, step: 3 } }],
    ["more steps", { operation: { ...rebase, total: 6 } }],
    ["one more stash", { stashes: 2 }],
    ["away from the default branch", { defaultBranch: { name: "main", commit: "2", ahead: 1 } }],
    ["behind the default branch", { defaultBranch: { name: "main", commit: "2", behind: 1 } }],
    ["pushed for the first time", { pushed: "yes" }],
    ["commits that nothing else has", { loose: 1 }],
    ["another file in conflict", { conflicts: ["a.ts"] }],
    ["a tag checked out", { tag: "v1" }],
    ["behind the project that it is a fork of", { fork: { name: "up", commit: "2", behind: 1 } }],
    ["a submodule at another commit", { submodules: ["lib"] }],
    ["a file that incoming commits change too", { overlap: ["a.ts"] }],
  ])("%s", ([, overrides]) => {
    expect(gitFingerprint({ ...base, ...overrides })).not.toBe(gitFingerprint(base));
  });

  test("a rebase of another branch changes the fingerprint", () => {
    const other = { ...base, operation: { ...rebase, branch: "checkout" } };
    expect(gitFingerprint(other)).not.toBe(gitFingerprint(base));
  });
});

describe("the fingerprint is the same when a brief would say the same", () => {
  test.for<[string, Partial<GitState>]>([
    ["an equal state", structuredClone(base)],
    ["commits read or not", { commits: [] }],
    ["each list read and empty", { conflicts: [], submodules: [], overlap: [] }],
    ["each count read and 0", { loose: 0, fork: { name: "up", commit: "2", behind: 0 } }],
    ["the default branch read or not", { defaultBranch: { name: "main", commit: "2" } }],
  ])("%s", ([, overrides]) => {
    expect(gitFingerprint({ ...base, ...overrides })).toBe(gitFingerprint(base));
  });
});
