// The guards, wired to the cache's settings, the files that others are changing, and git.

import { join } from "node:path";
import { codeOf } from "../core/errors.ts";
import { noGuards } from "../core/guards.ts";
import type { GuardSettings } from "../core/guards.ts";
import { projectSettings } from "../core/hook-settings.ts";
import { readProjectsOff } from "../config/installation.ts";
import { gitEnvironment } from "../git/hardened.ts";
import { readGitState } from "../git/read-state.ts";
import { findRepository } from "../git/repository.ts";
import { createSpawnGit } from "../git/spawn-git.ts";
import { createGuard } from "./guard.ts";
import type { GuardDeps } from "./guard.ts";
import { pathWithin, readWatchedFilesOf } from "../state/live/watched-files.ts";
import { openCacheReader } from "./cache-reader.ts";
import { runHookProcess } from "./hook-process.ts";
import type { HookContext } from "./hook-process.ts";
import { placeOf } from "./place.ts";

const deadlineMs = 950;
const gitTimeBoxMs = 250;

/** What cannot be read is not asked about: a guard reminds, and stands in nobody's way. */
function guardsOf({ files, report }: HookContext, project: string): GuardSettings {
  if (readProjectsOff(files.projectsOff).includes(project)) return noGuards;
  try {
    const cache = openCacheReader(files.cache);
    try {
      const { off, guards } = projectSettings(cache.settings(), project);
      return off ? noGuards : guards;
    } finally {
      cache.close();
    }
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
    files: (sessionId) => readWatchedFilesOf(context.files.live, sessionId),
    pathWithin,
    upstream: async ({ worktree }) => {
      const repository = findRepository(worktree);
      if (repository === null || program === null || run === null) return null;
      const options = { program, run, timeoutMs: gitTimeBoxMs, extent: "status" } as const;
      return readGitState(repository, options).then(
        (state) => state.upstream,
        (error: unknown) => {
          report(codeOf(error));
          return null;
        },
      );
    },
    isUnmerged: async ({ worktree, isRepository }, path) => {
      if (!isRepository || program === null || run === null) return false;
      const args = ["ls-files", "--unmerged", "-z", "--", `:(literal)${join(worktree, path)}`];
      const env = gitEnvironment(program, worktree, []);
      const listed = run(args, { cwd: worktree, env, timeoutMs: gitTimeBoxMs });
      return listed.then(
        (output) => output !== "",
        () => false,
      );
    },
  };
}

export function runGuard(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  return runHookProcess({
    event: "PreToolUse",
    argv,
    env,
    deadlineMs,
    build: (context) => createGuard(guardDeps(context)),
  });
}
