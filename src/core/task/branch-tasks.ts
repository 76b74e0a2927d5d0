// Matches branches to tasks: by the ids in the name, by the task's `branch`, and by words if an id is not enough.

import type { Task } from "./task.ts";

/** `field`: the task names the branch. `maybe`: a task of another source has the same id. */
export type BranchLink = "id" | "field" | "maybe";

/** A tracker's key, `TASK-51`: whole, and not part of a date. */
const prefixedId = /(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9]*-\d+(?![A-Za-z0-9]|[-.]\d+(?:[-_/.]|$))/g;
/** A bare number: after `#`, at the start of a path segment, or after a word for a task. */
const bareNumber =
  /(?:#|(?:^|\/)(?:(?:issue|issues|gh|bug|fix|ticket|task|story|feature|feat)[-_]?)?)(\d+)(?=[-_/]|$)(?![-_.]\d)/g;
/** Below these, a number is a version or a date. */
const releases = /^(?:releases?|rel|versions?|v|hotfix(?:es)?)\//i;

/** `feature/TASK-51-login` gives `TASK-51`, `fix/51-login` gives `51`. */
export function idsInBranch(branch: string): string[] {
  const text = branch.slice(0, 255);
  const numbers = releases.test(text)
    ? []
    : [...text.matchAll(bareNumber)].map(([, id = ""]) => id);
  return [...new Set([...text.matchAll(prefixedId)].map(([id]) => id).concat(numbers))];
}

const lowerIds = (branch: string): Set<string> =>
  new Set(idsInBranch(branch).map((id) => id.toLowerCase()));

function branchMatcher(
  branch: string | null,
): (task: { id: string; branch?: string }) => BranchLink | null {
  if (branch === null) return () => null;
  const ids = lowerIds(branch);
  return (task) => {
    if (task.branch === branch) return "field";
    const id = task.id.replace(/^#/, "").toLowerCase();
    // A name with the task's id, such as the one that Linear suggests, does not exclude others with it.
    const isOnlyThere = task.branch !== undefined && !lowerIds(task.branch).has(id);
    return !isOnlyThere && ids.has(id) ? "id" : null;
  };
}

export const belongsToBranch = (
  task: { id: string; branch?: string },
  branch: string | null,
): boolean => branchMatcher(branch)(task) !== null;

/** Words without ids: `fix/T-14-login-timeout` has two. */
const wordsOf = (text: string): string[] =>
  text.toLowerCase().match(/[a-z\u00c0-\u024f\u0400-\u04ff]{3,}/g) ?? [];

export function sharesWord(branch: string, text: string): boolean {
  const said = new Set(wordsOf(text));
  return wordsOf(branch.replace(/^.*\//, "")).some((word) => said.has(word));
}

function bestSource(tasks: readonly Task[], branch: string): string | null {
  const ids = idsInBranch(branch).flatMap(wordsOf);
  const said = new Set(wordsOf(branch.replace(/^.*\//, "")).filter((word) => !ids.includes(word)));
  const shared = tasks.map(({ source, title, description = "" }) => {
    const own = new Set(wordsOf(`${title} ${description.slice(0, 500)}`));
    return { source, count: [...said].filter((word) => own.has(word)).length };
  });
  const [best, second] = shared.toSorted((left, right) => right.count - left.count);
  return best !== undefined && best.count > (second?.count ?? 0) ? best.source : null;
}

export function linker(
  pending: readonly Task[],
  branch: string | null,
): (task: Task) => BranchLink | null {
  const matches = branchMatcher(branch);
  const byId = pending.filter((task) => matches(task) === "id");
  if (branch === null || new Set(byId.map(({ source }) => source)).size < 2) return matches;
  const best = bestSource(byId, branch);
  return (task) => {
    const link = matches(task);
    if (link !== "id") return link;
    return best === null ? "maybe" : task.source === best ? "id" : null;
  };
}
