// Which git is used: never one that a repository could have put there.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { findGit, requireGitVersion } from "../../src/git/find-git.ts";
import { createCanary, writeProgram } from "../support/git-canary.ts";
import { aGitProgram, gitFile, readState, runners } from "../support/git-reading.ts";
import { plainGitEnvironment, temporaryRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

const realFolder = dirname(gitFile);
const pathOf = (...entries: string[]): string => entries.join(delimiter);

/** A repository with a `git` of its own in a folder of it, which is the canary. */
function repositoryWithGit(folderName = "."): {
  folder: string;
  planted: string;
  hasFired: () => boolean;
} {
  const { folder } = temporaryRepository();
  const canary = createCanary();
  const planted = join(folder, folderName);
  mkdirSync(planted, { recursive: true });
  writeProgram(join(planted, "git"), canary.program);
  return { folder, planted, hasFired: canary.hasFired };
}

describe("A10: a git that a repository planted", () => {
  test.each([
    { what: "a dot in PATH", entry: ".", folderName: "." },
    { what: "an empty entry in PATH", entry: "", folderName: "." },
    { what: "a relative entry in PATH", entry: "tools/bin", folderName: "tools/bin" },
  ])("is not found by $what, while a shell starts it", async ({ entry, folderName }) => {
    const { folder, hasFired } = repositoryWithGit(folderName);
    const path = pathOf(entry, realFolder);
    const file = findGit(path, folder);
    expect(file).toBe(gitFile);
    for (const { create } of runners) {
      const program = aGitProgram({ file: file ?? "" });
      await readState(folder, { program, run: create(program) });
    }
    expect(hasFired()).toBe(false);
    const env = { ...plainGitEnvironment, PATH: path };
    spawnSync("/bin/sh", ["-c", "git status"], { cwd: folder, env });
    expect(hasFired()).toBe(true);
  });

  test("is not found by an absolute entry inside the project", () => {
    const { folder, planted } = repositoryWithGit("node_modules/.bin");
    expect(findGit(pathOf(planted, realFolder), folder)).toBe(gitFile);
    expect(findGit(planted, folder)).toBeNull();
  });

  test("is not found by a link into the project", () => {
    const { folder, planted } = repositoryWithGit("bin");
    const outside = temporaryFolder();
    symlinkSync(join(planted, "git"), join(outside, "git"));
    symlinkSync(planted, join(outside, "bin"));
    const path = pathOf(outside, join(outside, "bin"), realFolder);
    expect(findGit(path, folder)).toBe(gitFile);
  });

  test("is not found if the project path is a symlink", () => {
    const { folder, planted } = repositoryWithGit("bin");
    const link = join(temporaryFolder(), "project");
    symlinkSync(folder, link);
    expect(findGit(pathOf(planted, join(link, "bin"), realFolder), link)).toBe(gitFile);
  });

  // `relative()` gives "..bin/git", which begins like a way out of the project.
  test("is not found in a folder whose name starts with two dots", () => {
    const { folder, planted } = repositoryWithGit("..bin");
    expect(findGit(pathOf(planted, realFolder), folder)).toBe(gitFile);
  });

  // Anyone who can write the project can let the link lead elsewhere once it is chosen.
  test("is not found as a link in the project to a git outside", () => {
    const { folder } = temporaryRepository();
    mkdirSync(join(folder, "bin"));
    symlinkSync(gitFile, join(folder, "bin/git"));
    expect(findGit(pathOf(join(folder, "bin"), realFolder), folder)).toBe(gitFile);
  });
});

describe("findGit", () => {
  test("gives the first git of the PATH", () => {
    const first = temporaryFolder();
    writeProgram(join(first, "git"), "exit 0");
    const path = pathOf(temporaryFolder(), first, realFolder);
    expect(findGit(path, temporaryFolder())).toBe(join(first, "git"));
  });

  test("gives a git in a sibling folder whose name starts like the project's", () => {
    const parent = temporaryFolder();
    for (const name of ["shop", "shop-tools"]) mkdirSync(join(parent, name));
    writeProgram(join(parent, "shop-tools/git"), "exit 0");
    const found = findGit(join(parent, "shop-tools"), join(parent, "shop"));
    expect(found).toBe(join(parent, "shop-tools/git"));
  });

  test.each(["", ":", ".", "relative/bin", "/nonexistent"])(
    "A10: gives null for PATH %j",
    (path) => {
      expect(findGit(path, temporaryFolder())).toBeNull();
    },
  );

  test("gives a git for a project that does not exist", () => {
    expect(findGit(realFolder, "/nonexistent/project")).toBe(gitFile);
  });

  // A folder is executable too: a PATH entry that holds a clone of git.git, say.
  test("ignores a folder named git", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "git"));
    expect(findGit(pathOf(folder, realFolder), temporaryFolder())).toBe(gitFile);
  });

  test("ignores a file that is not executable", () => {
    const folder = temporaryFolder();
    symlinkSync("/etc/passwd", join(folder, "git"));
    expect(findGit(pathOf(folder, realFolder), temporaryFolder())).toBe(gitFile);
  });
});

describe("requireGitVersion", () => {
  const gitSaying = (text: string): string =>
    writeProgram(join(temporaryFolder(), "git"), `echo '${text}'`);

  test("accepts the machine's git", () => {
    expect(requireGitVersion(gitFile)).toMatch(/^\d+\.\d+/);
  });

  test("keeps the environment, which may hold secrets, from git", () => {
    vi.stubEnv("TASKS_KEY", "canary-4c1e");
    const seen = join(temporaryFolder(), "environment");
    const file = writeProgram(
      join(temporaryFolder(), "git"),
      `env > '${seen}'; echo 'git version 2.40.0'`,
    );
    expect(requireGitVersion(file)).toBe("2.40.0");
    expect(readFileSync(seen, "utf8")).toContain("LC_ALL=C");
    expect(readFileSync(seen, "utf8")).not.toContain("canary-4c1e");
    vi.unstubAllEnvs();
  });

  test.each([
    ["git version 2.31.0", "2.31.0"],
    ["git version 2.31", "2.31"],
    ["git version 2.39.5 (Apple Git-154)", "2.39.5"],
    ["git version 2.54.0.windows.1", "2.54.0"],
    ["git version 2.50.0.rc1.3.gabcdef", "2.50.0"],
    ["git version 3.0.0", "3.0.0"],
  ])("accepts %j", (text, version) => {
    expect(requireGitVersion(gitSaying(text))).toBe(version);
  });

  test.each(["git version 2.30.9", "git version 1.99.0", "hub 1", ""])(
    "F47: refuses %j as git-too-old",
    (text) => {
      const file = gitSaying(text);
      expect(() => requireGitVersion(file)).toThrow(
        expect.objectContaining({ code: "git-too-old" }),
      );
    },
  );

  test.each([
    { what: "is missing", body: null },
    { what: "fails", body: "exit 1" },
    { what: "is ended by a signal", body: "kill -9 $$" },
  ])("refuses a git that $what as git-missing", ({ body }) => {
    const file = join(temporaryFolder(), "git");
    if (body !== null) writeProgram(file, body);
    expect(() => requireGitVersion(file)).toThrow(expect.objectContaining({ code: "git-missing" }));
  });
});
