// The branches of a repository with their last commits, for a person.

import type { ListedBranch } from "../core/report/report.ts";
import type { GitCaller } from "./hardened.ts";
import type { Repository } from "./repository.ts";
import { gitCallEnvironment } from "./settings-copy.ts";

const most = 200;
const fields =
  "refname:lstrip=2 committerdate:unix upstream:short upstream:track,nobracket contents:subject";

/** The latest first, at most 200; none where git does not answer in time. */
export async function listBranches(
  repository: Repository,
  caller: GitCaller,
): Promise<ListedBranch[]> {
  const format = `--format=${fields.replaceAll(/\S+ ?/g, (field) => `%(${field.trim()})%00`)}`;
  const args = ["for-each-ref", `--count=${most}`, "--sort=-committerdate", format, "refs/heads"];
  const { run, timeoutMs } = caller;
  const answer = await gitCallEnvironment(repository, caller)
    .then(({ env }) => run(args, { cwd: repository.worktree, env, timeoutMs }))
    .catch(() => "");
  return answer.split("\n").flatMap((line): ListedBranch[] => {
    const [name, seconds, upstream, track = "", subject = ""] = line.split("\0");
    if (!name) return [];
    const at = Number(seconds) * 1000;
    return [{ name, subject, at, upstream: upstream || null, track }];
  });
}
