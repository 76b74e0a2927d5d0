// The git state for a hook: the monitor's when it is seconds old, else a call of its own inside a time box, else the
// last one known with its age.

import { SitrepError, codeOf } from "../core/errors.ts";
import type { GitView } from "../core/brief/git-lines.ts";
import type { GitRecord } from "../core/session.ts";
import type { GitProgram } from "../git/hardened.ts";
import { readGitState } from "../git/read-state.ts";
import { findRepository } from "../git/repository.ts";
import { createSpawnGit } from "../git/spawn-git.ts";
import type { GitReader } from "../hook/ports.ts";

/** The monitor's state counts as of this moment for so long. */
const atHandMs = 10_000;

function lastKnown(last: GitRecord | null, code: string): GitView {
  if (last?.snapshot == null) return { kind: "unknown", code };
  const { value, fetchedAt } = last.snapshot;
  return { kind: "state", state: value, readAt: fetchedAt, failure: { code } };
}

/** `program` null: git was not found when Sitrep was installed. */
export function createGitReader(
  program: GitProgram | null,
  timeBoxMs: number,
  report: (code: string) => void,
): GitReader {
  return async (place, last, now) => {
    if (!place.isRepository) return { kind: "no-repository" };
    const atHand = last?.snapshot ?? null;
    const age = atHand === null ? Number.POSITIVE_INFINITY : now - atHand.fetchedAt;
    if (atHand !== null && last?.failure == null && age >= 0 && age <= atHandMs) {
      return { kind: "state", state: atHand.value, readAt: atHand.fetchedAt, failure: null };
    }
    try {
      if (program === null) throw new SitrepError("git-missing", "git was not found.");
      const repository = findRepository(place.worktree);
      if (repository === null) return { kind: "no-repository" };
      const run = createSpawnGit(program);
      const options = { program, run, timeoutMs: timeBoxMs, extent: "status" } as const;
      const state = await readGitState(repository, options);
      return { kind: "state", state, readAt: now, failure: null };
    } catch (error) {
      const code = codeOf(error);
      report(code);
      return lastKnown(last, code);
    }
  };
}
