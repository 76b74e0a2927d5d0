// The operation that a real repository is in the middle of.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { GitOperation } from "../../src/core/git/git-state.ts";
import { findOperation } from "../../src/git/ongoing-operation.ts";
import { makeFifo } from "../support/git-fifo.ts";
import { readState } from "../support/git-reading.ts";
import { plainGitEnvironment, temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Runs a git command that stops half-way. */
function stop({ folder }: TestRepository, ...args: string[]): void {
  const env = { ...plainGitEnvironment, GIT_EDITOR: "true", GIT_SEQUENCE_EDITOR: "true" };
  expect(spawnSync("git", args, { cwd: folder, env }).status).not.toBe(0);
}

/** `main` and `feature/a` change one file in different ways; `feature/a`, of three commits, is checked out. */
function divergedRepository(): TestRepository {
  const repository = temporaryRepository();
  const { git, commit } = repository;
  commit("tracked", "base\n", "base");
  git("checkout", "-q", "-b", "feature/a");
  commit("one", "1\n", "one");
  commit("tracked", "feature\n", "two");
  commit("three", "3\n", "three");
  git("checkout", "-q", "main");
  commit("tracked", "main\n", "main");
  git("checkout", "-q", "feature/a");
  return repository;
}

interface Case {
  what: string;
  begin: (repository: TestRepository) => void;
  operation: GitOperation;
  branch: string | null;
  conflicted: number;
}

const anId = expect.stringMatching(/^[0-9a-f]{9}$/) as string;

const cases: readonly Case[] = [
  {
    what: "a merge",
    begin: (repository) => stop(repository, "merge", "main"),
    operation: { kind: "merge", other: "main" },
    branch: "feature/a",
    conflicted: 1,
  },
  {
    what: "a rebase, with its step and its branch",
    begin: (repository) => stop(repository, "rebase", "main"),
    operation: {
      kind: "rebase",
      step: 2,
      total: 3,
      branch: "feature/a",
      other: "main",
      subject: "two",
    },
    branch: null,
    conflicted: 1,
  },
  {
    what: "a rebase by patches, with its step and its branch",
    begin: (repository) => stop(repository, "rebase", "--apply", "main"),
    operation: {
      kind: "rebase",
      step: 2,
      total: 3,
      branch: "feature/a",
      other: "main",
      subject: "two",
    },
    branch: null,
    conflicted: 1,
  },
  {
    what: "an interactive rebase",
    begin: (repository) => stop(repository, "rebase", "-i", "main"),
    operation: {
      kind: "rebase",
      step: 2,
      total: 3,
      branch: "feature/a",
      other: "main",
      subject: "two",
    },
    branch: null,
    conflicted: 1,
  },
  {
    what: "a rebase of a detached HEAD",
    begin: (repository) => {
      repository.git("checkout", "-q", "--detach");
      stop(repository, "rebase", "main");
    },
    operation: { kind: "rebase", step: 2, total: 3, other: "main", subject: "two" },
    branch: null,
    conflicted: 1,
  },
  {
    what: "a cherry-pick",
    begin: (repository) => stop(repository, "cherry-pick", "main"),
    operation: { kind: "cherry-pick", other: anId, subject: "main" },
    branch: "feature/a",
    conflicted: 1,
  },
  {
    what: "a revert",
    begin: (repository) => {
      repository.commit("tracked", "again\n");
      stop(repository, "revert", "HEAD~2");
    },
    operation: { kind: "revert", other: anId, subject: "two" },
    branch: "feature/a",
    conflicted: 1,
  },
  {
    what: "a bisect",
    begin: ({ git }) => void git("bisect", "start", "HEAD", "HEAD~3"),
    operation: { kind: "bisect", branch: "feature/a", good: 1, bad: 1 },
    branch: null,
    conflicted: 0,
  },
  {
    what: "patches by mail, with their step",
    begin: (repository) => {
      const patches = repository.git("format-patch", "--stdout", "HEAD~3");
      repository.git("checkout", "-q", "main");
      const mail = join(temporaryFolder(), "mail");
      writeFileSync(mail, patches);
      stop(repository, "am", mail);
    },
    operation: { kind: "am", step: 2, total: 3, subject: "two" },
    branch: "main",
    conflicted: 0,
  },
];

describe("an operation in progress", () => {
  test.each(cases)(
    "F49: an operation in progress is recognized: $what",
    async ({ begin, operation, branch, conflicted }) => {
      const repository = divergedRepository();
      begin(repository);
      const state = await readState(repository.folder);
      expect(state.operation).toEqual(operation);
      expect(state.branch).toBe(branch);
      expect(state.counts.conflicted).toBe(conflicted);
    },
  );

  test("ends when it is aborted", async () => {
    const repository = divergedRepository();
    stop(repository, "rebase", "main");
    repository.git("rebase", "--abort");
    expect(await readState(repository.folder)).toMatchObject({
      operation: null,
      branch: "feature/a",
    });
  });

  test.each(["cherry-pick", "revert"] as const)(
    "of one worktree is not seen in another: %s",
    async (kind) => {
      const repository = divergedRepository();
      const linked = join(temporaryFolder(), "linked");
      repository.git("worktree", "add", "-q", linked, "main");
      repository.commit("tracked", "again\n");
      stop(repository, kind, kind === "revert" ? "HEAD~2" : "main");
      expect((await readState(repository.folder)).operation).toMatchObject({ kind });
      expect((await readState(linked)).operation).toBeNull();
    },
  );

  // git itself goes on saying "Cherry-pick currently in progress": .git/sequencer is there, CHERRY_PICK_HEAD is not.
  test.each(["cherry-pick", "revert"] as const)(
    "of several commits lasts until the last one: %s",
    async (kind) => {
      const repository = divergedRepository();
      const { git, write } = repository;
      if (kind === "cherry-pick") {
        git("checkout", "-q", "main");
        stop(repository, kind, "feature/a~2", "feature/a~1", "feature/a");
      } else {
        repository.commit("tracked", "again\n");
        stop(repository, kind, "HEAD~2", "HEAD~3");
      }
      write("tracked", "solved\n");
      git("add", "tracked");
      git("commit", "-qm", "solved");
      expect(git("status")).toMatch(/(Cherry-pick|Revert) currently in progress/);
      expect((await readState(repository.folder)).operation).toEqual({ kind });
    },
  );
});

describe("the files of an operation", () => {
  test.each([
    { what: "no steps", files: {} },
    { what: "steps that are not numbers", files: { msgnum: "x", end: "y" } },
    { what: "a step without a total", files: { msgnum: "1" } },
    { what: "a detached head", files: { "head-name": "detached HEAD\n" } },
  ])("give only its kind for a rebase with $what", ({ files }) => {
    const gitDir = temporaryFolder();
    mkdirSync(join(gitDir, "rebase-merge"));
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(gitDir, "rebase-merge", name), text);
    }
    expect(findOperation({ gitDir, commonDir: gitDir })).toEqual({ kind: "rebase" });
  });

  test("are ignored if they are folders", () => {
    const gitDir = temporaryFolder();
    mkdirSync(join(gitDir, "rebase-merge/msgnum"), { recursive: true });
    mkdirSync(join(gitDir, "rebase-merge/head-name"));
    expect(findOperation({ gitDir, commonDir: gitDir })).toEqual({ kind: "rebase" });
  });

  test("F55: files of an operation that are FIFOs do not hang the reading", () => {
    const gitDir = temporaryFolder();
    mkdirSync(join(gitDir, "rebase-merge"));
    for (const name of ["msgnum", "end", "head-name"]) {
      makeFifo(join(gitDir, "rebase-merge", name));
    }
    expect(findOperation({ gitDir, commonDir: gitDir })).toEqual({ kind: "rebase" });
  });

  test("mean no operation if they are missing", () => {
    const gitDir = join(temporaryFolder(), "gone");
    expect(findOperation({ gitDir, commonDir: gitDir })).toBeNull();
  });
});
