// Makes real git repositories for tests, with a git that reads only the test's own settings.

import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onceInRun } from "./once-in-run.ts";
import { outputOf } from "./run-program.ts";
import { temporaryFolder } from "./temporary.ts";

export interface TestRepository {
  folder: string;
  /** Runs git in the repository and returns its output. */
  git: (...args: string[]) => string;
  /** Writes a file below the repository. */
  write: (path: string, text: string) => void;
  /** Writes a file and commits it. */
  commit: (path: string, text: string, subject?: string) => void;
}

/** The environment of git in tests: no global or system settings, a fixed author and date. */
export const plainGitEnvironment: Record<string, string> = {
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Ana",
  GIT_AUTHOR_EMAIL: "ana@example.org",
  GIT_COMMITTER_NAME: "Ana",
  GIT_COMMITTER_EMAIL: "ana@example.org",
  GIT_AUTHOR_DATE: "2026-11-20T10:00:00Z",
  GIT_COMMITTER_DATE: "2026-11-20T10:00:00Z",
};

export function repositoryAt(folder: string): TestRepository {
  const git = (...args: string[]): string =>
    outputOf("git", args, { cwd: folder, env: plainGitEnvironment });
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  return {
    folder,
    git,
    write,
    commit: (path, text, subject = `change ${path}`) => {
      write(path, text);
      git("add", "--", path);
      git("commit", "-q", "-m", subject);
    },
  };
}

/** Makes a folder a repository on branch `main`, without commits: a copy of `git init`'s, without sample hooks. */
export function newRepositoryAt(folder: string): TestRepository {
  const made = onceInRun("repository", (first) => {
    repositoryAt(first).git("init", "-q", "-b", "main");
    const hooks = join(first, ".git/hooks");
    rmSync(hooks, { recursive: true, force: true });
    mkdirSync(hooks);
  });
  cpSync(made, folder, { recursive: true });
  return repositoryAt(folder);
}

/** Makes a repository on branch `main`, without commits, that is removed at the end of the test. */
export const temporaryRepository = (): TestRepository =>
  newRepositoryAt(temporaryFolder("sitrep-repo-"));

export interface Clones {
  clone: TestRepository;
  colleague: TestRepository;
}

/**
 * Makes two clones of one bare remote whose `main` has one commit. Both track `origin/main`.
 * `begin`: the next steps in the clones, which run once in a run for all callers with the same name.
 */
export function clonedRepositories(name?: string, begin?: (clones: Clones) => void): Clones {
  let begun = onceInRun("clones", (first) => {
    const parent = repositoryAt(first);
    parent.git("init", "-q", "--bare", "-b", "main", "remote.git");
    parent.git("clone", "-q", "remote.git", "colleague");
    const colleague = repositoryAt(join(first, "colleague"));
    colleague.commit("shared", "1\n", "shared");
    colleague.git("push", "-q", "origin", "main");
    parent.git("clone", "-q", "remote.git", "clone");
  });
  if (name !== undefined && begin !== undefined) {
    const plain = begun;
    begun = onceInRun(`clones ${name.replaceAll("/", " ")}`, (first) =>
      begin(copyClones(plain, first)),
    );
  }
  return copyClones(begun, temporaryFolder());
}

function copyClones(from: string, folder: string): Clones {
  cpSync(from, folder, { recursive: true });
  const cloneIn = (name: string): TestRepository => {
    const clone = repositoryAt(join(folder, name));
    clone.git("remote", "set-url", "origin", join(folder, "remote.git"));
    return clone;
  };
  return { clone: cloneIn("clone"), colleague: cloneIn("colleague") };
}
