// Reads git's state: the monitor's if seconds old, else a call with a time limit, else the last known.

import { rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { SitrepError, codeOf } from "../core/errors.ts";
import type { GitView } from "../core/brief/git-lines.ts";
import type { GitRecord } from "../core/session.ts";
import { createEarlyGit } from "../git/early-git.ts";
import type { GitProgram } from "../git/hardened.ts";
import { readGitState } from "../git/read-state.ts";
import { findRepository, type SessionLocation, type Repository } from "../git/repository.ts";
import { createSpawnGit } from "../git/spawn-git.ts";
import { countRefUpdates } from "../git/new-commits.ts";
import { gitFreshMs } from "../state/live/fresh-git.ts";
import type { GitState } from "../core/git/git-state.ts";
import type { RefUpdate } from "../core/brief/since-lines.ts";
import type { HookContext } from "./hook-process.ts";

/** Live git state of a session's working folder, within its time box. Never throws. */
export type GitReader = (
  place: SessionLocation,
  last: GitRecord | null,
  now: number,
) => Promise<GitView>;

/** How branches changed since a state that was delivered to a session. Never throws. */
export type RefUpdateCounter = (
  place: SessionLocation,
  delivered: GitState,
) => Promise<RefUpdate[]>;

/** The cached state. One from before a branch switch does not apply. */
export function lastKnown(
  last: GitRecord | null,
  { branch }: SessionLocation,
  failure: { code: string } | null,
): GitView {
  const isOther = branch !== null && last?.snapshot?.value.branch !== branch;
  if (last?.snapshot == null || isOther)
    return { kind: "unknown", code: failure?.code ?? "git-failed", branch };
  const { value, fetchedAt } = last.snapshot;
  return { kind: "state", state: value, readAt: fetchedAt, failure };
}

/** A reading may miss a change made during it. */
const readingMs = 500;

const gitMarks = ["HEAD", "index", "logs/HEAD", "packed-refs", "FETCH_HEAD", "config"];

/** True when git has done anything in a working tree since: a commit, a switch, a fetch; a push changes the remote's folder. */
const hasMoved = ({ gitDir, commonDir }: Repository, state: GitState, since: number): boolean =>
  [...new Set([gitDir, commonDir])]
    .flatMap((folder) => gitMarks.map((name) => join(folder, name)))
    .concat(
      dirname(join(commonDir, "refs/remotes", state.upstream?.name ?? `origin/${state.branch}`)),
    )
    .some((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > since - readingMs);

/** The monitor's state when it is young enough to count as current, and git has done nothing since. */
function currentState(
  last: GitRecord | null,
  { branch, worktree }: SessionLocation,
  now: number,
): GitView | null {
  const snapshot = last?.snapshot ?? null;
  if (snapshot === null || last?.failure != null) return null;
  const age = now - snapshot.fetchedAt;
  if (age < 0 || age > gitFreshMs || snapshot.value.branch !== branch) return null;
  const repository = findRepository(worktree);
  if (repository === null || hasMoved(repository, snapshot.value, snapshot.fetchedAt)) return null;
  return { kind: "state", state: snapshot.value, readAt: snapshot.fetchedAt, failure: null };
}

export function createGitReader(
  { git: program, earlyGit: earlyFile, report }: Pick<HookContext, "git" | "earlyGit" | "report">,
  timeBoxMs: number,
): GitReader {
  const readLive = async (
    worktree: string,
    last: GitRecord | null,
    now: number,
  ): Promise<GitView> => {
    if (program === null) throw new SitrepError("git-missing", "git was not found.");
    const repository = findRepository(worktree);
    if (repository === null) return { kind: "no-repository" };
    const run = createSpawnGit(program);
    const early = earlyFile === null ? run : createEarlyGit(earlyFile, program, run);
    const known = { last: last?.snapshot?.value ?? null, extent: "status" } as const;
    const caller = { program, run, early, timeoutMs: timeBoxMs };
    const state = await readGitState(repository, { ...caller, ...known });
    return { kind: "state", state, readAt: now, failure: null };
  };
  return async (place, last, now) => {
    if (!place.isRepository) return { kind: "no-repository" };
    try {
      return currentState(last, place, now) ?? (await readLive(place.worktree, last, now));
    } catch (error) {
      const code = codeOf(error);
      report(code);
      return lastKnown(last, place, { code });
    } finally {
      if (earlyFile !== null) rmSync(earlyFile, { force: true });
    }
  };
}

export const createRefUpdateCounter =
  (program: GitProgram | null, timeBoxMs: number): RefUpdateCounter =>
  async (place, delivered) => {
    const repository = place.isRepository ? findRepository(place.worktree) : null;
    if (program === null || repository === null || repository.bare) return [];
    const options = { program, run: createSpawnGit(program), timeoutMs: timeBoxMs };
    return countRefUpdates(repository, delivered, place.branch, options);
  };
