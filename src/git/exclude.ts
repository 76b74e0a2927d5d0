// Keeps a file out of `git status` by the repository's own exclude list, which is not committed.

import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import type { GitProgram, RunGit } from "./hardened.ts";
import type { Repository } from "./repository.ts";
import { gitCallEnvironment } from "./settings-copy.ts";

const marker = "# sitrep";

const largestList = 1024 * 1024;

/** What is added, in the way of the list: one whose last line has no end is given none. */
function additions(repository: Repository, file: string): { after: string; before: string } {
  const pattern = `/${relative(repository.worktree, file).split(sep).join("/")}`;
  return { after: `${marker}\n${pattern}\n`, before: `\n${marker}\n${pattern}` };
}

async function isIgnored(
  repository: Repository,
  file: string,
  program: GitProgram,
  run: RunGit,
): Promise<boolean> {
  try {
    const timeoutMs = 2000;
    const { env } = await gitCallEnvironment(repository, { program, run, timeoutMs });
    await run(["check-ignore", "-q", file], { cwd: repository.worktree, env, timeoutMs });
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
  const before = existsSync(list) ? readSmallFile(list, largestList) : "";
  // Something that is no file, or beyond all measure: it is not ours to mend.
  if (before === null || before.length >= largestList) return null;
  const { after: whole, before: open } = additions(repository, file);
  const isOpen = before !== "" && !before.endsWith("\n");
  replaceFile(list, before + (isOpen ? open : whole), { mode: 0o644 });
  return list;
}

/** Takes the file's lines out of the exclude list again. */
export function includeFile(repository: Repository, file: string, list: string): void {
  const before = readSmallFile(list, largestList);
  if (before === null) return;
  const { after: whole, before: open } = additions(repository, file);
  const after = before.endsWith(open) ? before.slice(0, -open.length) : before.replace(whole, "");
  if (after !== before) replaceFile(list, after, { mode: 0o644 });
}
