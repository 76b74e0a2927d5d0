// Keeps a file out of `git status` by the repository's own exclude list, which is not committed.

import { existsSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { replaceFile } from "../small-files/replace-file.ts";
import { gitEnvironment } from "./hardened.ts";
import type { GitProgram, RunGit } from "./hardened.ts";
import type { Repository } from "./repository.ts";

const marker = "# sitrep";

function lines(repository: Repository, file: string): string {
  return `${marker}\n/${relative(repository.worktree, file).split(sep).join("/")}\n`;
}

async function isIgnored(
  repository: Repository,
  file: string,
  program: GitProgram,
  run: RunGit,
): Promise<boolean> {
  try {
    const env = gitEnvironment(program, repository.worktree, []);
    await run(["check-ignore", "-q", file], { cwd: repository.worktree, env, timeoutMs: 2000 });
    return true;
  } catch {
    return false;
  }
}

/** Adds the file to the exclude list unless it is ignored already. Gives the list that was changed, or null. */
export async function excludeFile(
  repository: Repository,
  file: string,
  program: GitProgram,
  run: RunGit,
): Promise<string | null> {
  if (await isIgnored(repository, file, program, run)) return null;
  const list = join(repository.commonDir, "info", "exclude");
  const before = existsSync(list) ? readFileSync(list, "utf8") : "";
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  replaceFile(list, `${before}${gap}${lines(repository, file)}`, { mode: 0o644 });
  return list;
}

/** Takes the file's lines out of the exclude list again. */
export function includeFile(repository: Repository, file: string, list: string): void {
  if (!existsSync(list)) return;
  const before = readFileSync(list, "utf8");
  const after = before.replace(lines(repository, file), "");
  if (after !== before) replaceFile(list, after, { mode: 0o644 });
}
