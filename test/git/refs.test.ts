import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RefMove } from "../../src/core/brief/since-lines.ts";
import type { GitState } from "../../src/core/git-state.ts";
import { countMoves, readBranchRef, readRef } from "../../src/git/refs.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { aGitProgram, readState, repositoryOf } from "../support/git-reading.ts";
import { clonedRepositories, temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";

const asBo = ["-c", "user.email=bo@example.org", "-c", "user.name=Bo"];

/** A clone on `main` that knows who its user is, and a way for others to push to its remote. */
function aClone(): { clone: TestRepository; push: (subject: string) => void } {
  const { clone, colleague } = clonedRepositories();
  clone.git("config", "user.email", "ana@example.org");
  const push = (subject: string): void => {
    colleague.write("shared", `${subject}\n`);
    colleague.git(...asBo, "commit", "-q", "-a", "--author=Bo <bo@example.org>", "-m", subject);
    colleague.git("push", "-q", "origin", "main");
  };
  return { clone, push };
}

async function movesSince(clone: TestRepository, delivered: GitState, branch = "main") {
  const program = aGitProgram();
  let calls = 0;
  const run = createSpawnGit(program);
  const moves = await countMoves(repositoryOf(clone.folder), delivered, branch, {
    program,
    timeoutMs: 10_000,
    run: (args, options) => {
      calls += 1;
      return run(args, options);
    },
  });
  return { moves, calls };
}

describe("since the repository was reported to a session", () => {
  test("nothing moved, and git is not started", async () => {
    const { clone } = aClone();
    const delivered = await readState(clone.folder);
    expect(await movesSince(clone, delivered)).toEqual({ moves: [], calls: 0 });
  });

  test("the upstream has commits of others, and the default branch is not named twice", async () => {
    const { clone, push } = aClone();
    const delivered = await readState(clone.folder);
    push("one");
    push("two");
    clone.git("fetch", "-q");
    const expected: RefMove[] = [{ what: "upstream", name: "origin/main", commits: 2, others: 2 }];
    expect((await movesSince(clone, delivered)).moves).toEqual(expected);
  });

  test("the default branch moved while another one is checked out", async () => {
    const { clone, push } = aClone();
    clone.git("checkout", "-q", "-b", "login");
    const delivered = await readState(clone.folder);
    push("one");
    clone.git("fetch", "-q");
    expect((await movesSince(clone, delivered, "login")).moves).toEqual([
      { what: "default", name: "origin/main", commits: 1, others: 1 },
    ]);
  });

  test("the branch has commits of one's own, and pushing them is no news of the upstream", async () => {
    const { clone } = aClone();
    const delivered = await readState(clone.folder);
    clone.commit("mine", "1\n");
    clone.git("push", "-q");
    expect((await movesSince(clone, delivered)).moves).toEqual([
      { what: "branch", name: "main", commits: 1, others: 0 },
    ]);
  });

  test("who is the user is not known: nobody is counted as another", async () => {
    const { clone, push } = aClone();
    clone.git("config", "--unset", "user.email");
    const delivered = await readState(clone.folder);
    push("one");
    clone.git("fetch", "-q");
    expect((await movesSince(clone, delivered)).moves).toMatchObject([
      { commits: 1, others: null },
    ]);
  });

  test("a commit that is no longer there is not counted", async () => {
    const { clone } = aClone();
    const delivered = { ...(await readState(clone.folder)), head: "1".repeat(40) };
    expect((await movesSince(clone, delivered)).moves).toEqual([
      { what: "branch", name: "main", commits: null, others: null },
    ]);
  });

  test("what is no commit id is never given to git", async () => {
    const { clone } = aClone();
    const delivered = { ...(await readState(clone.folder)), head: "--output=/tmp/x" };
    expect(await movesSince(clone, delivered)).toEqual({ moves: [], calls: 0 });
  });
});

describe("where a branch is, read without git", () => {
  test("is found loose and packed, here and of a remote", async () => {
    const { clone } = aClone();
    const { commonDir } = repositoryOf(clone.folder);
    const id = clone.git("rev-parse", "HEAD").trim();
    const found = () => [
      readBranchRef(commonDir, "origin/main"),
      readBranchRef(commonDir, "main"),
      readBranchRef(commonDir, "missing"),
    ];
    expect(found()).toEqual([id, id, null]);
    clone.git("pack-refs", "--all");
    expect(found()).toEqual([id, id, null]);
  });

  test("of a name that leads elsewhere is not read", () => {
    const { folder } = temporaryRepository();
    const { commonDir } = repositoryOf(folder);
    writeFileSync(join(folder, "secret"), "a".repeat(40));
    expect(readRef(commonDir, "refs/heads/../../../secret")).toBeNull();
    expect(readRef(commonDir, "HEAD")).toBeNull();
  });

  test("of a file that holds something else is not known", () => {
    const { folder } = temporaryRepository();
    const { commonDir } = repositoryOf(folder);
    mkdirSync(join(commonDir, "refs/heads"), { recursive: true });
    writeFileSync(join(commonDir, "refs/heads/odd"), "ref: refs/heads/main\n");
    expect(readRef(commonDir, "refs/heads/odd")).toBeNull();
  });
});
