import type { GitState } from "./git-state.ts";

/** Equal for two states exactly when a brief says the same of both, apart from the fetch's age. */
export function gitFingerprint(state: GitState): string {
  const { branch, head, upstream, counts, operation, stashes, defaultBranch: base } = state;
  return JSON.stringify([
    branch,
    head,
    upstream && [upstream.name, upstream.ahead, upstream.behind, upstream.gone],
    [counts.staged, counts.modified, counts.untracked, counts.conflicted],
    operation && Object.entries(operation).toSorted(),
    stashes,
    [base?.ahead ?? 0, base?.behind ?? 0],
    [state.pushed ?? "", state.loose ?? 0, ...(state.conflicts ?? [])],
    [state.tag ?? "", state.fork?.behind ?? 0, state.submodules ?? [], state.overlap ?? []],
  ]);
}

export function isGitChanged(delivered: GitState | null, now: GitState | null): boolean {
  if (now === null) return false;
  return (
    delivered === null ||
    delivered.root !== now.root ||
    gitFingerprint(delivered) !== gitFingerprint(now)
  );
}
