// Compares a project's tasks with its repository, if its branches or tasks have changed since the last comparison.

import { createHistory } from "../../core/git/base-history.ts";
import { idleMs, mismatchKey } from "../../core/task/mismatch.ts";
import { listCommitFacts } from "../../core/task/task-evidence.ts";
import { readBaseLog, readBranches } from "../../git/base-log.ts";
import type { AskGit, GitCaller } from "../../git/hardened.ts";
import { readDefaultBranch, readForkBase } from "../../git/refs.ts";
import { parseRemoteName } from "../../git/remote.ts";
import { findRepository } from "../../git/repository.ts";
import { gitCallEnvironment } from "../../git/settings-copy.ts";
import { readFoundMismatches, saveMismatches } from "../../state/cache/mismatches.ts";
import { hasCachedTasks, recentBranches, tasksKey } from "../../state/cache/cached-evidence.ts";
import type { Sqlite } from "../../state/sqlite/sqlite.ts";
import { sha1 } from "../project-state-key.ts";
import { compare } from "./compare.ts";

export interface RefreshMismatchDeps extends GitCaller {
  db: Sqlite;
  now: () => number;
}

const maxKept = 200;

/** Saves where a folder's tasks and repository disagree. Leaves out everything that git does not answer in time. */
export async function refreshMismatches(deps: RefreshMismatchDeps, folder: string): Promise<void> {
  const { db, run, timeoutMs } = deps;
  const place = findRepository(folder);
  const fork = place && readForkBase(place);
  const base = place && (fork ?? readDefaultBranch(place));
  if (place === null || base === null || place.bare || !hasCachedTasks(db, place.project)) return;
  const { project } = place;
  const now = deps.now();
  const { env } = await gitCallEnvironment(place, deps);
  const ask: AskGit = (args) =>
    run(args, { cwd: place.worktree, env, timeoutMs }).catch(() => null);
  const branches = await readBranches(base.name, ask);
  if (branches === null) return;
  const known = readFoundMismatches(db, project);
  const parts = [branches, tasksKey(db, project), Math.floor(now / 86_400_000)];
  const key = sha1(JSON.stringify(parts));
  if (known.base === base.commit && known.key === key) return;
  const commits = await readBaseLog(base.commit, ask);
  if (commits === null) return;
  const history = createHistory(commits);
  const remote = fork === null ? "origin" : "upstream";
  const address = await ask(["config", "--get", `remote.${remote}.url`]);
  const name = parseRemoteName(address?.trim() ?? "");
  const { found, ongoing } = await compare(db, project, {
    place,
    tip: base.commit,
    tracker: name && `${name.owner}/${name.repo}`,
    history,
    facts: listCommitFacts(history),
    branches,
    worked: recentBranches(db, project, now - idleMs),
    now,
    ask,
  });
  const seen = new Map(known.found.map((one) => [mismatchKey(one), one.seenAt]));
  const kept = found.slice(0, maxKept).map((one) => {
    return { ...one, seenAt: seen.get(mismatchKey(one)) ?? now };
  });
  const value = { base: base.commit, key, found: kept, ongoing: ongoing.slice(0, maxKept) };
  saveMismatches(db, project, value, now);
}
