// The default branch of real repositories: what origin says, else main or master.

import { expect, test } from "vitest";
import { readState } from "../support/git-reading.ts";
import { temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";

interface Case {
  what: string;
  arm: (repository: TestRepository) => void;
  name: string | null;
}

const remote = (name: string, { git }: TestRepository): void =>
  void git("update-ref", `refs/remotes/origin/${name}`, "HEAD");

const pointOrigin = (name: string, { git }: TestRepository): void =>
  void git("symbolic-ref", "refs/remotes/origin/HEAD", `refs/remotes/origin/${name}`);

const cases: readonly Case[] = [
  { what: "a local main", arm: () => undefined, name: "main" },
  { what: "a local master", arm: ({ git }) => void git("branch", "-m", "master"), name: "master" },
  {
    what: "neither main nor master",
    arm: ({ git }) => void git("branch", "-m", "other"),
    name: null,
  },
  { what: "origin's main", arm: (repository) => remote("main", repository), name: "origin/main" },
  {
    what: "origin's master before a local main",
    arm: (repository) => remote("master", repository),
    name: "origin/master",
  },
  {
    what: "origin/HEAD, which names main",
    arm: (repository) => {
      remote("main", repository);
      remote("master", repository);
      pointOrigin("main", repository);
    },
    name: "origin/main",
  },
  {
    what: "origin/HEAD, which names master, before origin's main",
    arm: (repository) => {
      remote("main", repository);
      remote("master", repository);
      pointOrigin("master", repository);
    },
    name: "origin/master",
  },
  {
    what: "origin's main when origin/HEAD names a missing branch",
    arm: (repository) => {
      remote("main", repository);
      pointOrigin("gone", repository);
    },
    name: "origin/main",
  },
];

test.each(cases)("the default branch: $what", async ({ arm, name }) => {
  const repository = temporaryRepository();
  repository.commit("tracked", "one\n");
  arm(repository);
  const commit = repository.git("rev-parse", "HEAD").trim();
  const expected = name === null ? null : { name, commit };
  expect((await readState(repository.folder)).defaultBranch).toEqual(expected);
});

test.each([
  { what: "only trunk exists", others: [] },
  { what: "main exists too", others: ["main"] },
])("the default branch: origin/HEAD names trunk, $what", async ({ others }) => {
  const repository = temporaryRepository();
  repository.commit("tracked", "one\n");
  repository.git("branch", "-m", "trunk");
  for (const name of ["trunk", ...others]) remote(name, repository);
  pointOrigin("trunk", repository);
  const commit = repository.git("rev-parse", "HEAD").trim();
  const expected = { name: "origin/trunk", commit };
  expect((await readState(repository.folder)).defaultBranch).toEqual(expected);
});
