import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderNews } from "../../src/core/news/news-text.ts";
import { refUpdateTexts, type RefUpdate } from "../../src/core/brief/since-lines.ts";
import { findNews } from "../../src/core/news/news.ts";
import type { GitState } from "../../src/core/git/git-state.ts";
import { countRefUpdates } from "../../src/git/new-commits.ts";
import { readRemoteOrLocalRef, readRef } from "../../src/git/refs.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { aGitProgram, readState, repositoryOf } from "../support/git-reading.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { clonedRepositories, temporaryRepository } from "../support/repository.ts";
import type { TestRepository } from "../support/repository.ts";

const asBo = ["-c", "user.email=bo@example.org", "-c", "user.name=Bo"];

/** A clone on `main` that knows who its user is, and a way for others to push to its remote. */
function aClone(): Record<"push" | "own", (subject: string) => void> & { clone: TestRepository } {
  const { clone, colleague } = clonedRepositories();
  clone.git("config", "user.email", "ana@example.org");
  const push = (subject: string): void => {
    colleague.write("shared", `${subject}\n`);
    colleague.git(...asBo, "commit", "-q", "-a", "--author=Bo <bo@example.org>", "-m", subject);
    colleague.git("push", "-q", "origin", "main");
  };
  const own = (subject: string): void => {
    colleague.commit("own", `${subject}\n`, subject);
    colleague.git("push", "-q", "origin", "main");
  };
  return { clone, push, own };
}

async function movesSince(clone: TestRepository, delivered: GitState, branch = "main") {
  const program = aGitProgram();
  let calls = 0;
  const run = createSpawnGit(program);
  const refUpdates = await countRefUpdates(repositoryOf(clone.folder), delivered, branch, {
    program,
    timeoutMs: 10_000,
    run: (args, options) => {
      calls += 1;
      return run(args, options);
    },
  });
  return { refUpdates, calls };
}

describe("the branch changes since a session's brief", () => {
  test("are empty if nothing changed, and git does not run", async () => {
    const { clone } = aClone();
    const delivered = await readState(clone.folder);
    expect(await movesSince(clone, delivered)).toEqual({ refUpdates: [], calls: 0 });
  });

  test("include an upstream with commits by others, which is not repeated as the default branch", async () => {
    const { clone, push } = aClone();
    const delivered = await readState(clone.folder);
    push("one");
    push("two");
    clone.git("fetch", "-q");
    const notes = ["two", "one"].map((subject) => ({ author: "Bo", subject }));
    const about = { what: "upstream", name: "origin/main" } as const;
    const expected: RefUpdate[] = [{ ...about, commits: 2, others: 2, notes }];
    expect((await movesSince(clone, delivered)).refUpdates).toEqual(expected);
  });

  test("include the default branch while another branch is checked out", async () => {
    const { clone, push } = aClone();
    clone.git("checkout", "-q", "-b", "login");
    const delivered = await readState(clone.folder);
    push("one");
    clone.git("fetch", "-q");
    expect((await movesSince(clone, delivered, "login")).refUpdates).toEqual([
      {
        what: "default",
        name: "origin/main",
        commits: 1,
        others: 1,
        notes: [{ author: "Bo", subject: "one" }],
      },
    ]);
  });

  test("do not include the user's own commits, pushed or not", async () => {
    const { clone } = aClone();
    const delivered = await readState(clone.folder);
    clone.commit("mine", "1\n");
    clone.git("push", "-q");
    expect((await movesSince(clone, delivered)).refUpdates).toEqual([]);
  });

  test("do not include commits made in this working tree, whoever their author is", async () => {
    const { clone, push } = aClone();
    clone.git("config", "--unset", "user.email");
    const delivered = await readState(clone.folder);
    clone.commit("mine", "1\n");
    clone.git("cherry-pick", "--allow-empty", "--keep-redundant-commits", "HEAD");
    expect((await movesSince(clone, delivered)).refUpdates).toEqual([]);
    push("one");
    clone.git("pull", "-q", "--no-rebase", "--no-edit");
    const expected = { what: "branch", commits: 4, others: null };
    const { refUpdates } = await movesSince(clone, delivered);
    expect(refUpdates).toMatchObject([expected, { what: "upstream", commits: 1 }]);
    for (const { notes } of refUpdates) expect(notes).toEqual([{ author: "Bo", subject: "one" }]);
  });

  test("name the newest three of many commits by others", async () => {
    const { clone, push } = aClone();
    const delivered = await readState(clone.folder);
    for (const subject of ["c1", "c2", "c3", "c4"]) push(subject);
    clone.git("fetch", "-q");
    const [move] = (await movesSince(clone, delivered)).refUpdates;
    const subjects = clone.git("log", "-3", "--format=%s", "origin/main").trim().split("\n");
    expect(move?.notes?.map(({ subject }) => subject)).toEqual(subjects);
    const text =
      '4 new commits on this branch\'s upstream: "c4" by Bo, "c3" by Bo, "c2" by Bo and 1 more';
    expect(refUpdateTexts({ refUpdates: move === undefined ? [] : [move] })).toEqual([text]);
  });

  const newsSince = async ({ folder }: TestRepository, delivered: GitState) => {
    const git = await readState(folder);
    const known = { git: delivered, sources: {} };
    return findNews(known, { git, sources: {}, changes: [], peers: [] });
  };

  test("list an upstream's commits with their authors, and the user's own from another clone", async () => {
    const { clone, push, own } = aClone();
    const delivered = await readState(clone.folder);
    own("Merged on the web");
    clone.git("fetch", "-q");
    const mine = { author: "Ana", subject: "Merged on the web" };
    expect(await newsSince(clone, delivered)).toMatchObject([{ behind: 1, notes: [mine] }]);
    push("Fix the cart");
    clone.git("fetch", "-q");
    const items = await newsSince(clone, delivered);
    expect(items).toMatchObject([
      { behind: 2, notes: [{ author: "Bo", subject: "Fix the cart" }, mine] },
    ]);
    const text = renderNews({ items, git: null, at: "10:02", gitAgeMs: 0, now: 0 });
    expect(text).toContain('\n2 new commits on origin/main: "Fix the cart" by Bo, ');
  });

  test.each(["with its branch", "with its branch deleted"])(
    "do not include commits that another working tree of this repository pushed, %s",
    async (when) => {
      const { clone } = aClone();
      const delivered = await readState(clone.folder);
      const other = join(temporaryFolder(), "other");
      clone.git("worktree", "add", "-q", "-b", "other", other);
      clone.git("-C", other, "commit", "-q", "--allow-empty", "-m", "mine");
      clone.git("-C", other, "push", "-q", "origin", "other:main");
      if (when === "when its branch is gone") {
        clone.git("worktree", "remove", "--force", other);
        clone.git("branch", "-q", "-D", "other");
      }
      expect((await readState(clone.folder)).upstream?.behind).toBe(1);
      expect(await newsSince(clone, delivered)).toEqual([]);
    },
  );

  test("do not include the user's own commits that a local branch already has", async () => {
    const { clone, own } = aClone();
    const delivered = await readState(clone.folder);
    own("mine, of another clone");
    clone.git("fetch", "-q");
    clone.git("branch", "-q", "merged", "origin/main");
    expect(await newsSince(clone, delivered)).toEqual([]);
  });

  test("attribute no commit to others while the user is unknown", async () => {
    const { clone, push } = aClone();
    clone.git("config", "--unset", "user.email");
    const delivered = await readState(clone.folder);
    push("one");
    clone.git("fetch", "-q");
    expect((await movesSince(clone, delivered)).refUpdates).toMatchObject([
      { commits: 1, others: null },
    ]);
  });

  test("have no count if the old commit no longer exists", async () => {
    const { clone } = aClone();
    const delivered = { ...(await readState(clone.folder)), head: "1".repeat(40) };
    expect((await movesSince(clone, delivered)).refUpdates).toEqual([
      { what: "branch", name: "main", commits: null, others: null, notes: [] },
    ]);
  });

  test("pass only commit ids to git", async () => {
    const { clone } = aClone();
    const delivered = { ...(await readState(clone.folder)), head: "--output=/tmp/x" };
    expect(await movesSince(clone, delivered)).toEqual({ refUpdates: [], calls: 0 });
  });
});

describe("the commit of a branch, read without git,", () => {
  test("is found in loose and packed refs, local and remote", async () => {
    const { clone } = aClone();
    const { commonDir } = repositoryOf(clone.folder);
    const id = clone.git("rev-parse", "HEAD").trim();
    const found = () => [
      readRemoteOrLocalRef(commonDir, "origin/main"),
      readRemoteOrLocalRef(commonDir, "main"),
      readRemoteOrLocalRef(commonDir, "missing"),
    ];
    expect(found()).toEqual([id, id, null]);
    clone.git("pack-refs", "--all");
    expect(found()).toEqual([id, id, null]);
  });

  test("is not read for a name that leads out of the refs folder", () => {
    const { folder } = temporaryRepository();
    const { commonDir } = repositoryOf(folder);
    writeFileSync(join(folder, "secret"), "a".repeat(40));
    expect(readRef(commonDir, "refs/heads/../../../secret")).toBeNull();
    expect(readRef(commonDir, "HEAD")).toBeNull();
  });

  test("is unknown if the file has other content", () => {
    const { folder } = temporaryRepository();
    const { commonDir } = repositoryOf(folder);
    mkdirSync(join(commonDir, "refs/heads"), { recursive: true });
    writeFileSync(join(commonDir, "refs/heads/odd"), "ref: refs/heads/main\n");
    expect(readRef(commonDir, "refs/heads/odd")).toBeNull();
  });
});
