// Guards: asks the user before a call, where a switch of the configuration says so. It never allows anything.

import { quotedName } from "../core/quote.ts";
import type { ConcernedFile } from "../core/news/file-news.ts";
import { gitCallsIn, guardFile, guardGitCalls, noGuards } from "../core/guards.ts";
import type { GuardConcern, GuardSettings, GuardedRepository } from "../core/guards.ts";
import { readString } from "../core/read.ts";
import type { HookInput } from "./input.ts";
import { findRepository, placeOf, type Place } from "../git/repository.ts";
import { changedFile } from "./pre-tool-use.ts";
import { runHookProcess, type HookContext, type HookHandler } from "./hook-process.ts";
import { join } from "node:path";
import { codeOf } from "../core/errors.ts";
import { projectSettings } from "../core/hook-settings.ts";
import { readProjectsOff } from "../config/installation.ts";
import { readGitState } from "../git/read-state.ts";
import { gitCallEnvironment } from "../git/settings-copy.ts";
import { createSpawnGit } from "../git/spawn-git.ts";
import { findConcerns, pathWithin, readWatchedFilesOf } from "../state/live/watched-files.ts";
import { closing } from "../state/sqlite/sqlite.ts";
import { openCacheReader } from "./cache-reader.ts";

export interface GuardDeps {
  locate: (cwd: string | null) => Place;
  /** The guards that are on in a project. */
  guards: (project: string) => GuardSettings;
  /** The upstream as git knows it now; null where it cannot be said. */
  upstream: (place: Place) => Promise<GuardedRepository["upstream"]>;
  /** What others have done to a file (its path from the root). */
  concerns: (sessionId: string, root: string, path: string) => readonly ConcernedFile[];
  /** True when git holds the file (from the root of the working tree) as unmerged. */
  isUnmerged: (place: Place, path: string) => Promise<boolean>;
}

function reasonOf(concern: GuardConcern, { branch, upstream }: GuardedRepository): string {
  switch (concern) {
    case "protected-branch":
      return `this commits on the protected branch ${quotedName(branch ?? "", 80)}`;
    case "force-push":
      return "this push can overwrite commits of others";
    case "moved-upstream": {
      const behind = upstream?.behind ?? 0;
      const commits = `${behind} ${behind === 1 ? "commit" : "commits"}`;
      return `${quotedName(upstream?.name ?? "", 80)} has ${commits} that this branch has not`;
    }
  }
}

async function gitReasons(deps: GuardDeps, input: HookInput): Promise<string[]> {
  const calls = gitCallsIn(readString(input.toolInput?.["command"]) ?? "");
  if (!calls.some(({ verb }) => verb === "commit" || verb === "push")) return [];
  const place = deps.locate(input.cwd);
  const guards = deps.guards(place.project);
  const needsUpstream = guards.movedUpstream && calls.some(({ verb }) => verb === "push");
  const upstream = needsUpstream ? await deps.upstream(place) : null;
  const repository = { branch: place.branch, upstream };
  return guardGitCalls(calls, guards, repository).map((one) => reasonOf(one, repository));
}

async function fileReasons(deps: GuardDeps, input: HookInput): Promise<string[]> {
  const file = changedFile(input);
  if (file === null) return [];
  const place = deps.locate(input.cwd);
  const path = pathWithin(place.worktree, file);
  if (path === null || !deps.guards(place.project).edit) return [];
  const { sessionId } = input;
  const why = guardFile(sessionId === null ? [] : deps.concerns(sessionId, place.worktree, path));
  if (why !== null) return [`${quotedName(path, 120)}: ${why}`];
  return (await deps.isUnmerged(place, path)) ? [`${quotedName(path, 120)}: it is unmerged`] : [];
}

export function createGuard(deps: GuardDeps): HookHandler {
  return async (input) => {
    const reasons =
      input.toolName === "Bash" ? await gitReasons(deps, input) : await fileReasons(deps, input);
    if (reasons.length === 0) return { context: null };
    return { context: null, question: `Sitrep, a guard of yours: ${reasons.join("; ")}.` };
  };
}

const deadlineMs = 950;
const gitTimeBoxMs = 250;

/** What cannot be read is not asked about: a guard reminds, and stands in nobody's way. */
function guardsOf({ files, report }: HookContext, project: string): GuardSettings {
  if (readProjectsOff(files.projectsOff).includes(project)) return noGuards;
  try {
    return closing(openCacheReader(files.cache), (cache) => {
      const { off, guards } = projectSettings(cache.settings(), project);
      return off ? noGuards : guards;
    });
  } catch (error) {
    report(codeOf(error));
    return noGuards;
  }
}

/** The real dependencies of the guards. */
export function guardDeps(context: HookContext): GuardDeps {
  const { git: program, report } = context;
  const run = program === null ? null : createSpawnGit(program);
  return {
    locate: placeOf,
    guards: (project) => guardsOf(context, project),
    concerns: (sessionId, root, path) => {
      const { live } = context.files;
      const watched = readWatchedFilesOf(live, sessionId);
      return watched?.own.worktree === root ? findConcerns(live, watched, path, Date.now()) : [];
    },
    upstream: async ({ worktree }) => {
      const repository = findRepository(worktree);
      if (repository === null || program === null || run === null) return null;
      const options = { program, run, timeoutMs: gitTimeBoxMs, extent: "status" } as const;
      try {
        return (await readGitState(repository, options)).upstream;
      } catch (error) {
        report(codeOf(error));
        return null;
      }
    },
    isUnmerged: async ({ worktree }, path) => {
      const repository = findRepository(worktree);
      if (repository === null || program === null || run === null) return false;
      const args = ["ls-files", "--unmerged", "-z", "--", `:(literal)${join(worktree, path)}`];
      const timeoutMs = gitTimeBoxMs;
      try {
        const { env } = await gitCallEnvironment(repository, { program, run, timeoutMs });
        return (await run(args, { cwd: worktree, env, timeoutMs })) !== "";
      } catch {
        return false;
      }
    },
  };
}

export function runGuard(): Promise<void> {
  return runHookProcess("PreToolUse", deadlineMs, (context) => createGuard(guardDeps(context)));
}
