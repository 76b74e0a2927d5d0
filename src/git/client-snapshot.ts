// What the client's own git snapshot has of a working tree, to say what it costs.

import type { ClientSnapshot } from "../core/cost.ts";
import type { GitCaller } from "./hardened.ts";
import { readDefaultBranch } from "./refs.ts";
import { headBranchOf, type Repository } from "./repository.ts";
import { gitCallEnvironment } from "./settings-copy.ts";

/** Throws as `readGitState`. Null for a repository without a working tree or without a commit. */
export async function readClientSnapshot(
  repository: Repository,
  caller: GitCaller,
): Promise<ClientSnapshot | null> {
  if (repository.bare) return null;
  const { env } = await gitCallEnvironment(repository, caller);
  const call = { cwd: repository.worktree, env, timeoutMs: caller.timeoutMs };
  const run = (...args: string[]): Promise<string> => caller.run(["--no-pager", ...args], call);
  const [status, log] = await Promise.all([
    run("status", "--short", "--ignore-submodules=dirty"),
    run("log", "--oneline", "--no-show-signature", "--no-color", "-5").catch(() => null),
  ]);
  if (log === null) return null;
  const branch = headBranchOf(repository.gitDir) ?? "";
  const named = readDefaultBranch(repository)?.name.replace(/^origin\//, "");
  return { branch, defaultBranch: named ?? branch, status, log };
}
