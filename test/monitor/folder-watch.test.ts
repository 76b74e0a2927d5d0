// That a repository changed is seen at once in real folders, also where the system gives no notices.

import { mkdirSync, renameSync, rmSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createFolderWatch, type FolderWatch } from "../../src/monitor/folder-watch.ts";
import { gitFolders, refreshGit } from "../../src/monitor/git-refresh.ts";
import { createSimpleGit } from "../../src/git/simple-git-runner.ts";
import { temporaryCache } from "../support/cache.ts";
import { aGitProgram } from "../support/git-reading.ts";
import { clonedRepositories, repositoryAt, type TestRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

type Watch = typeof watch;
const unable = (() => {
  throw Object.assign(new Error("No space left"), { code: "ENOSPC" });
}) as unknown as Watch;
/** A watch that the system withdraws at once. */
const failing = ((folder: string, options: object, listener: () => void) => {
  const watcher = watch(folder, options, listener) as FSWatcher;
  setImmediate(() => watcher.emit("error", new Error("EMFILE")));
  return watcher;
}) as Watch;

function aWatch(watchFolder?: Watch): { folders: FolderWatch; seen: (string | null)[] } {
  const seen: (string | null)[] = [];
  const folders = createFolderWatch((_, name) => seen.push(name), watchFolder);
  onTestFinished(() => folders.follow(new Set()));
  return { folders, seen };
}

/** A repository with an upstream, and the folders that the monitor follows once it has read its state. */
async function aFollowed(watchFolder?: Watch, at?: (repository: TestRepository) => string) {
  const { clone: repository } = clonedRepositories();
  const program = aGitProgram();
  const [db, live, run] = [temporaryCache(), temporaryFolder(), createSimpleGit(program)];
  const worktree = at?.(repository) ?? repository.folder;
  const read = (): Promise<string | null> =>
    refreshGit({ db, live, program, run, timeoutMs: 5000, now: Date.now }, worktree);
  await read();
  const { folders, seen } = aWatch(watchFolder);
  const follow = (): void => folders.follow(new Set(gitFolders(db, worktree)));
  follow();
  return { repository, worktree, seen, follow, read, folders };
}

const others: Record<string, (repository: TestRepository) => void> = {
  "a switch of branch": ({ git }) => git("switch", "-q", "-c", "other"),
  "a commit": ({ git }) => git("commit", "-q", "--allow-empty", "-m", "x"),
  "a staged file": (repository) => {
    repository.write("new.txt", "x");
    repository.git("add", "new.txt");
  },
  "a moved upstream": ({ git }) =>
    git(
      "update-ref",
      "refs/remotes/origin/main",
      git("commit-tree", "HEAD^{tree}", "-m", "y").trim(),
    ),
  "packed references": ({ git }) => git("pack-refs", "--all"),
  "a started merge": (repository) =>
    repository.write(".git/MERGE_HEAD", repository.git("rev-parse", "HEAD")),
};

const ways: { way: string; watchFolder?: Watch }[] = [
  { way: "by the system's events" },
  { way: "at the system's limit", watchFolder: unable },
  { way: "after the system withdrew it", watchFolder: failing },
];

describe.each(ways)("a folder watch $way", ({ watchFolder }) => {
  test.for(Object.entries(others))("sees %s", async ([, change]) => {
    const { repository, seen, follow } = await aFollowed(watchFolder);
    await new Promise((done) => setTimeout(done, 20));
    follow();
    seen.length = 0;
    change(repository);
    await expect.poll(() => seen.length, { timeout: 2000 }).toBeGreaterThan(0);
  });

  test("does not report Sitrep's own reading", async () => {
    const { seen, read, follow } = await aFollowed(watchFolder);
    await new Promise((done) => setTimeout(done, 20));
    follow();
    seen.length = 0;
    for (let turn = 0; turn < 3; turn += 1) await read();
    follow();
    await new Promise((done) => setTimeout(done, 100));
    expect(seen).toEqual([]);
  });
});

test("a linked worktree's changes are seen in its own folder, and branches in the common folder", async () => {
  const other = join(temporaryFolder(), "other");
  const { repository, seen } = await aFollowed(undefined, ({ git }) => {
    git("worktree", "add", "-q", "-b", "other", other);
    return other;
  });
  repositoryAt(other).git("switch", "-q", "-c", "third");
  await expect.poll(() => seen).toContain("HEAD");
  seen.length = 0;
  repository.git("branch", "fourth");
  await expect.poll(() => seen).toContain("fourth");
});

test("a git folder that replaced another is followed", async () => {
  const { repository, seen, follow } = await aFollowed();
  const [now, old] = [join(repository.folder, ".git"), join(repository.folder, ".old")];
  renameSync(now, old);
  repository.git("init", "-q", "-b", "fresh");
  await expect.poll(() => seen.length).toBeGreaterThan(0);
  follow();
  seen.length = 0;
  repository.git("switch", "-q", "-c", "other");
  await expect.poll(() => seen).toContain("HEAD");
  expect(seen).toContain("HEAD");
});

test("the watches of a removed repository are closed without an error", async () => {
  let open = 0;
  const counted = ((folder: string, options: object, listener: () => void) => {
    open += 1;
    return watch(folder, options, listener).on("close", () => (open -= 1));
  }) as Watch;
  const { repository, follow } = await aFollowed(counted);
  expect(open).toBeGreaterThan(2);
  rmSync(repository.folder, { recursive: true });
  follow();
  await expect.poll(() => open).toBe(0);
  mkdirSync(repository.folder);
  follow();
});
