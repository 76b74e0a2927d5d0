// The branches of a repository with their last commits, for a person.

import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ListedBranch } from "../core/report/report.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { GitCaller } from "./hardened.ts";
import type { Repository } from "./repository.ts";
import { gitCallEnvironment } from "./settings-copy.ts";

const most = 200;
const fields =
  "refname:lstrip=2 committerdate:unix upstream:short upstream:track,nobracket contents:subject";

const branchIn = (gitDir: string): string =>
  /^ref: refs\/heads\/(.+)$/m.exec(readSmallFile(join(gitDir, "HEAD"), 4096) ?? "")?.[1] ?? "";

/** Worktrees by branch. Read from files, because git runs with a copy of the settings and does not see worktrees. */
function worktreesOf({ commonDir, project }: Repository): Map<string, string> {
  const folder = join(commonDir, "worktrees");
  const names = existsSync(folder) ? readdirSync(folder).slice(0, most) : [];
  const linked = names.flatMap((name): [string, string][] => {
    const place = readSmallFile(join(folder, name, "gitdir"), 4096)?.replace(/\n$/, "");
    return place === undefined ? [] : [[branchIn(join(folder, name)), dirname(place)]];
  });
  return new Map([...linked, [branchIn(commonDir), project]]);
}

/** The latest first, at most 200; none if git does not answer in time. */
export async function listBranches(
  repository: Repository,
  caller: GitCaller,
): Promise<ListedBranch[]> {
  const format = `--format=${fields.replaceAll(/\S+ ?/g, (field) => `%(${field.trim()})%00`)}`;
  const args = ["for-each-ref", `--count=${most}`, "--sort=-committerdate", format, "refs/heads"];
  const { run, timeoutMs } = caller;
  const response = await gitCallEnvironment(repository, caller)
    .then(({ env }) => run(args, { cwd: repository.worktree, env, timeoutMs }))
    .catch(() => "");
  const worktrees = worktreesOf(repository);
  return response.split("\n").flatMap((line): ListedBranch[] => {
    const [name, seconds, upstream, track = "", subject = ""] = line.split("\0");
    if (!name) return [];
    const at = Number(seconds) * 1000;
    const worktree = worktrees.get(name) ?? null;
    return [{ name, subject, at, upstream: upstream || null, track, worktree }];
  });
}
