// Keeps a file out of `git status` through the repository's own exclude list, which is not committed.

import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import type { GitProgram, RunGit } from "./hardened.ts";
import type { Repository } from "./repository.ts";
import { gitCallEnvironment } from "./settings-copy.ts";

const largestList = 1024 * 1024;

/** The added lines for a file; `open`: for a list without a final newline, which then still has none. */
function linesFor(repository: Repository, file: string): { lines: string; open: string } {
  const pattern = `/${relative(repository.worktree, file).split(sep).join("/")}`;
  return { lines: `# sitrep\n${pattern}\n`, open: `\n# sitrep\n${pattern}` };
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

export async function excludeFile(
  repository: Repository,
  file: string,
  program: GitProgram,
  run: RunGit,
): Promise<string | null> {
  if (await isIgnored(repository, file, program, run)) return null;
  const list = join(repository.commonDir, "info", "exclude");
  const before = existsSync(list) ? readSmallFile(list, largestList) : "";
  // Not a file, or far too large: a person has to repair that.
  if (before === null || before.length >= largestList) return null;
  const { lines, open } = linesFor(repository, file);
  const isOpen = before !== "" && !before.endsWith("\n");
  replaceFile(list, before + (isOpen ? open : lines), { mode: 0o644 });
  return list;
}

export function includeFile(repository: Repository, file: string, list: string): void {
  const before = readSmallFile(list, largestList);
  if (before === null) return;
  const { lines, open } = linesFor(repository, file);
  const after = before.endsWith(open) ? before.slice(0, -open.length) : before.replace(lines, "");
  if (after !== before) replaceFile(list, after, { mode: 0o644 });
}
