// The bench's repository: any number of files, a feature branch, and a few uncommitted changes.

import { execFileSync } from "node:child_process";
import { mkdirSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface RepositoryOptions {
  files: number;
  /** Size in bytes of one tracked file of zeros; 0: no such file. */
  largestFile: number;
}

const gitEnvironment = {
  PATH: "/usr/bin:/bin",
  HOME: "/nonexistent",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Bench",
  GIT_AUTHOR_EMAIL: "bench@example.org",
  GIT_COMMITTER_NAME: "Bench",
  GIT_COMMITTER_EMAIL: "bench@example.org",
};

const lastWeek = new Date(Date.now() - 7 * 86_400_000);

/** Makes the repository in `folder`, which is created if missing. */
export function makeRepository(folder: string, { files, largestFile }: RepositoryOptions): void {
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]): void => {
    execFileSync("git", args, { cwd: folder, env: gitEnvironment, stdio: "ignore" });
  };
  git("init", "-q", "-b", "main");
  for (let index = 0; index < files; index += 1) {
    const place = join(folder, `src/part${index % 100}`);
    if (index < 100) mkdirSync(place, { recursive: true });
    const file = join(place, `file${index}.ts`);
    writeFileSync(file, `export const value${index} = ${index};\n`);
    // git reads files again that are as new as its index, which most files of a real repository are not.
    utimesSync(file, lastWeek, lastWeek);
  }
  if (largestFile > 0) {
    const file = join(folder, "large.bin");
    writeFileSync(file, "");
    truncateSync(file, largestFile);
    utimesSync(file, lastWeek, lastWeek);
  }
  git("add", ".");
  git("commit", "-q", "-m", "Begin");
  git("checkout", "-q", "-b", "feature/TASK-051-login");
  for (let index = 0; index < 3; index += 1) {
    writeFileSync(
      join(folder, `src/part${index}/file${index}.ts`),
      "export const changed = true;\n",
    );
  }
  writeFileSync(join(folder, "untracked.txt"), "x\n");
}
